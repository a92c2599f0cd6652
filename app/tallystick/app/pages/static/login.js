// Asks the authenticator, and sends what it said. Nothing else can.
"use strict";
(() => {
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
  // Before this script is there a press would send an empty form.
  form.querySelector("button").disabled = !window.PublicKeyCredential;
  if (!window.PublicKeyCredential) status.textContent = form.dataset.missing;
  // A challenge is good once: of two answers the second is refused, and its page would take the place of the first one's.
  let asking = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    status.textContent = form.dataset.asking;
    ask().catch(() => {
      asking = false;
      status.textContent = form.dataset.failed;
    });
  });
  // Whoever comes back to this page from the next one has used its challenge up.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

// A key in this browser signs the same challenge, as any plain key does.
const keys = document.querySelector("form.browser-keys");
const offer = async () => {
  const known = (await BrowserKey.list()).filter((one) => one.reference);
  if (known.length === 0) return;
  const choice = keys.elements.key;
  choice.replaceChildren(...known.map((one) => new Option(one.reference, one.reference)));
  const adapt = () => {
    keys.querySelector('[data-part="pin"]').hidden = known.find((one) => one.reference === choice.value).played;
  };
  choice.onchange = adapt;
  adapt();
  keys.hidden = false;
};
const enter = async () => {
  const reference = keys.elements.key.value;
  const { nonce, message } = await Tally.ask("POST", "/v1/login/challenge");
  const sig = Tally.base64(await BrowserKey.sign(reference, Tally.bytes(message), keys.elements.pin.value));
  const person = reference.slice(reference.indexOf(":") + 1);
  await Tally.ask("POST", "/v1/login", { person, nonce, sig, keyid: reference });
  location.assign(form.elements.next.value);
};
keys.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = keys.querySelector("[role=status]");
  said.textContent = keys.dataset.asking;
  enter().catch((error) => {
    const words = { "pin-wrong": `${keys.dataset.pinWrong} ${error.left}`, "pin-over": keys.dataset.pinOver, away: keys.dataset.away };
    said.textContent = words[error.code] ?? keys.dataset.refused;
  }).finally(() => { keys.elements.pin.value = ""; });
});
offer().catch(() => { /* a browser without storage has no keys */ });
})();
