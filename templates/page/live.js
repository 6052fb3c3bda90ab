// How a page is brought up to date while it is open. htmx hears of a change, asks
// for the page and hands it over here as the swap "parts": each part that changed
// is replaced by itself, and none in which a person is doing something. htmx has
// no swap of that kind. Without this script the page shows what was so when it was
// loaded.
(function () {
  "use strict";
  var main = document.getElementById("main");
  if (!main || !window.htmx) { return; }

  // A page that is left closes its stream before the browser does: that is no error.
  htmx.createEventSource = function (address) {
    var source = new EventSource(address);
    window.addEventListener("pagehide", function () { source.close(); });
    // The extension hands the browser's event on as the error, which htmx then writes
    // to the console as "[object Event]". The browser has said there what broke.
    Object.defineProperty(source, "onerror", { set: function (then) { source.addEventListener("error", function () { then(); }); } });
    return source;
  };

  // A part that has the focus, or in which something was typed or chosen, stays
  // until it is left.
  function busy(part) {
    if (document.activeElement !== main && part.contains(document.activeElement)) { return true; }
    return Array.prototype.some.call(part.querySelectorAll("input, textarea, select"), function (field) {
      if (field.type === "checkbox" || field.type === "radio") { return field.checked !== field.defaultChecked; }
      if (field.tagName !== "SELECT") { return field.value !== field.defaultValue; }
      return Array.prototype.some.call(field.options, function (o) { return o.selected !== o.defaultSelected && o.defaultSelected; });
    });
  }

  // A part as the server wrote it: without what clocks, readers and the progress of
  // a mailing change.
  function written(part) {
    var copy = part.cloneNode(true);
    copy.querySelectorAll("[data-left], [data-progress][hx-get]").forEach(function (e) {
      ["data-left", "data-seen", "class"].forEach(function (name) { e.removeAttribute(name); });
      e.textContent = "";
    });
    copy.querySelectorAll("details").forEach(function (e) { e.removeAttribute("open"); });
    return copy.innerHTML;
  }

  function take(old, fresh) {
    var open = Array.prototype.map.call(old.querySelectorAll("details"), function (e) { return e.open; });
    htmx.swap(old, fresh.innerHTML, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
    old.querySelectorAll("details").forEach(function (e, i) { if (open[i]) { e.open = true; } });
  }

  // The parts of a page: its sections, and the lists and paragraphs beside them.
  function parts(root) {
    var list = [];
    Array.prototype.forEach.call(root.children, function (e) {
      if (e.dataset.said !== undefined) { return; }
      if (e.classList.contains("columns")) { Array.prototype.forEach.call(e.children, function (column) { list = list.concat(parts(column)); }); return; }
      list.push(e);
    });
    return list;
  }

  var say = null, later = [], over = false;
  function tell(text) {
    if (!say) {
      say = document.createElement("p");
      say.setAttribute("role", "status");
      say.dataset.said = "";
      main.appendChild(say);
    }
    say.className = text && text !== main.dataset.fresh ? "banner said" : "unseen";
    say.textContent = text;
  }

  function renew(from) {
    var now = parts(main), next = parts(from), changed = false;
    later = [];
    if (now.length === next.length && now.every(function (e, i) { return e.tagName === next[i].tagName; })) {
      now.forEach(function (e, i) {
        if (written(e) === written(next[i])) { return; }
        if (busy(e)) { later.push(e); return; }
        e.className = next[i].className;
        take(e, next[i]);
        changed = true;
      });
    } else if (busy(main)) {
      later.push(main);
    } else {
      say = null;
      take(main, from);
      changed = true;
    }
    if (later.length) { tell(main.dataset.stale); } else if (changed) { tell(main.dataset.fresh); } else if (say) { tell(""); }
  }

  htmx.defineExtension("parts", {
    handleSwap: function (style, target, fragment) {
      var from = style === "parts" && fragment.querySelector("#main");
      if (from) { renew(from); }
      return style === "parts" && [];
    }
  });

  // Who may not read the page any more sees it no longer, but for what they wrote.
  function end() {
    if (over) { return; }
    over = true;
    main.removeAttribute("sse-connect"); // nothing asks again
    if (busy(main)) { tell(main.dataset.over); return; }
    setTimeout(function () { location.reload(); }, 1000); // signing out here leads elsewhere before
  }
  main.addEventListener("htmx:sseClose", function (event) { if (event.detail.type === "message") { end(); } });
  main.addEventListener("htmx:afterRequest", function (event) {
    var answer = event.detail.xhr;
    if (event.target === main && (answer.status === 401 || answer.status === 403)) { end(); }
  });
  // What was kept back is looked at again when its part is left.
  main.addEventListener("focusout", function () {
    setTimeout(function () {
      if (!over && later.some(function (part) { return !busy(part); })) { htmx.trigger(main, "sse:changed"); }
    }, 200);
  });
})();
