// Asks the browser for a passkey, or to make one, and puts its answer into the
// form, which is then sent as any other. What is asked comes from the server and
// counts once. Without this script the forms stay hidden, and the page says why.
(function () {
  "use strict";
  var forms = document.querySelectorAll("form[data-passkey]");
  if (!window.PublicKeyCredential || !navigator.credentials) {
    document.querySelectorAll("[data-passkey-unknown]").forEach(function (text) { text.hidden = false; });
    return;
  }
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (c) { return c.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = "";
    new Uint8Array(buffer).forEach(function (b) { plain += String.fromCharCode(b); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function named(list) {
    return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); });
  }
  function question(kind, asked) {
    var q = Object.assign({}, asked.publicKey, { challenge: bytes(asked.publicKey.challenge) });
    if (kind === "get") {
      q.allowCredentials = named(q.allowCredentials);
      return navigator.credentials.get({ publicKey: q });
    }
    q.user = Object.assign({}, q.user, { id: bytes(q.user.id) });
    q.excludeCredentials = named(q.excludeCredentials);
    return navigator.credentials.create({ publicKey: q });
  }
  function written(key) {
    var from = key.response, response = { clientDataJSON: text(from.clientDataJSON) };
    ["attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (from[name]) { response[name] = text(from[name]); }
    });
    if (from.getTransports) { response.transports = from.getTransports(); }
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response: response, clientExtensionResults: {} });
  }
  forms.forEach(function (form) {
    var said = form.querySelector('[role="alert"]'), button = form.querySelector("button");
    form.hidden = false;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      said.hidden = true;
      button.disabled = true;
      var told = form.dataset.none;
      fetch(form.dataset.begin, {
        method: "POST", body: new URLSearchParams(new FormData(form)), credentials: "same-origin", redirect: "error", cache: "no-store"
      }).then(function (answer) {
        return answer.json();
      }).then(function (asked) {
        if (!asked.publicKey) {
          told = asked.problem || told;
          throw new Error("not asked");
        }
        return question(form.dataset.passkey, asked);
      }).then(function (key) {
        form.elements.answer.value = written(key);
        // It did its part in the question and need not travel again.
        if (form.elements.password) { form.elements.password.disabled = true; }
        form.submit();
      }).catch(function () {
        said.textContent = told;
        said.hidden = false;
        button.disabled = false;
        button.focus();
      });
    });
  });
})();
