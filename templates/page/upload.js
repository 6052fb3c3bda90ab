// Sends a file with its progress, and keeps it for the form that confirms it.
// Without this script the forms work as they are: the browser shows that it is
// sending, and the file is chosen once more to be confirmed.
(function () {
  "use strict";
  var every = 1000, kept = null, busy = false;

  // The address tells the step, as without this script; going back loads it anew. A
  // link to a part of the page is no step.
  function step() { return location.pathname + location.search; }
  var here = step();
  window.addEventListener("popstate", function () { if (step() !== here) { location.reload(); } });
  window.addEventListener("beforeunload", function (event) {
    if (busy) { event.preventDefault(); }
  });

  function prepare(root) {
    root.querySelectorAll("form[data-upload]").forEach(function (form) {
      form.addEventListener("submit", function (event) { event.preventDefault(); send(form); });
      var again = form.querySelector("[data-again]");
      if (again && kept) {
        var choice = new DataTransfer();
        choice.items.add(kept);
        form.querySelector("input[type=file]").files = choice.files;
        again.hidden = true;
      }
    });
  }

  // bar is where a form says how far it is.
  function bar(form) {
    var box = document.createElement("div"), line = document.createElement("progress"), words = document.createElement("p");
    line.className = "wide"; line.max = 100; line.value = 0;
    line.setAttribute("aria-label", form.dataset.upload);
    words.setAttribute("role", "status");
    box.append(line, words);
    form.append(box);
    return {
      say: function (text) { words.textContent = text; },
      at: function (percent) { if (percent === null) { line.removeAttribute("value"); } else { line.value = percent; } },
      end: function () { box.remove(); }
    };
  }

  // follow asks the server how much of the file it has read.
  function follow(form, shown) {
    var from = form.dataset.reading, ended = false;
    function ask() {
      if (ended) { return; }
      fetch(from, { credentials: "same-origin", redirect: "error", cache: "no-store" }).then(function (answer) {
        if (answer.status !== 200 || ended) { return; }
        return answer.text().then(function (text) {
          if (ended) { return; }
          var percent = Number(answer.headers.get("Tocsin-Percent"));
          shown.at(percent < 100 ? percent : null);
          shown.say(text);
        });
      }).catch(function () {}).then(function () { setTimeout(ask, every); });
    }
    if (from) { setTimeout(ask, every); }
    return function () { ended = true; };
  }

  function send(form) {
    var input = form.querySelector("input[type=file]"), button = form.querySelector("button");
    if (busy) { return; }
    var request = new XMLHttpRequest(), shown = bar(form), reading = false, end = follow(form, {
      at: function (percent) { reading = true; shown.at(percent); }, say: shown.say
    });
    kept = input.files[0];
    busy = true;
    button.disabled = true;
    request.upload.onprogress = function (event) {
      if (reading || !event.lengthComputable) { return; }
      var percent = Math.floor(100 * event.loaded / event.total);
      shown.at(percent < 100 ? percent : null);
      shown.say(form.dataset.sending.replace("{part}", percent + " %"));
    };
    function over() { busy = false; end(); button.disabled = false; }
    request.onerror = function () { over(); shown.at(0); shown.say(form.dataset.failed); };
    request.onload = function () {
      over();
      // A form that leads elsewhere: to the page, or to signing in.
      if (request.responseURL !== form.action) { location.assign(request.responseURL); return; }
      var page = new DOMParser().parseFromString(request.responseText, "text/html"), main = page.querySelector("main");
      if (!main) { shown.say(form.dataset.failed); return; }
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
