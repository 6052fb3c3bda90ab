// Sends a file with its progress, and keeps it for the form that confirms it.
// Without this script the forms work as they are: the browser shows that it is
// sending, and the file is chosen once more to be confirmed.
(function () {
  "use strict";
  var kept = {}, busy = false; // the files chosen, by the name of their field

  // The address tells the step, as without this script; going back loads it anew. A
  // link to a part of the page is no step.
  function step() { return location.pathname + location.search; }
  var here = step();
  window.addEventListener("popstate", function () { if (step() !== here) { location.reload(); } });
  window.addEventListener("beforeunload", function (event) {
    if (busy) { event.preventDefault(); }
  });

  // Of the document: the page is brought up to date, and its forms come anew.
  document.addEventListener("submit", function (event) {
    if (event.target.matches("form[data-upload]")) {
      event.preventDefault();
      send(event.target);
    }
  });

  function prepare(root) {
    root.querySelectorAll("form[data-upload]").forEach(function (form) {
      var again = form.querySelector("[data-again]");
      if (!again) { return; }
      form.querySelectorAll("input[type=file]").forEach(function (input) {
        if (!kept[input.name] || !kept[input.name].length) { return; }
        var choice = new DataTransfer();
        kept[input.name].forEach(function (file) { choice.items.add(file); });
        input.files = choice.files;
        again.hidden = true;
      });
    });
  }

  // bar is where a form says how far it is.
  function bar(form) {
    var box = document.createElement("div"), shown = document.createElement("div");
    var line = document.createElement("progress"), words = document.createElement("p"), fault = document.createElement("p");
    line.className = "wide"; line.max = 100; line.value = 0;
    line.setAttribute("aria-label", form.dataset.upload);
    shown.setAttribute("role", "status");
    shown.append(line, words);
    fault.setAttribute("role", "alert");
    fault.className = "alert";
    box.dataset.bar = "";
    box.append(shown, fault);
    form.append(box);
    return {
      box: box,
      at: function (percent, text) {
        if (percent === null) { line.removeAttribute("value"); } else { line.value = percent; }
        words.textContent = text;
      },
      failed: function (text) { fault.textContent = text; }
    };
  }

  // follow shows how much of the file the server has read, which it tells by itself.
  // What it gives back ends it.
  function follow(form, box) {
    var shown = box.firstChild, from = form.dataset.reading;
    if (!from || !window.htmx) { return function () { shown.remove(); }; }
    shown.setAttribute("hx-ext", "sse");
    shown.setAttribute("sse-connect", from);
    shown.setAttribute("sse-swap", "reading");
    shown.setAttribute("sse-close", "over");
    htmx.process(shown);
    return function () { htmx.swap(shown, "", { swapStyle: "delete", swapDelay: 0, settleDelay: 0 }); };
  }

  function send(form) {
    var inputs = form.querySelectorAll("input[type=file]"), button = form.querySelector("button");
    if (busy) { return; }
    if (form.lastElementChild.dataset.bar !== undefined) { form.lastElementChild.remove(); }
    var request = new XMLHttpRequest(), shown = bar(form), end = follow(form, shown.box);
    kept = {};
    inputs.forEach(function (input) { kept[input.name] = Array.from(input.files); });
    busy = true;
    button.disabled = true;
    request.upload.onprogress = function (event) {
      if (!event.lengthComputable) { return; }
      var percent = Math.floor(100 * event.loaded / event.total);
      shown.at(percent < 100 ? percent : null, form.dataset.sending.replace("{part}", percent + " %"));
    };
    function over() { busy = false; end(); button.disabled = false; }
    request.onerror = function () { over(); shown.failed(form.dataset.failed); };
    request.onload = function () {
      over();
      // A form that leads elsewhere: to the page, or to signing in.
      if (request.responseURL !== form.action) { location.assign(request.responseURL); return; }
      var page = new DOMParser().parseFromString(request.responseText, "text/html"), main = page.querySelector("main");
      if (!main) { shown.failed(form.dataset.failed); return; }
      document.title = page.title;
      history.pushState(null, "", form.action);
      here = step();
      document.querySelector("main").replaceWith(main);
      prepare(main);
      var told = main.querySelector("[role=alert]") || main.querySelector("h1");
      told.tabIndex = -1;
      told.focus();
    };
    request.open("POST", form.action);
    request.send(new FormData(form));
  }

  prepare(document);
})();
