// Asks the authenticator, and sends what it said. Nothing else can.
"use strict";
const form = document.querySelector("form.login");
const status = document.querySelector("#login-status");

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_");

async function ask() {
  const found = await navigator.credentials.get({
    publicKey: {
      challenge: bytes(form.dataset.challenge),
      userVerification: "required",
      timeout: 110000,
    },
  });
  form.elements.person.value = text(found.response.userHandle ?? new ArrayBuffer(0));
  form.elements.sig.value = text(found.response.signature);
  form.elements.data.value = text(found.response.authenticatorData);
  form.elements.client.value = text(found.response.clientDataJSON);
  form.submit();
}

if (form) {
  if (!window.PublicKeyCredential) {
    status.textContent = form.dataset.missing;
    form.querySelector("button").disabled = true;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    status.textContent = form.dataset.asking;
    ask().catch(() => {
      status.textContent = form.dataset.failed;
    });
  });
}
