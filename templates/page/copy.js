// Copies an answer of the sheet, or another text with a button, into the clipboard.
// Without this script the buttons stay hidden, and the text is marked and copied by
// hand.
(function () {
  "use strict";
  if (!navigator.clipboard) { return; }
  document.querySelectorAll("button[data-copy]").forEach(function (button) {
    var from = document.getElementById(button.dataset.copy), said = button.textContent;
    if (!from) { return; }
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(from.textContent).then(function () {
        button.textContent = button.dataset.done;
        button.classList.add("done");
        var line = from.closest("li");
        if (line) { line.classList.add("done"); }
      }).catch(function () {
        // The browser refused: mark the answer, so that the keyboard can copy it.
        var all = document.createRange();
        all.selectNodeContents(from);
        getSelection().removeAllRanges();
        getSelection().addRange(all);
        button.textContent = said;
      });
    });
  });
})();
