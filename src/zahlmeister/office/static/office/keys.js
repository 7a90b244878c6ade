// Passkeys: which button of the page does what of allauth's webauthn.js. Without JavaScript the other ways stay.
(function () {
  function start() {
    for (const button of document.querySelectorAll("[data-passkey]")) {
      const ids = { credential: "credential", data: "js_data", passwordless: "passwordless" };
      for (const role of ["login", "authenticate", "add"]) ids[role] = button.id;
      window.allauth.webauthn.forms[button.dataset.passkey]({ ids });
    }
    document.addEventListener("allauth.error", function (event) {
      event.preventDefault();
      for (const note of document.querySelectorAll("[data-passkey-failed]")) note.hidden = false;
    });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
