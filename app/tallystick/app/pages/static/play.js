// Demo stores alone: the browser takes the key of a played person and logs in with it, as people do with theirs.
"use strict";
(() => {
  const form = document.querySelector("form.play");
  if (!form) return;
  const chooser = form.elements.person;
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");

  const signed = async (jwk, message) => {
    const curve = { name: "ECDSA", namedCurve: jwk.crv };
    const key = await crypto.subtle.importKey("jwk", jwk, curve, false, ["sign"]);
    const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, message);
    return Tally.base64(Tally.lowered(new Uint8Array(raw)));
  };

  const play = async (person) => {
    const { reference, jwk } = await Tally.ask("GET", `/v1/played/${person}`);
    const { nonce, message } = await Tally.ask("POST", "/v1/login/challenge", {});
    const sig = await signed(jwk, Tally.bytes(message));
    await Tally.ask("POST", "/v1/login", { person, nonce, sig, keyid: reference });
    // With the same key the person signs on pages.
    await BrowserKey.importPlayed(jwk, reference);
  };

  const leave = async () => {
    const answer = await fetch("/v1/login", { method: "DELETE", credentials: "same-origin" });
    if (!answer.ok && answer.status !== 401) throw { code: `http-${answer.status}` };
  };

  const change = async (person) => {
    status.textContent = form.dataset.wait;
    button.disabled = true;
    try {
      await (person ? play(person) : leave());
      location.reload();
    } catch (error) {
      button.disabled = false;
      status.textContent = `${form.dataset.failed} ${error.code ?? error.name ?? ""}`;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(chooser.value);
  });
  for (const one of document.querySelectorAll("button[data-play]")) {
    one.disabled = false;
    one.addEventListener("click", () => change(one.dataset.play));
  }
  // A mouse or finger means what it picks; keyboards walk through a list and press the button.
  let pointed = false;
  chooser.addEventListener("pointerdown", () => { pointed = true; });
  chooser.addEventListener("keydown", () => { pointed = false; });
  chooser.addEventListener("change", () => { if (pointed) form.requestSubmit(button); });
  chooser.disabled = button.disabled = !globalThis.crypto?.subtle;
})();
