// A browser becomes a device, and later has a fresh key: one that cannot be read out, a request, and a signature under
// what was approved.
"use strict";
(() => {
  const page = document.getElementById("enrol");
  const words = page.dataset;
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);
  const show = (...ids) => {
    for (const id of ["address", "name", "asked", "done"]) document.getElementById(id).hidden = !ids.includes(id);
  };
  const codes = {
    away: "away", "invitation-unknown": "unknown", "invitation-expired": "expired", expired: "expired",
    "invitation-used": "used", "enrolment-refused": "refused", refused: "refused", foreign: "foreign",
    "storage-silent": "silent",
  };
  const pause_ms = 1500;

  const say = (code, more = "") => {
    const box = document.getElementById("state");
    box.hidden = code === "";
    box.className = `verdict ${["waiting", "approved", "away", "kept"].includes(code) ? "is-note" : "is-bad"}`;
    part(box, "line").textContent = words[code] ?? words[codes[code]] ?? words.otherwise;
    part(box, "more").textContent = more;
  };

  // One record in IndexedDB: the key pair (not extractable), and how far it is.
  const device = Kept.store("tallystick-device", (fresh) => fresh.createObjectStore("device"));
  const stored = (mode, act) => device("device", mode, act);
  const load = () => stored("readonly", (store) => store.get("this"));
  const keep = (state) => stored("readwrite", (store) => store.put(state, "this"));
  const forget = () => stored("readwrite", (store) => store.delete("this"));

  const tokenOf = (address) => {
    try {
      return new URLSearchParams(new URL(address, location.href).hash.slice(1)).get("t");
    } catch {
      return null;
    }
  };
  const publicOf = async (pair) => {
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    return { kty, crv, x, y };
  };
  const sign = async (pair, message) =>
    Tally.base64(Tally.lowered(new Uint8Array(
      await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, message))));

  const begin = async (token) => {
    const invitation = await Tally.ask("POST", "/v1/devices/invitations/look", { token });
    show("name");
    const form = document.getElementById("name");
    part(form, "firm").textContent = invitation.name[document.documentElement.lang.slice(0, 2)] ?? Object.values(invitation.name)[0];
    part(form, "class").textContent = invitation.purpose;
    form.elements.called.focus();
    form.onsubmit = (event) => {
      event.preventDefault();
      const name = form.elements.called.value.trim().normalize("NFC");
      request(token, invitation, name).catch(failed);
    };
  };

  const request = async (token, invitation, name) => {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const jwk = await publicOf(pair);
    const hash = Tally.hex(await Tally.sha256(Tally.text.encode(token)));
    const lines = ["tallystick/device-request/v1", invitation.origin, hash, await Tally.fingerprint(jwk), name];
    const signature = await sign(pair, Tally.text.encode(lines.join("\n")));
    // Kept before it is asked with: a lost answer loses no key.
    const state = { pair, jwk, name, invitation, id: invitation.id };
    await keep(state);
    await Tally.ask("POST", "/v1/devices/requests", { token, name, jwk, signature });
    follow(state);
  };

  const follow = async (state) => {
    show("asked");
    document.getElementById("anew").hidden = false;
    part(document.getElementById("asked"), "digits").textContent = await Tally.digits(state.jwk);
    say("waiting");
    step(state);
  };

  const step = async (state) => {
    try {
      const found = await Tally.ask("GET", `/v1/devices/requests/${state.id}`);
      if (found.state === "enrolled") return finished(state, found);
      if (found.state === "refused" || found.state === "expired") throw { code: found.state };
      if (found.state === "invited") throw { code: "wrong" };
      if (found.state === "approved") {
        say("approved");
        const signature = await sign(state.pair, await approvedMessage(state, found.entry));
        return finished(state, await Tally.ask("POST", `/v1/devices/requests/${state.id}/signature`, { signature }));
      }
      say("waiting");
    } catch (error) {
      if (!["away", "enrolment-not-waiting"].includes(error.code)) return failed(error);
      say("away");
    }
    setTimeout(() => step(state), pause_ms);
  };

  // The bytes to sign, if they say what this device asked for; else nothing is signed.
  const approvedMessage = async (state, told) => {
    const envelope = JSON.parse(new TextDecoder().decode(Tally.bytes(told.envelope)));
    const payload = Tally.bytes(envelope.payload);
    const { entry, body, same } = await Tally.opened(payload, Tally.bytes(told.body), Tally.bytes(told.salt));
    const enrols = entry.type === "identity.device.enrol/1" && Tally.sameKey(body.jwk, state.jwk)
      && body.organisation === state.invitation.organisation && body.purpose === state.invitation.purpose
      && body.key.endsWith(`:${body.device}`);
    const renews = entry.type === "identity.key.rotate/1" && body.old === state.reference
      && Tally.sameKey(body.jwk, state.next?.jwk ?? {}) && body.key.endsWith(`:${state.device}`) && !("suspect_from" in body);
    if (!same || entry.origin !== state.invitation.origin || !(state.next ? renews : enrols)) throw { code: "foreign" };
    return Tally.pae(payload);
  };

  const finished = async (state, found) => {
    await enrolled({ ...state, device: found.device, index: found.index, reference: found.key ?? `300:${found.device}` });
  };

  const enrolled = async (state) => {
    await keep(state);
    if (state.next) return renewing(state);
    say("");
    show("done");
    document.getElementById("anew").hidden = false;
    const box = document.getElementById("done");
    part(box, "device").textContent = state.device;
    part(box, "reference").textContent = state.reference;
    part(box, "digits").textContent = await Tally.digits(state.jwk);
    part(box, "entry").href = `/log/entries/${state.index}`;
    part(box, "renew").onclick = () => renew(state).catch(failed);
  };

  // --- a fresh key: both keys ask, a person approves, both sign ----------------------------------------------------

  const renew = async (state) => {
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    const next = { pair, jwk: await publicOf(pair) };
    await enrolled({ ...state, next });
  };

  const renewing = async (state) => {
    show("asked");
    document.getElementById("anew").hidden = true;
    part(document.getElementById("asked"), "digits").textContent = await Tally.digits(state.next.jwk);
    say("waiting");
    renewStep(state);
  };

  const renewStep = async (state) => {
    const { next } = state;
    try {
      // Asked again with the same keys it is the same request: a lost answer loses nothing.
      if (!next.id) {
        next.id = (await Tally.ask("POST", "/v1/devices/renewals", await renewal(state))).id;
        await keep(state);
      }
      let found = await Tally.ask("GET", `/v1/devices/requests/${next.id}`);
      if (found.state === "approved") {
        say("approved");
        const message = await approvedMessage(state, found.entry);
        const told = { signature: await sign(next.pair, message), by_old: await sign(state.pair, message) };
        found = await Tally.ask("POST", `/v1/devices/requests/${next.id}/signature`, told);
      }
      if (found.state === "enrolled") {
        const { pair, jwk } = next;
        const { next: _, ...rest } = state;
        return await enrolled({ ...rest, pair, jwk, index: found.index, reference: found.key });
      }
      if (found.state !== "requested") return await keptOld(state, found.state);
      say("waiting");
    } catch (error) {
      if (!["away", "enrolment-not-waiting"].includes(error.code)) {
        return keptOld(state, error.code === "enrolment-proof-wrong" ? "ended" : error.code ?? error.name);
      }
      say("away");
    }
    setTimeout(() => renewStep(state), pause_ms);
  };

  const renewal = async (state) => {
    const time = new Date().toISOString();
    const lines = [
      "tallystick/device-renewal/v1", state.invitation.origin, state.reference, await Tally.fingerprint(state.next.jwk), time,
    ];
    const message = Tally.text.encode(lines.join("\n"));
    const [by_old, signature] = [await sign(state.pair, message), await sign(state.next.pair, message)];
    return { old: state.reference, jwk: state.next.jwk, time, by_old, signature };
  };

  // Nothing came of it: the key that was there goes on.
  const keptOld = async (state, code) => {
    const { next: _, ...rest } = state;
    await enrolled(rest);
    const known = { refused: words.renewalRefused, expired: words.renewalExpired, ended: words.ended, foreign: words.foreign };
    say("kept", known[code] ?? `${words.renewalFailed} ${code}`);
  };

  const failed = (error) => {
    show();
    document.getElementById("anew").hidden = false;
    const code = typeof error.code === "string" ? error.code : error.name;
    say(code, codes[code] || words[code] ? "" : code);
  };

  document.getElementById("anew").onclick = async () => {
    await forget();
    location.replace(location.pathname);
  };
  document.getElementById("address").onsubmit = (event) => {
    event.preventDefault();
    const token = tokenOf(event.target.elements.text.value.trim());
    if (token) begin(token).catch(failed);
    else say("wrong");
  };

  const start = async () => {
    if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return say("insecure");
    const token = tokenOf(location.href);
    // The token stays in no history and no address that is copied.
    if (token) history.replaceState(null, "", location.pathname + location.search);
    const state = await load();
    if (state?.device) return enrolled({ reference: `300:${state.device}`, ...state });
    if (state && !token) return follow(state);
    if (token) return begin(token);
    show("address");
  };
  start().catch(failed);
})();
