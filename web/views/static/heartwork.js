/* Makes pages nicer. Without it everything works as well. */
(function () {
  "use strict";

  function all(selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  }

  /* Leaving at once: the page goes blank before the next one comes, and is not in the history any more. */
  var left = false;
  function leave(form) {
    if (left) return;
    left = true;
    document.documentElement.className += " gone";
    document.title = " ";
    /* The server acts on an address only if the browser says who asks for it, as it does on an encrypted connection. */
    if (window.isSecureContext) window.location.replace(form.action);
    else form.submit();
  }
  var exit = document.querySelector("[data-exit]");
  if (exit) {
    exit.addEventListener("click", function (event) {
      event.preventDefault();
      leave(exit.form);
    });
    /* Shift three times, each pressed and let go with no other key between: capitals in a text do not count. */
    var taps = 0, alone = false, last = 0;
    document.addEventListener("keydown", function (event) {
      if (event.key !== "Shift") { taps = 0; alone = false; }
      else if (!event.repeat) alone = !(event.ctrlKey || event.altKey || event.metaKey);
    });
    document.addEventListener("keyup", function (event) {
      if (event.key !== "Shift") return;
      if (!alone) { taps = 0; return; }
      var now = Date.now();
      taps = now - last < 1500 ? taps + 1 : 1;
      last = now;
      alone = false;
      if (taps === 3) leave(exit.form);
    });
    document.addEventListener("pointerdown", function () { taps = 0; alone = false; });
  }
  var leaving = document.querySelector("[data-leaving]");
  if (leaving) leave(leaving);
  window.addEventListener("pageshow", function (event) {
    if (event.persisted && left) window.location.reload();
  });

  /* Questions that come up with what is chosen on the same page. */
  function chosen(name) {
    var found = [];
    all("input").forEach(function (input) {
      if (input.name !== name || input.type === "hidden" || input.matches(":disabled")) return;
      if (input.type === "radio" || input.type === "checkbox" ? input.checked : input.value.trim()) {
        if (input.value !== "~") found.push(input.value);
      }
    });
    return found;
  }
  function asked(leaf) {
    var values = chosen(leaf.item);
    if (!values.length) return leaf.open;
    if (leaf.has) return values.some(function (value) { return leaf.has.indexOf(value) >= 0; });
    if (leaf.count) return leaf.count[values.filter(function (value) { return leaf.alone.indexOf(value) < 0; }).length];
    if ("filled" in leaf) return leaf.filled;
    return values[0] in leaf.is ? leaf.is[values[0]] : null;
  }
  function truth(node) {
    if (node === null || typeof node === "boolean") return node;
    if (node.item) return asked(node);
    if ("sure" in node) return truth(node.sure) === true;
    if ("not" in node) { var inner = truth(node.not); return inner === null ? null : !inner; }
    var decides = !node.all, found = (node.all || node.any).map(truth);
    if (found.indexOf(decides) >= 0) return decides;
    return found.indexOf(null) >= 0 ? null : !decides;
  }
  var live = all("[data-when]");
  function show() {
    live.forEach(function (item) {
      var on = truth(JSON.parse(item.getAttribute("data-when"))) === true;
      item.hidden = !on;
      if ("disabled" in item) item.disabled = !on;
      else all("input", item).forEach(function (input) { input.disabled = !on; });
    });
  }

  /* A box that stands alone takes the others away, and they take it away. */
  function tick(input) {
    if (input.type !== "checkbox" || !input.checked) return;
    all("input[type=checkbox]", input.closest("fieldset") || document).forEach(function (other) {
      if (other === input || other.name !== input.name) return;
      if (input.hasAttribute("data-alone") || other.hasAttribute("data-alone")) other.checked = false;
    });
  }

  /* An answer can be taken back: the button stands at the question one is at. */
  var current = null;
  function clearing() {
    all("[data-clear]").forEach(function (button) {
      var item = button.parentNode;
      button.hidden = item !== current || !all("input:checked", item).length;
    });
  }
  ["focusin", "click"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var item = event.target.closest && event.target.closest("fieldset");
      if (item) { current = item; clearing(); }
    });
  });
  document.addEventListener("change", function (event) {
    if (!event.target.name) return;
    tick(event.target);
    show();
    clearing();
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-clear], [data-copy]");
    if (!button) return;
    if (button.hasAttribute("data-copy")) { copy(button); return; }
    var inputs = all("input:not([type=hidden])", button.parentNode);
    inputs.forEach(function (input) { input.checked = false; });
    inputs[0].focus();
    inputs[0].dispatchEvent(new Event("change", { bubbles: true }));
  });

  /* Copying words and link. */
  function copy(button) {
    var place = document.getElementById(button.getAttribute("data-copy"));
    var items = all("li", place);
    var text = items.length
      ? items.map(function (item) { return item.lastChild.textContent.trim(); }).join(" ")
      : place.textContent.trim();
    var before = button.textContent;
    function done() {
      button.textContent = button.getAttribute("data-done");
      button.setAttribute("aria-live", "polite");
      setTimeout(function () { button.textContent = before; }, 3000);
    }
    function select() {
      var range = document.createRange();
      range.selectNodeContents(place);
      var selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, select);
    else select();
  }
  all("[data-copy], [data-script]").forEach(function (button) { button.hidden = false; });

  /* Keeping the link: the device's own list of places to put it, and paper. */
  all("[data-share]").forEach(function (button) {
    if (!navigator.share) return;
    button.hidden = false;
    all("[data-with-share]").forEach(function (hint) { hint.hidden = false; });
    button.addEventListener("click", function () {
      var address = document.getElementById(button.getAttribute("data-share")).textContent.trim();
      navigator.share({ title: button.getAttribute("data-title"), url: address }).catch(function () {});
    });
  });
  all("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  all("[data-without-script]").forEach(function (hint) { hint.hidden = true; });

  /* The day in this browser's own calendar goes with forms that keep a day, and bounds of dates that are counted from the
     day of the site are counted from it. */
  function dayOf(moment) {
    function two(number) { return (number < 10 ? "0" : "") + number; }
    return moment.getFullYear() + "-" + two(moment.getMonth() + 1) + "-" + two(moment.getDate());
  }
  function setDay() {
    var today = dayOf(new Date());
    all("input[name=_day]").forEach(function (field) { field.value = today; });
    all("form[data-day]").forEach(function (form) {
      var apart = Math.round((Date.parse(today) - Date.parse(form.getAttribute("data-day"))) / 864e5);
      if (apart !== 1 && apart !== -1) return;
      form.setAttribute("data-day", today);
      all("input[data-moves]", form).forEach(function (field) {
        ["min", "max"].forEach(function (bound) {
          var parts = field[bound].split("-");
          field[bound] = dayOf(new Date(+parts[0], parts[1] - 1, +parts[2] + apart, 12));
        });
      });
    });
  }
  ["submit", "input", "change", "visibilitychange"].forEach(function (name) {
    document.addEventListener(name, setDay, true);
  });
  window.addEventListener("pageshow", setDay);
  setDay();

  /* A second tap on the button while the first is on its way sends nothing. Back opens the form again. */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-once")) return;
    var now = Date.now();
    if (form.sent && now - form.sent < 8000) { event.preventDefault(); return; }
    form.sent = now;
  });
  window.addEventListener("pageshow", function () {
    all("form").forEach(function (form) { form.sent = 0; });
    show();
    clearing();
  });
  show();
  clearing();

  /* What an address leads to is not folded away, and nothing is on paper. */
  function unfold() {
    var found = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var fold = found && found.closest("details:not([open])");
    if (!fold) return;
    for (; fold; fold = fold.parentNode.closest("details")) fold.open = true;
    found.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  unfold();
  var unfolded = [];
  window.addEventListener("beforeprint", function () {
    unfolded = all("article details:not([open]):not(.folded):not(.passed)");
    unfolded.forEach(function (fold) { fold.open = true; });
  });
  window.addEventListener("afterprint", function () {
    unfolded.forEach(function (fold) { fold.open = false; });
  });

  var faults = document.querySelector("[data-focus]");
  if (faults) faults.focus();
})();
