// Keeps the progress of a mailing up to date. The server has already written
// it: without this script the page shows what was so when it was loaded.
(function () {
  "use strict";
  var every = 2000, most = 30000;
  document.querySelectorAll("[data-live]").forEach(function (part) {
    var from = part.dataset.live, wait = every;
    if (!from) { return; }
    function ask() {
      var began = Date.now();
      fetch(from, { credentials: "same-origin", redirect: "error", cache: "no-store" }).then(function (answer) {
        if (!answer.ok) { throw new Error(); }
        // Another state brings other buttons: the page is loaded anew.
        if (answer.headers.get("Tocsin-Status") !== "sending") { location.reload(); return; }
        // A page that takes long to count is not asked so often.
        wait = Math.max(every, 4 * (Date.now() - began));
        return answer.text().then(function (text) { part.innerHTML = text; setTimeout(ask, wait); });
      }).catch(function () {
        wait = Math.min(wait * 2, most);
        setTimeout(ask, wait);
      });
    }
    setTimeout(ask, wait);
  });
})();
