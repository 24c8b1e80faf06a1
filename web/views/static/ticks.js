/* Ticks without a new page. Without it, or if anything fails, each tick is sent as a form. */
(function () {
  "use strict";

  function all(selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  }

  function sendAsForm(form, state) {
    var field = document.createElement("input");
    field.type = "hidden";
    field.name = "state";
    field.value = state;
    form.appendChild(field);
    form.submit();
  }

  /* A field of the form is called "action" as well. The page as it is after the tick, from the same site. */
  function send(form, state) {
    var body = new URLSearchParams(new FormData(form));
    body.set("state", state);
    return fetch(form.getAttribute("action"), {
      method: "POST", body: body, credentials: "same-origin", mode: "same-origin"
    }).then(function (response) {
      if (!response.ok) throw new Error("refused");
      return response.text();
    }).then(function (text) {
      var after = new DOMParser().parseFromString(text, "text/html");
      if (!after.querySelector("article.plan .today")) throw new Error("another page");
      return after;
    });
  }

  /* Everywhere on the page an action is as ticked as it is now. */
  function show(after) {
    all("form.act").forEach(function (form) {
      var now = after.querySelector('form.act[data-tick="' + form.dataset.tick + '"]');
      if (!now) return;
      ["aria-pressed", "value"].forEach(function (name) {
        form.querySelector(".tick").setAttribute(name, now.querySelector(".tick").getAttribute(name));
      });
      form.querySelector(".pop").replaceWith(document.importNode(now.querySelector(".pop"), true));
    });
    var shown = document.querySelector(".today .next"), next = after.querySelector(".today .next");
    if (shown && !next) shown.remove();
    if (next && !shown) document.querySelector(".today [data-action]").after(document.importNode(next, true));
    say(after);
  }

  /* A place that speaks has to be there before it has something to say. */
  function say(after) {
    all(".after").forEach(function (line) { line.remove(); });
    var line = after.querySelector(".after");
    if (!line) return;
    var place = document.getElementById(line.previousElementSibling
      ? line.previousElementSibling.closest("[id]").id : line.closest("[id]").id);
    if (!place) return;
    var text = line.textContent;
    line = document.importNode(line, false);
    if (place.matches("li")) place.appendChild(line);
    else place.after(line);
    window.setTimeout(function () { line.textContent = text; }, 60);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (!form.matches("form.act") || !button || button.value === "not_for_me" || !window.fetch) return;
    event.preventDefault();
    if (form.sending) return;
    form.sending = true;
    send(form, button.value).then(function (after) {
      form.sending = false;
      show(after);
      form.querySelector(".menu").open = false;
      if (!document.contains(button)) form.querySelector(".tick").focus();
    }).catch(function () { sendAsForm(form, button.value); });
  });

  /* A menu closes when something else is pressed, and by Escape. */
  function close(except) {
    all("details.menu[open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }
  document.addEventListener("click", function (event) {
    close(event.target.closest && event.target.closest("details.menu"));
  });
  document.addEventListener("keydown", function (event) {
    var menu = event.key === "Escape" && event.target.closest && event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
