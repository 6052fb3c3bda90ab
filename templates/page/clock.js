// Lets the time left tick. The server has already written it: without this
// script the page shows the time at which it was loaded.
(function () {
  "use strict";
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function show(seconds) {
    var s = Math.floor(Math.abs(seconds));
    var h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
    var span = h + " h " + two(m) + " min" + (h === 0 ? " " + two(s % 60) + " s" : "");
    if (h >= 96) { span = Math.floor(h / 24) + " d " + h % 24 + " h"; }
    if (document.documentElement.lang === "es") { return seconds < 0 ? span + " de retraso" : "quedan " + span; }
    return span + (seconds < 0 ? " late" : " left");
  }
  function tick() {
    document.querySelectorAll("[data-left]").forEach(function (e) {
      // Each counts from when it was first seen: parts of a page come later.
      if (!e.dataset.seen) { e.dataset.seen = Date.now(); }
      var gone = (Date.now() - Number(e.dataset.seen)) / 1000;
      var left = Number(e.dataset.left) - gone * Math.max(1, Number(e.dataset.pace));
      e.textContent = show(left);
      e.classList.toggle("late", left < 0);
      e.classList.toggle("soon", "soon" in e.dataset && left >= 0 && left < Number(e.dataset.soon));
    });
  }
  tick();
  setInterval(tick, 1000);
})();
