// Shows at once what an answer changes: which questions bear on the case, and
// what the rules say. Without this script the button of the form does it.
(function () {
  "use strict";
  var form = document.getElementById("questions"), asked = 0, wait;
  if (!form) { return; }
  function take(page) {
    form.querySelectorAll("[data-question]").forEach(function (q) {
      var other = page.querySelector('[data-question="' + q.dataset.question + '"]');
      if (other) { q.hidden = other.hidden; }
    });
    document.querySelectorAll("[data-part]").forEach(function (part) {
      var other = page.querySelector('[data-part="' + part.dataset.part + '"]');
      if (!other || part.contains(document.activeElement)) { return; }
      var written = {};
      part.querySelectorAll("input[id]").forEach(function (i) { written[i.id] = i.value; });
      part.replaceChildren.apply(part, other.childNodes);
      Object.keys(written).forEach(function (id) {
        var again = document.getElementById(id);
        if (again && part.contains(again)) { again.value = written[id]; }
      });
    });
  }
  function ask() {
    var mine = ++asked, where = form.action + "?" + new URLSearchParams(new FormData(form)).toString();
    fetch(where, { credentials: "same-origin", redirect: "error", cache: "no-store" }).then(function (answer) {
      return answer.text();
    }).then(function (text) {
      if (mine === asked) { take(new DOMParser().parseFromString(text, "text/html")); }
    }).catch(function () { /* the button of the form is still there */ });
  }
  form.addEventListener("change", function () {
    // What is recorded is what was judged: until the answer is there, nothing is.
    var record = document.querySelector('[data-part="answers"] button');
    if (record) { record.disabled = true; }
    clearTimeout(wait);
    wait = setTimeout(ask, 150);
  });
})();
