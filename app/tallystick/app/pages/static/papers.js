// Certificates on pages: the organisation's key signs here and is sent nowhere; the person signs the entry.
"use strict";
(() => {
  const form = document.querySelector("form.paper");
  if (!form) return;
  const words = form.dataset;
  const status = form.querySelector("[role=status]");
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);
  const url64 = (told) => Tally.base64(told).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const from64 = (told) => Tally.bytes(told.replaceAll("-", "+").replaceAll("_", "/"));
  const json64 = (told) => url64(Tally.text.encode(JSON.stringify(told)));
  const parsed64 = (told) => JSON.parse(new TextDecoder().decode(from64(told)));
  const p256 = { name: "ECDSA", namedCurve: "P-256" };
  const by = (jwk) => (jwk.kty === "OKP" ? "Ed25519" : { name: "ECDSA", hash: "SHA-256" });
  const chunk = 32768;
  const long64 = (raw) => {
    let text = "";
    for (let at = 0; at < raw.length; at += chunk) text += String.fromCharCode(...raw.subarray(at, at + chunk));
    return btoa(text);
  };

  // --- the organisation's key --------------------------------------------------------------------------------------

  const secretOf = async (jwk) => {
    const chosen = form.elements.key;
    if (chosen.dataset.played) {
      const told = await Tally.ask("GET", `/v1/played/${chosen.dataset.played}`);
      return crypto.subtle.importKey("jwk", told.jwk, jwk.kty === "OKP" ? "Ed25519" : p256, false, ["sign"]);
    }
    const [file] = document.getElementById("keyfile").files;
    if (!file) throw { title: words.noKey };
    const pem = (await file.text()).replace(/-----[^-]+-----|\s/g, "");
    try {
      return await crypto.subtle.importKey("pkcs8", Tally.bytes(pem), jwk.kty === "OKP" ? "Ed25519" : p256, false, ["sign"]);
    } catch {
      throw { title: words.wrongKey };
    }
  };
  // A JWT of a message; only if the key that signed is the one that the log knows.
  const signed = async (jwk, message) => {
    const data = Tally.text.encode(message);
    const signature = new Uint8Array(await crypto.subtle.sign(by(jwk), await secretOf(jwk), data));
    const known = await crypto.subtle.importKey("jwk", jwk, jwk.kty === "OKP" ? "Ed25519" : p256, false, ["verify"]);
    if (!(await crypto.subtle.verify(by(jwk), known, signature, data))) throw { title: words.wrongKey };
    return `${message}.${url64(jwk.kty === "OKP" ? signature : Tally.lowered(signature))}`;
  };
  const digestOf = async (salt, jwt) => Tally.hex(await Tally.sha256(Tally.join(salt, Tally.text.encode(jwt))));
  const hexBytes = (told) => Uint8Array.from(told.match(/../g), (one) => parseInt(one, 16));
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // --- the entry ---------------------------------------------------------------------------------------------------

  // The file in which a credential travels, as an attachment.
  const attached = async (sdJwt, salt) => {
    const type = "application/vnd.tallystick.credential+json";
    const data = Tally.text.encode(`{"salt":"${salt}","sd_jwt":${JSON.stringify(sdJwt)}}`);
    const mask = crypto.getRandomValues(new Uint8Array(32));
    const hash = Tally.hex(await Tally.sha256(Tally.join(mask, data)));
    const ref = { hash, type, size: data.length, grade: "parties" };
    return { ref, sent: { type, grade: "parties", salt: Tally.base64(mask), data: long64(data) } };
  };
  const say = async (type, body, sent, id) => {
    const made = await Signing.draft(type, body, { fields: true, ...(id ? { id } : {}) });
    const signatures = await Signing.confirm(made);
    await Signing.send(made, signatures, [sent]);
  };
  const leave = () => location.assign(form.dataset.then);

  // --- issuing and declaring ---------------------------------------------------------------------------------------

  const lines = (text) => text.split("\n").map((one) => one.trim().normalize("NFC")).filter(Boolean);
  const value = (name) => form.elements[name].value.trim().normalize("NFC");
  // Every field that was entered is in the disclosures, and nothing else is.
  const holdsAll = (draft, said) => {
    const told = Object.fromEntries(draft.disclosures.map(parsed64).filter((one) => one.length === 3).map(([, name, what]) => [name, what]));
    const names = Object.keys(said).sort();
    return same(Object.keys(told).sort(), names) && names.every((name) => same(told[name], said[name]));
  };
  const finish = async (draft) => {
    const jwt = await signed(draft.jwk, draft.message);
    const credential = await digestOf(hexBytes(draft.salt), jwt);
    const { ref, sent } = await attached([jwt, ...draft.disclosures, ""].join("~"), draft.salt);
    await say(draft.type, { ...draft.body, credential, document: ref }, sent);
  };
  const issue = async () => {
    const said = { sites: lines(form.elements.sites.value) };
    for (const name of ["number", "kind", "scope", "issued", "expiry", "issuer"]) said[name] = value(name);
    const draft = await Tally.ask("POST", "/v1/credentials/drafts", { key: form.elements.key.value, holder: value("holder"), said });
    if (!holdsAll(draft, said) || draft.body.holder !== value("holder") || draft.body.kind !== said.kind) throw { title: words.other };
    await finish(draft);
    leave();
  };
  const substance = (line) => {
    const [cas, share, threshold] = line.split(/[,，;\t]/).map((one) => one.trim());
    return { cas, share_ppm: Number(share), threshold_ppm: Number(threshold) };
  };
  const declare = async () => {
    const said = {
      part: value("part"), list: { name: value("list"), version: value("version") }, number: Number(value("count")),
      complete: form.elements.complete.checked, substances: lines(form.elements.substances.value).map(substance),
    };
    if (value("lot")) said.lot = value("lot");
    const wish = { key: form.elements.key.value, said, ...(value("expires") ? { expires: value("expires") } : {}) };
    const draft = await Tally.ask("POST", "/v1/credentials/declarations", wish);
    const claims = parsed64(draft.message.split(".")[1]);
    const open = ["part", "lot", "list", "number", "complete"].every((name) => holdsSame(claims[name], said[name]));
    const told = draft.disclosures.map(parsed64).map(([, what]) => what);
    const hidden = told.length === said.substances.length
      && said.substances.every((one, at) => Object.entries(one).every(([name, what]) => told[at][name] === what));
    if (!open || !hidden) throw { title: words.other };
    await finish(draft);
    leave();
  };
  const holdsSame = (one, other) =>
    one === other || (one && other && typeof one === "object" && Object.keys(one).length === Object.keys(other).length
      && Object.entries(one).every(([name, what]) => other[name] === what));

  // --- showing -----------------------------------------------------------------------------------------------------

  let whole;
  const named = (text) => {
    const told = parsed64(text);
    return told.length === 3 ? { text, name: told[1], shown: told[2] } : { text, name: told[1].cas ?? told[1].ec, shown: told[1] };
  };
  const offered = async () => {
    whole = await Tally.ask("GET", `/v1/credentials/${words.credential}/whole`);
    const [jwt, ...rest] = whole.sd_jwt.split("~");
    whole.jwt = jwt;
    whole.fields = rest.filter(Boolean).map(named);
    const list = part(form, "fields");
    const titles = JSON.parse(list.dataset.titles);
    list.replaceChildren(...whole.fields.map(({ name, shown }) => {
      const label = document.createElement("label"), box = document.createElement("input"), text = document.createElement("code");
      Object.assign(box, { type: "checkbox", name: "field", value: name });
      text.textContent = Array.isArray(shown) ? shown.join(", ") : typeof shown === "object" ? JSON.stringify(shown) : String(shown);
      label.append(box, ` ${titles[name] ?? name}: `, text);
      return label;
    }));
  };
  const random = () => Tally.hex(crypto.getRandomValues(new Uint8Array(16)));
  const bound = async (audience, nonce, names) => {
    const kept = whole.fields.filter(({ name }) => names.includes(name)).map(({ text }) => text);
    const unbound = [whole.jwt, ...kept, ""].join("~");
    const alg = whole.jwk.kty === "OKP" ? "Ed25519" : "ES256";
    const claims = {
      aud: audience, iat: Math.floor(whole.now / 1000), nonce, sd_hash: url64(await Tally.sha256(Tally.text.encode(unbound))),
    };
    return unbound + (await signed(whole.jwk, `${json64({ alg, typ: "kb+jwt" })}.${json64(claims)}`));
  };
  const show = async (submitter) => {
    if (!whole) await offered();
    const names = [...form.querySelectorAll("[name=field]:checked")].map((one) => one.value);
    const buyer = value("buyer");
    if (submitter?.value === "log") {
      const { ref, sent } = await attached(await bound(buyer, whole.id, names), whole.salt);
      const body = { credential: words.credential, to: buyer, fields: [...names].sort(), document: ref };
      await say("identity.credential.show/1", body, sent, whole.id);
      return leave();
    }
    const told = { sd_jwt: await bound(buyer, value("nonce") || random(), names), salt: whole.salt };
    const made = await Tally.ask("POST", `/v1/credentials/${words.credential}/presentations`, told);
    const link = part(form, "link");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(made)], { type: "application/json" }));
    link.download = `${words.credential.slice(0, 16)}.json`;
    part(form, "file").hidden = false;
    status.textContent = words.done;
    link.focus();
  };

  // --- verifying ---------------------------------------------------------------------------------------------------

  const fact = (list, title, told) => {
    const name = document.createElement("dt"), what = document.createElement("dd");
    name.textContent = title;
    what.textContent = Array.isArray(told) ? told.map((one) => (typeof one === "object" ? JSON.stringify(one) : one)).join(", ") : String(told);
    list.append(name, what);
  };
  const verdict = (good, why, told = {}) => {
    const section = document.getElementById("verdict");
    const title = section.querySelector("h2");
    const list = part(section, "fields");
    const titles = JSON.parse(list.dataset.titles);
    section.hidden = false;
    section.className = `verdict-of ${good ? "is-good" : "is-bad"}`;
    section.dataset.good = String(good);
    title.textContent = good ? title.dataset.good : title.dataset.bad;
    part(section, "why").textContent = why;
    list.replaceChildren();
    for (const [name, what] of Object.entries(told)) fact(list, titles[name] ?? name, what);
    section.focus();
  };
  const verify = async () => {
    const raw = new Uint8Array(await form.elements.file.files[0].arrayBuffer());
    try {
      const told = await Tally.ask("POST", "/v1/presentations/verify", { file: long64(raw), nonce: value("nonce") });
      verdict(true, "", { ...told.fields, _issuer: told.issuer, _holder: told.holder, _hidden: told.hidden, _as_of: told.as_of });
    } catch (error) {
      if (error.code === "away") throw error;
      verdict(false, `${error.title ?? ""} (${error.code})`);
    }
    status.textContent = "";
  };

  const acts = { issue, declare, show, verify };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const buttons = [...form.querySelectorAll("button")];
    status.textContent = words.working;
    for (const one of buttons) one.disabled = true;
    try {
      await acts[words.paper](event.submitter);
    } catch (error) {
      const told = error.title ?? error.code ?? error.name;
      status.textContent = error.code === "cancelled" ? words.cancelled : error.title === undefined ? `${words.failed} ${told}` : told;
    } finally {
      for (const one of buttons) one.disabled = false;
    }
  });
  if (words.paper === "show") offered().catch((error) => { status.textContent = `${words.failed} ${error.code ?? error.name}`; });
})();
