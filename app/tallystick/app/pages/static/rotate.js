// A key in the place of an older one: made here, signed by both, and then by an administrator on a page of theirs.
"use strict";
(() => {
  const payloadType = "application/vnd.tallystick.entry+json";
  const type = "identity.key.rotate/1";
  const desk = document.getElementById("rotations");
  if (!desk) return;
  const words = desk.dataset;
  const path = "/v1/rotations";
  const pause_ms = 3000;
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);
  const said = (error) => {
    const known = { InvalidStateError: words.same, NotAllowedError: words.declined };
    return known[error.name] ?? Signing.said(error);
  };

  // --- the owner -------------------------------------------------------------------------------------------------

  const make = async (form) => {
    if (form.elements.kind.value === "browser") {
      const made = await BrowserKey.make(form.elements.pin.value);
      return { jwk: made.jwk, browser: made.id };
    }
    const suites = form.dataset.suites.split(" ");
    const { id, jwk } = await Tally.makePasskey(form.dataset.person, "", words.product, suites);
    return { jwk, id, webauthn: { rp_id: location.hostname, origin: location.origin } };
  };
  const byNew = async (key, reference, message, pin) => {
    if (key.browser) return { keyid: reference, sig: Tally.base64(await BrowserKey.sign(key.browser, message, pin)) };
    return { keyid: reference, ...(await Tally.byPasskey(key.jwk.kty, key.webauthn.rp_id, message, key.id)) };
  };
  const named = async (key, reference) => {
    if (!key.browser) return;
    // One that was begun before and came to nothing had the same reference.
    for (const one of await BrowserKey.list()) if (one.reference === reference && one.id !== key.browser) await BrowserKey.forget(one.id);
    await BrowserKey.name(key.browser, reference);
  };
  const fits = (made, old, key, person) => made.entry.type === type && made.entry.author === person
    && made.body.old === old && made.body.key.endsWith(`:${person}`) && Tally.sameKey(made.body.jwk, key.jwk);
  const replace = async (form, status) => {
    status.textContent = words.making;
    const { old, person } = form.dataset;
    const key = await make(form);
    try {
      const wish = { old, jwk: key.jwk, ...(key.webauthn && { webauthn: key.webauthn }) };
      const told = await Tally.ask("POST", `${path}/drafts`, wish);
      const made = await Signing.check(told);
      if (!fits(made, old, key, person)) throw { code: "other" };
      const signatures = await Signing.confirm(made);
      for (const one of told.more) signatures.push(...(await Signing.confirm({ ...made, keys: [one] })));
      status.textContent = words.newone;
      signatures.push(await byNew(key, made.body.key, Tally.pae(made.payload), form.elements.pin.value));
      const envelope = { payload: told.payload, payloadType, signatures: Signing.sorted(signatures) };
      await Tally.ask("POST", path, { envelope, body: told.body, salt: told.salt });
      await named(key, made.body.key);
    } catch (error) {
      if (key.browser) await BrowserKey.forget(key.browser);
      throw error;
    }
    form.closest("details").open = false;
    status.textContent = words.waits;
    await refresh();
    part(desk, "own").focus();
  };
  for (const form of document.querySelectorAll("form[data-rotate]")) {
    const pin = part(form, "pin");
    const adapt = () => {
      pin.hidden = form.elements.kind.value !== "browser";
      form.elements.pin.required = !pin.hidden;
    };
    form.addEventListener("change", adapt);
    adapt();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const status = form.querySelector("[role=status]");
      const button = form.querySelector("button");
      button.disabled = true;
      replace(form, status).catch((error) => {
        status.textContent = error.code === "cancelled" ? words.cancelled : said(error);
      }).finally(() => {
        button.disabled = false;
        form.elements.pin.value = "";
      });
    });
  }

  // --- whoever countersigns ----------------------------------------------------------------------------------------

  const status = part(desk, "said");
  const refuse = async (known) => {
    if (!confirm(words.confirm)) return;
    await Tally.ask("POST", `${path}/${known}/refusal`);
    status.textContent = words.refused;
    await refresh();
  };
  const countersign = async (row) => {
    const made = await Signing.check(row.draft);
    if (made.entry.type !== type || made.body.old !== row.old || !Tally.sameKey(made.body.jwk, row.jwk)) throw { code: "other" };
    // The entry is another person's: no other device of yours is asked by a code for it.
    const [signature] = await Signing.confirm({ ...made, handed: true });
    const done = await Tally.ask("POST", `${path}/${row.id}/signature`, { signature });
    status.textContent = `${words.done} #${done.index}`;
    await refresh();
  };
  const card = (list, template, row) => {
    let found = list.querySelector(`[data-id="${row.id}"]`);
    if (found) return found;
    found = document.getElementById(template).content.firstElementChild.cloneNode(true);
    found.dataset.id = row.id;
    list.append(found);
    part(found, "refuse").onclick = () => refuse(row.id).catch((error) => { status.textContent = said(error); });
    const form = found.querySelector("form");
    if (form) {
      form.onsubmit = (event) => {
        event.preventDefault();
        countersign(row).catch((error) => { status.textContent = error.code === "cancelled" ? words.cancelled : said(error); });
      };
    }
    return found;
  };
  const drop = (list, rows) => {
    const known = new Set(rows.map((one) => one.id));
    for (const one of [...list.children]) if (!known.has(one.dataset.id)) one.remove();
  };
  const draw = async (name, rows) => {
    const list = part(desk, name);
    if (!list) return;
    for (const row of rows) {
      const made = card(list, `rotation-${name}`, row);
      part(made, "person").textContent = row.person;
      part(made, "old").textContent = row.old;
      part(made, "key").textContent = row.key;
      // From the key itself, not from what the node says of it.
      part(made, "digits").textContent = await Tally.digits(row.jwk);
      part(made, "until").textContent = new Date(row.expires).toLocaleString(document.documentElement.lang);
    }
    drop(list, rows);
    list.closest("section").hidden = rows.length === 0;
  };
  let waited = false;
  const refresh = async () => {
    const { own, others } = await Tally.ask("GET", path);
    // It is in the log, or refused: the page shows which. Whoever was logged in with the old key logs in with the new one.
    if (waited && own.length === 0 && part(desk, "own")) location.reload();
    waited = own.length > 0;
    await draw("own", own);
    await draw("others", others);
  };
  const look = async () => {
    try { if (!document.hidden) await refresh(); } catch { /* asked again soon */ }
    setTimeout(look, pause_ms);
  };
  look();
})();
