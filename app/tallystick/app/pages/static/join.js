// Whoever was invited makes a key on this page, asks with it, compares digits, and signs what was approved.
"use strict";
(() => {
  const page = document.getElementById("join");
  const words = page.dataset;
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);
  const steps = ["address", "who", "asked", "sign", "done"];
  const show = (step) => {
    for (const one of steps) document.getElementById(one).hidden = one !== step;
    const head = document.getElementById(step)?.querySelector("h2");
    if (head) head.focus();
  };
  const codes = {
    "invitation-unknown": "unknown", "invitation-expired": "expired", expired: "expired", "invitation-used": "used",
    "enrolment-refused": "refused", refused: "refused", NotAllowedError: "nothing", passkeys: "passkeys",
    "pin-wrong": "pin", "pin-over": "pinover", "pin-short": "pinshort", "storage-silent": "silent",
  };
  const types = ["identity.key.add/1", "identity.propose/1"];
  const pause_ms = 1500;
  const store = "tallystick-join";

  const say = (code, more = "") => {
    const box = document.getElementById("state");
    box.hidden = code === "";
    box.className = `verdict ${["waiting", "asking", "away"].includes(code) ? "is-note" : "is-bad"}`;
    part(box, "line").textContent = words[code] ?? words[codes[code]] ?? words.otherwise;
    part(box, "more").textContent = more;
  };
  const failed = (error) => {
    const code = typeof error.code === "string" ? error.code : error.name;
    say(code, codes[code] || words[code] ? "" : error.title ?? code);
  };

  const begin = async (token) => {
    const invitation = await Tally.ask("POST", "/v1/invitations/look", { token });
    const form = document.getElementById("who");
    const language = document.documentElement.lang.slice(0, 2);
    for (const one of page.querySelectorAll('[data-part="firm"]')) {
      one.textContent = invitation.name[language] ?? Object.values(invitation.name)[0];
    }
    for (const one of form.querySelectorAll("[data-for]")) one.hidden = one.dataset.for !== invitation.purpose;
    // A key of this browser is P-256.
    part(form, "kinds").hidden = !invitation.suites.includes("ecdsa-p256-sha256");
    form.onchange = () => { part(form, "pin").hidden = form.elements.kind.value !== "browser"; };
    const isNew = invitation.purpose === "person";
    form.elements.called.required = isNew;
    show("who");
    form.onsubmit = (event) => {
      event.preventDefault();
      const name = isNew ? form.elements.called.value.trim().normalize("NFC") : "";
      const contact = isNew ? form.elements.contact.value.trim() : "";
      say("asking");
      request(token, invitation, name, contact, form.elements).catch(failed);
    };
  };

  // The key: a passkey of this device, or one that this browser keeps behind a PIN.
  const make = async (invitation, name, fields) => {
    if (fields.kind?.value === "browser") {
      const made = await BrowserKey.make(fields.pin.value);
      return { jwk: made.jwk, custody: "self", browser: made.id };
    }
    const { id, jwk } = await Tally.makePasskey(invitation.person, name, words.product, invitation.suites);
    return { jwk, custody: "self", id, webauthn: { rp_id: location.hostname, origin: location.origin } };
  };
  const signed = async (key, message, pin) => {
    if (key.browser) return { sig: Tally.base64(await BrowserKey.sign(key.browser, message, pin)) };
    return Tally.byPasskey(key.jwk.kty, key.webauthn.rp_id, message, Uint8Array.from(key.id));
  };

  const request = async (token, invitation, name, contact, fields) => {
    const key = await make(invitation, name, fields);
    const hash = Tally.hex(await Tally.sha256(Tally.text.encode(token)));
    const lines = ["tallystick/key-request/v1", invitation.origin, hash, await Tally.fingerprint(key.jwk), name];
    const proof = await signed(key, Tally.text.encode(lines.join("\n")), fields.pin?.value);
    const asked = { token, jwk: key.jwk, custody: key.custody, proof };
    if (key.webauthn) asked.webauthn = key.webauthn;
    if (name) Object.assign(asked, { name, contact });
    await Tally.ask("POST", "/v1/invitations/requests", asked);
    const kept = { ...key, id: key.id && [...key.id] };
    const state = { known: invitation.id, origin: invitation.origin, person: invitation.person, firm: invitation.organisation, key: kept };
    sessionStorage.setItem(store, JSON.stringify(state));
    follow(state);
  };

  const follow = async (state) => {
    show("asked");
    part(document.getElementById("asked"), "digits").textContent = await Tally.digits(state.key.jwk);
    say("waiting");
    step(state);
  };
  const step = async (state) => {
    try {
      const found = await Tally.ask("GET", `/v1/invitations/requests/${state.known}`);
      if (found.state === "enrolled") {
        // The answer to the signature was lost, the signature was not.
        if (state.key.browser) await BrowserKey.name(state.key.browser, found.key);
        return finished(found);
      }
      if (["refused", "expired", "invited"].includes(found.state)) throw { code: found.state };
      if (found.state === "approved") return approved(state, found);
      say("waiting");
    } catch (error) {
      if (error.code !== "away") return failed(error);
      say("away");
    }
    setTimeout(() => step(state), pause_ms);
  };

  const approved = (state, found) => {
    say("");
    show("sign");
    const form = document.getElementById("sign");
    const pin = part(form, "pin");
    pin.hidden = !state.key.browser;
    form.onsubmit = async (event) => {
      event.preventDefault();
      try {
        const message = await approvedMessage(state, found.entry);
        const proof = await signed(state.key, message, form.elements.pin?.value);
        const done = await Tally.ask("POST", `/v1/invitations/requests/${state.known}/signature`, proof);
        if (state.key.browser) await BrowserKey.name(state.key.browser, done.key);
        finished(done);
      } catch (error) { failed(error); }
    };
  };
  // The bytes to sign, if they say what was asked for here; else nothing is signed.
  const approvedMessage = async (state, told) => {
    const payload = Tally.bytes(JSON.parse(new TextDecoder().decode(Tally.bytes(told.envelope))).payload);
    const { entry, body, same } = await Tally.opened(payload, Tally.bytes(told.body), Tally.bytes(told.salt));
    const key = body.what ?? body;
    const right = same && types.includes(entry.type) && entry.origin === state.origin && Tally.sameKey(key.jwk, state.key.jwk)
      && key.key.endsWith(`:${state.person}`) && (!body.what || (body.what.kind === "recover" && body.organisation === state.firm));
    if (!right) throw { code: "foreign" };
    return Tally.pae(payload);
  };
  const finished = (found) => {
    sessionStorage.removeItem(store);
    say("");
    show("done");
    const box = document.getElementById("done");
    for (const one of box.querySelectorAll("[data-for]")) one.hidden = one.dataset.for !== found.purpose;
    part(box, "person").textContent = found.person;
    part(box, "entry").href = `/log/entries/${found.index}`;
    part(box, "entry").textContent = `#${found.index}`;
  };

  const tokenOf = (address) => {
    try {
      return new URLSearchParams(new URL(address, location.href).hash.slice(1)).get("t");
    } catch {
      return null;
    }
  };
  document.getElementById("address").onsubmit = (event) => {
    event.preventDefault();
    const token = tokenOf(event.target.elements.text.value.trim());
    if (token) begin(token).catch(failed);
    else say("unknown");
  };
  const start = async () => {
    if (!globalThis.crypto?.subtle) return say("insecure");
    const token = tokenOf(location.href);
    // The token stays in no history and no address that is copied.
    if (token) history.replaceState(null, "", location.pathname + location.search);
    const kept = sessionStorage.getItem(store);
    if (token) return begin(token);
    if (kept) return follow(JSON.parse(kept));
    show("address");
  };
  start().catch(failed);
})();
