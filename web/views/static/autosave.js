/* Keeps each answer on the server as it is chosen. Without it a page is kept when its button is pressed.

   What was changed and is not kept yet is sent with the next save, one save at a time, or with the page itself: its
   field "changed" says so, so that an old page brings back nothing that was answered elsewhere since. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-questions]");
  if (!form || !window.fetch || !window.URLSearchParams) return;
  var address = form.getAttribute("data-save");
  var status = document.querySelector(".saved");
  var changed = [], sending = null, underWay = [], timer = 0, typing = 0, retries = 0, held = null;
  var LONGEST_WAIT = 5000;

  function inputs(name) {
    return Array.prototype.filter.call(form.elements, function (input) {
      return input.name === name && input.type !== "hidden" && !input.disabled;
    });
  }
  function isAnswer(input) {
    return input.name && input.type !== "hidden" && input.type !== "submit" && input.type !== "button";
  }
  function say(text, failed) {
    if (!status) return;
    status.classList.toggle("failed", !!failed);
    if (status.textContent !== text) status.textContent = text;
  }

  /* What was changed. */
  function change(input) {
    if (!isAnswer(input)) return;
    if (changed.indexOf(input.name) < 0) changed.push(input.name);
    say("");
  }
  form.addEventListener("change", function (event) {
    change(event.target);
    clearTimeout(typing);
    later(0);
  });
  form.addEventListener("input", function (event) {
    if (!isAnswer(event.target) || event.target.type === "radio" || event.target.type === "checkbox") return;
    change(event.target);
    clearTimeout(typing);
    typing = setTimeout(save, 700);
  });

  /* Saving. */
  function later(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(save, milliseconds);
  }
  function body(names) {
    var fields = new URLSearchParams();
    ["csrf_token", "sitting", "revision", "_day"].forEach(function (name) {
      if (form.elements[name]) fields.append(name, form.elements[name].value);
    });
    names.forEach(function (name) {
      fields.append("asked", name);
      fields.append("changed", name);
      inputs(name).forEach(function (input) {
        var chosen = input.type === "radio" || input.type === "checkbox" ? input.checked : true;
        if (chosen) fields.append(name, input.value);
      });
    });
    return fields;
  }
  function send(names) {
    return fetch(address, {
      method: "POST",
      body: body(names),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
      keepalive: true
    }).then(function (response) {
      if (response.ok) return response.json();
      throw { final: response.status < 500 };
    });
  }
  function save() {
    if (!address || sending || !changed.length) return;
    underWay = changed;
    changed = [];
    sending = send(underWay).then(function (answer) {
      form.elements.revision.value = answer.revision;
      underWay = [];
      retries = 0;
      if (!changed.length) say(status && status.getAttribute("data-saved"));
    }, function (fault) {
      underWay.forEach(function (name) { if (changed.indexOf(name) < 0) changed.push(name); });
      underWay = [];
      if (fault && fault.final) address = null;
      say(status && status.getAttribute("data-failed"), true);
      retries += 1;
      later(Math.min(1000 * Math.pow(2, retries), 30000));
      return "failed";
    }).then(function (outcome) {
      sending = null;
      if (held) release();
      else if (outcome !== "failed" && changed.length) save();
    });
  }
  window.addEventListener("online", function () { later(0); });

  /* When the page is left by a link, what waits behind a save on its way goes along, unless it is a change of the same answer,
     which could arrive before the older one. */
  window.addEventListener("pagehide", function () {
    var waiting = changed.filter(function (name) { return underWay.indexOf(name) < 0; });
    var gone = / gone\b/.test(document.documentElement.className); /* by Exit: the journey is closed here already */
    if (address && waiting.length && !held && !form.sent && !gone) send(waiting).catch(function () {});
  });

  /* The page itself goes out when no older save is on its way any more, and says what is not kept yet. */
  function mark() {
    Array.prototype.slice.call(form.querySelectorAll("input[name=changed]")).forEach(function (field) {
      field.remove();
    });
    [""].concat(changed, underWay).forEach(function (name) {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = "changed";
      field.value = name;
      form.appendChild(field);
    });
  }
  function release() {
    var button = held;
    held = null;
    form.requestSubmit(button.submitter || undefined);
  }
  form.addEventListener("submit", function (event) {
    clearTimeout(typing);
    clearTimeout(timer);
    if (held || (sending && form.requestSubmit)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (held) return;
      var waiting = held = { submitter: event.submitter || null };
      setTimeout(function () {
        if (held !== waiting) return;
        sending = null;
        release();
      }, LONGEST_WAIT);
      return;
    }
    mark();
  });

  /* A page out of the browser's memory may be older than what is kept. */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && address && !changed.length) window.location.reload();
  });
})();
