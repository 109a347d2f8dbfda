// Security keys: asks the browser for one when its form is sent, and posts what it answered as JSON.
(() => {
  "use strict";

  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (keys) => (keys || []).map((key) => ({ ...key, id: toBytes(key.id) }));

  const ask = {
    create: (asks) =>
      navigator.credentials.create({
        publicKey: {
          ...asks,
          challenge: toBytes(asks.challenge),
          user: { ...asks.user, id: toBytes(asks.user.id) },
          excludeCredentials: named(asks.excludeCredentials),
        },
      }),
    get: (asks) =>
      navigator.credentials.get({
        publicKey: { ...asks, challenge: toBytes(asks.challenge), allowCredentials: named(asks.allowCredentials) },
      }),
  };

  function said(credential) {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  document.querySelectorAll("form[data-key]").forEach((form) => {
    const says = form.querySelector("[data-says]");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!window.PublicKeyCredential) {
        says.textContent = "This browser cannot use security keys here. Take an app or a code.";
        return;
      }
      says.textContent = "Touch your key, or follow the browser.";
      try {
        form.elements.answer.value = said(await ask[form.dataset.key](JSON.parse(form.dataset.asks)));
      } catch (fault) {
        // Its name only: what a browser tells here may name the key.
        says.textContent =
          fault.name === "InvalidStateError" ? "This key is yours already." : "No key answered. Try again.";
        return;
      }
      form.submit();
    });
  });
})();
