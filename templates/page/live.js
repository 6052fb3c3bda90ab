// Keeps a page up to date while it is open. The server has already written it:
// without this script the page shows what was so when it was loaded.
(function () {
  "use strict";
  var main = document.getElementById("main");
  if (!main) { return; }

  // What people do in a part of the page is never taken from them: a part that has
  // the focus, or in which something was typed or chosen, stays until it is left.
  function busy(part) {
    if (document.activeElement !== main && part.contains(document.activeElement)) { return true; }
    return Array.prototype.some.call(part.querySelectorAll("input, textarea, select"), function (field) {
      if (field.type === "checkbox" || field.type === "radio") { return field.checked !== field.defaultChecked; }
      if (field.tagName !== "SELECT") { return field.value !== field.defaultValue; }
      return Array.prototype.some.call(field.options, function (o) { return o.selected !== o.defaultSelected && o.defaultSelected; });
    });
  }

  // A part as the server wrote it: without what clocks and readers change.
  function written(part) {
    var copy = part.cloneNode(true);
    copy.querySelectorAll("[data-left]").forEach(function (e) {
      ["data-left", "data-seen"].forEach(function (name) { e.removeAttribute(name); });
      e.className = e.textContent = "";
    });
    copy.querySelectorAll("details").forEach(function (e) { e.removeAttribute("open"); });
    return copy.innerHTML;
  }

  function opened(part) {
    return Array.prototype.map.call(part.querySelectorAll("details"), function (e) { return e.open; });
  }

  function take(old, fresh) {
    var open = opened(old);
    old.innerHTML = fresh.innerHTML;
    old.querySelectorAll("details").forEach(function (e, i) { if (open[i]) { e.open = true; } });
  }

  // The parts of a page that change by themselves: its sections, and the lists and
  // paragraphs beside them.
  function parts(root) {
    var list = [];
    Array.prototype.forEach.call(root.children, function (e) {
      if (e.dataset.said !== undefined) { return; }
      if (e.classList.contains("columns")) { Array.prototype.forEach.call(e.children, function (column) { list = list.concat(parts(column)); }); return; }
      list.push(e);
    });
    return list;
  }

  var say = null, later = false, asking = false, again = false;
  function tell(text) {
    if (!say) {
      say = document.createElement("p");
      say.setAttribute("role", "status");
      say.dataset.said = "";
      main.appendChild(say);
    }
    say.className = text === main.dataset.stale ? "banner said" : "unseen";
    say.textContent = text;
  }

  function renew(text) {
    var fresh = new DOMParser().parseFromString(text, "text/html"), from = fresh.getElementById("main");
    if (!from) { return; }
    var now = parts(main), next = parts(from), changed = false;
    later = false;
    if (now.length === next.length && now.every(function (e, i) { return e.tagName === next[i].tagName; })) {
      now.forEach(function (e, i) {
        if (written(e) === written(next[i])) { return; }
        if (busy(e)) { later = true; return; }
        e.className = next[i].className;
        take(e, next[i]);
        changed = true;
      });
    } else if (busy(main)) {
      later = true;
    } else {
      take(main, from);
      say = null;
      changed = true;
    }
    if (changed) { document.title = fresh.title; }
    if (later) { tell(main.dataset.stale); } else if (changed) { tell(main.dataset.fresh); } else if (say) { tell(""); }
  }

  function refresh() {
    if (asking) { again = true; return; }
    asking = true;
    fetch(location.href, { credentials: "same-origin", redirect: "error", cache: "no-store" }).then(function (answer) {
      if (!answer.ok) { throw new Error(); }
      return answer.text();
    }).then(renew).catch(function () { again = false; }).then(function () {
      asking = false;
      if (again) { again = false; refresh(); }
    });
  }

  if (main.dataset.stream && window.EventSource) {
    var stream = new EventSource(main.dataset.stream), lost = false;
    stream.addEventListener("changed", refresh);
    // What happened while the stream was away is looked for when it is back.
    stream.onerror = function () { lost = true; };
    stream.onopen = function () { if (lost) { lost = false; refresh(); } };
    main.addEventListener("focusout", function () { if (later) { setTimeout(refresh, 200); } });
    window.addEventListener("pagehide", function () { stream.close(); });
  }

  // The progress of a mailing changes too often to be told of: it is asked for while
  // the round is being sent.
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
