// Forms that act: the body is read from the form, drafted by the node, shown from its very bytes, signed and sent.
"use strict";
const Signing = (() => {
  const dialog = document.getElementById("signing");
  const words = dialog?.dataset ?? {};
  const part = (name) => dialog.querySelector(`[data-part="${name}"]`);
  const pause_ms = 1000;
  const attempts = 3;
  const chunk = 32768;

  const base64 = (told) => {
    const raw = new Uint8Array(told);
    let text = "";
    for (let at = 0; at < raw.length; at += chunk) text += String.fromCharCode(...raw.subarray(at, at + chunk));
    return btoa(text);
  };
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const byBytes = (one, other) => {
    const [left, right] = [Tally.text.encode(one.keyid), Tally.text.encode(other.keyid)];
    const at = left.findIndex((byte, index) => byte !== right[index]);
    return at < 0 ? left.length - right.length : left[at] - (right[at] ?? -1);
  };

  // --- from a form to a body -------------------------------------------------------------------------------------

  const amount = (field) => {
    const found = Money.ofField(field);
    if (found === undefined) throw { code: "amount", title: words.amount };
    return found;
  };
  const moment = (text) => {
    const told = new Date(text);
    if (Number.isNaN(told.getTime())) throw { code: "moment", title: words.moment };
    return told.toISOString();
  };
  const valueOf = (field) => {
    const text = field.value.trim().normalize("NFC");
    switch (field.dataset.kind) {
      case "boolean": return field.type === "checkbox" ? field.checked : text === "true";
      case "integer": return Number.parseInt(text, 10);
      case "amount": return amount(field);
      case "moment": return moment(text);
      case "list": return text.split(/[\n,，、]/).map((one) => one.trim()).filter(Boolean);
      case "lines": return text.split("\n").map((one) => one.trim()).filter(Boolean);
      case "numbers": return text.split(/[\s,，、]+/).filter(Boolean).map((one) => Number.parseInt(one, 10));
      case "days": return text.split("\n").map((one) => one.trim()).filter(Boolean).map((one) => {
        const [on, ...name] = one.split(/\s+/);
        return name.length ? { on, name: name.join(" ") } : { on };
      });
      case "json": return JSON.parse(text);
      default: return text;
    }
  };
  // A field that is a sum is read last: it adds up what the others said.
  const sum = (body, field) => (body[field.dataset.of] ?? []).filter(Boolean)
    .reduce((total, row) => total + (row[field.dataset.member] ?? 0), 0);
  const is_left_out = (form, field) => field.dataset.needs && !form.elements[field.dataset.needs]?.value.trim();
  const put = (body, pointer, value, many) => {
    const steps = pointer.slice(1).split("/").map((one) => one.replaceAll("~1", "/").replaceAll("~0", "~"));
    let at = body;
    steps.forEach((step, index) => {
      if (index === steps.length - 1) {
        if (many) at[step] = [...(at[step] ?? []), value];
        else at[step] = value;
        return;
      }
      at[step] ??= /^\d+$/.test(steps[index + 1]) ? [] : {};
      at = at[step];
    });
  };
  // Rows of a list that were left empty leave no holes.
  const packed = (told) => {
    if (Array.isArray(told)) return told.filter((one) => one !== undefined).map(packed);
    if (told === null || typeof told !== "object") return told;
    return Object.fromEntries(Object.entries(told).map(([name, value]) => [name, packed(value)]));
  };
  // Browsers disagree on these, or know none.
  const named = { xml: "application/xml", ofd: "application/ofd" };
  // A notification of a bank has payments of others: only one of a single payment leaves this browser.
  const requireOnePayment = (data) => {
    const read = new DOMParser().parseFromString(new TextDecoder().decode(data), "application/xml");
    const all = (name) => read.getElementsByTagNameNS("*", name).length;
    if (all("Ntry") > 1 || all("TxDtls") > 1) throw { code: "payments", title: words.payments };
  };
  const attached = async (file, grade) => {
    const data = new Uint8Array(await file.arrayBuffer());
    if (grade === "restricted" && file.name?.toLowerCase().endsWith(".xml")) requireOnePayment(data);
    const salt = crypto.getRandomValues(new Uint8Array(32));
    const type = named[file.name?.split(".").at(-1).toLowerCase()] || file.type || "application/octet-stream";
    const hash = Tally.hex(await Tally.sha256(new Uint8Array([...salt, ...data])));
    const ref = { hash, type, size: data.length, grade };
    return { ref, sent: { type, grade, salt: base64(salt), data: base64(data) } };
  };
  const read = async (form, submitter) => {
    const body = {}, attachments = [];
    const fields = [...form.elements].sort((one, other) => (one.dataset.kind === "sum") - (other.dataset.kind === "sum"));
    for (const field of fields) {
      if (field.dataset.digest && field.files?.length) {
        // Without a name the file stays here: what is signed is its digest.
        put(body, field.dataset.digest, Tally.hex(await Tally.sha256(await field.files[0].arrayBuffer())));
        if (!field.name) continue;
      }
      if (!field.name?.startsWith("/") || (field.disabled && field !== submitter) || field.closest("fieldset:disabled")) continue;
      if (is_left_out(form, field)) continue;
      if (field.type === "submit") {
        if (field === submitter) put(body, field.name, field.value);
      } else if (field.type === "file") {
        for (const file of field.files) {
          const { ref, sent } = await attached(file, field.dataset.grade ?? "parties");
          attachments.push(sent);
          put(body, field.name, ref, field.multiple);
        }
      } else if (field.dataset.kind === "text-file") {
        if (field.value.trim() === "") continue;
        const { ref, sent } = await attached(new Blob([field.value.trim().normalize("NFC")], { type: "text/plain" }), field.dataset.grade ?? "parties");
        attachments.push(sent);
        put(body, field.name, ref);
      } else if (field.type === "select-multiple") {
        put(body, field.name, [...field.selectedOptions].map((one) => one.value));
      } else if (["checkbox", "radio"].includes(field.type) && field.dataset.kind !== "boolean") {
        if (field.checked) put(body, field.name, field.value, field.type === "checkbox");
      } else if (field.dataset.kind === "sum") {
        put(body, field.name, sum(body, field));
      } else if (field.value.trim() !== "" || field.dataset.kind === "boolean" || field.dataset.empty === "keep") {
        put(body, field.name, valueOf(field));
      }
    }
    return { body: packed(body), attachments };
  };

  // --- drafts ----------------------------------------------------------------------------------------------------

  const holds = (told, asked) => {
    if (asked === null || typeof asked !== "object") return told === asked;
    if (told === null || typeof told !== "object") return false;
    if (Array.isArray(asked) && told.length !== asked.length) return false;
    return Object.entries(asked).every(([name, value]) => holds(told[name], value));
  };
  // What is shown and signed is read from the bytes, whatever the node says of them.
  const read_entry = async (told) => {
    const payload = Tally.bytes(told.payload);
    const opened = await Tally.opened(payload, Tally.bytes(told.body), Tally.bytes(told.salt));
    if (!opened.same) throw { code: "other" };
    return { ...opened, payload };
  };
  const check = async (told) => {
    const draft = { ...told, ...(await read_entry(told)) };
    draft.cited = [];
    for (const one of told.cited) {
      const entry = await read_entry(one);
      const hash = Tally.hex(await Tally.sha256(entry.payload));
      if (JSON.stringify(draft.body).includes(`"${hash}"`)) draft.cited.push({ ...entry, title: one.title });
    }
    return { ...draft, bytes: { payload: told.payload, body: told.body, salt: told.salt } };
  };
  const draft = async (type, body, { author, fields, id } = {}) => {
    const made = await check(await Tally.ask("POST", "/v1/drafts", { type, body, author, fields, id }));
    const right = made.entry.type === type && holds(made.body, body) && (!author || made.entry.author === author)
      && (!id || made.entry.id === id);
    if (!right) throw { code: "other" };
    return made;
  };

  // --- showing it ------------------------------------------------------------------------------------------------

  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };
  const money = (value, currency) => {
    const places = Money.digits(currency);
    return places === undefined ? "" : `${currency} ${Money.text(value, places)}`;
  };
  const is_amount = (name) => ["amount", "above", "face", "price", "fee", "discount", "certificate_max", "supplier_max", "day_max", "total_max"].includes(name);
  const rows = (made, told, currency, path = []) => Object.entries(told).flatMap(([name, value]) => {
    const label = /^\d+$/.test(name) ? String(Number(name) + 1) : (made.labels[name] ?? name);
    const here = [...path, label];
    if (value !== null && typeof value === "object") return rows(made, value, value.currency ?? currency, here);
    const note = is_amount(name) && Number.isInteger(value) && currency ? money(value, currency) : made.values[value] ?? made.names[value];
    return [[here.join(" · "), String(value), note ?? ""]];
  });
  const facts = (made, told) => {
    const list = element("dl", undefined, "facts");
    for (const [label, value, note] of rows(made, told, told.currency ?? made.currency)) {
      const shown = element("dd");
      if (note) shown.append(element("strong", note), " ");
      shown.append(element("code", value));
      list.append(element("dt", label), shown);
    }
    return list;
  };
  const show = (made) => {
    part("title").textContent = made.title;
    part("author").textContent = made.entry.author;
    part("log").textContent = made.entry.origin;
    part("type").textContent = made.entry.type;
    part("body").replaceChildren(facts(made, made.body));
    part("cited").replaceChildren(...made.cited.flatMap((one) => {
      const by = element("p", `${words.by} `);
      by.append(element("strong", made.names[one.entry.author] ?? ""), " ", element("code", one.entry.author));
      return [element("h3", `${words.cited} ${one.title} (${one.entry.type})`), by, facts(made, one.body)];
    }));
  };

  // --- signing it ------------------------------------------------------------------------------------------------

  // Which passkey a device takes, the person decides there: its signature tells which key that was.
  const verifies = async (key, signature, signed) => {
    const curve = key.kty === "OKP" ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
    try {
      const known = await crypto.subtle.importKey("jwk", key.jwk, curve, false, ["verify"]);
      return await crypto.subtle.verify({ ...curve, hash: "SHA-256" }, known, signature, signed);
    } catch { return false; }
  };
  const passkey = async (keys, message) => {
    const challenge = await Tally.sha256(message);
    const given = await navigator.credentials.get({
      publicKey: { challenge, rpId: keys[0].rp_id, userVerification: "required", allowCredentials: [] },
    });
    const { authenticatorData, clientDataJSON, signature } = given.response;
    const raw = new Uint8Array(signature);
    const signed = new Uint8Array([...new Uint8Array(authenticatorData), ...(await Tally.sha256(clientDataJSON))]);
    for (const key of keys) {
      const plain = key.kty === "OKP" ? raw : Tally.fromDer(raw);
      if (!(await verifies(key, plain, signed))) continue;
      const webauthn = { authenticatorData: base64(authenticatorData), clientDataJSON: base64(clientDataJSON) };
      return { keyid: key.reference, sig: base64(plain), webauthn };
    }
    throw { code: "foreign-passkey" };
  };
  const is_passkey = (key) => key.kind === "passkey" && key.here;
  const sign = async (made, reference, pin = "") => {
    const key = made.keys.find((one) => one.reference === reference);
    const message = Tally.pae(made.payload);
    if (key?.kind === "passkey") {
      if (!globalThis.PublicKeyCredential) throw { code: "passkeys" };
      return passkey(made.keys.filter(is_passkey), message);
    }
    return { keyid: reference, sig: base64(await BrowserKey.sign(reference, message, pin)) };
  };
  const options = async (made, used) => {
    const here = await BrowserKey.list().catch(() => []);
    const found = [], free = made.keys.filter((one) => !used.includes(one.reference));
    const passkeys = free.filter(is_passkey);
    if (passkeys.length > 0 && globalThis.PublicKeyCredential) found.push({ ...passkeys[0], how: "passkey" });
    for (const key of free) {
      const own = here.find((one) => one.reference === key.reference);
      if (key.kind === "plain" && own) found.push({ ...key, how: own.played ? "played" : "pin" });
    }
    return found;
  };
  const elsewhere = async (made, used, over) => {
    const made_over = await Tally.ask("POST", "/v1/handovers", made.bytes);
    const code = part("code");
    code.querySelector("img").src = `data:image/png;base64,${made_over.code}`;
    code.querySelector("code").textContent = made_over.address;
    code.hidden = false;
    try {
      while (!over.is) {
        const { signature } = await Tally.ask("GET", `/v1/handovers/${made_over.id}`);
        if (signature && used.includes(signature.keyid)) throw { code: "foreign-passkey" };
        if (signature) return signature;
        await wait(pause_ms);
      }
    } finally { code.hidden = true; }
    throw { code: "cancelled" };
  };
  const said = (error) => {
    if (error.code === "pin-wrong") return `${words.pinWrong} ${error.left}`;
    const known = {
      away: words.away, other: words.other, passkeys: words.passkeys, "pin-over": words.pinOver, "pin-short": words.pinShort,
      "key-not-here": words.notHere, "foreign-passkey": words.foreign, "no-key": words.noKey, "storage-silent": words.silent,
    };
    const told = known[error.code] ?? (error.name === "NotAllowedError" ? words.declined : error.title ?? words.failed);
    return [told, error.advice].filter(Boolean).join(" ");
  };

  // One signature, by a key that the person picks; `used` are taken already.
  const once = (made, used, ways) => new Promise((resolve, reject) => {
    const over = { is: false };
    const list = part("keys");
    const choices = ways.map((one) => ({ ...one, text: one.how === "passkey" ? words.passkey : `${words[one.how]} ${one.reference}` }));
    if (made.handed !== true) choices.push({ how: "elsewhere", reference: "", text: words.elsewhere });
    list.replaceChildren(element("legend", words.key), ...choices.map((one, index) => {
      const label = element("label"), input = element("input");
      Object.assign(input, { type: "radio", name: "key", value: String(index), checked: index === 0 });
      label.append(input, ` ${one.text}`);
      return label;
    }));
    const chosen = () => choices[Number(list.querySelector("input:checked")?.value ?? 0)];
    const pin = part("pin");
    const adapt = () => { pin.hidden = chosen().how !== "pin"; };
    list.onchange = adapt;
    adapt();
    const status = part("said");
    status.textContent = made.together ? `${words.together} ${used.length + 1}/2` : "";
    const button = part("sign");
    button.disabled = false;
    const end = (error) => { over.is = true; dialog.onclose = null; dialog.close(); reject(error); };
    part("cancel").onclick = () => end({ code: "cancelled" });
    dialog.onclose = () => end({ code: "cancelled" });
    dialog.querySelector("form").onsubmit = async (event) => {
      event.preventDefault();
      button.disabled = true;
      status.textContent = words.asking;
      try {
        const way = chosen();
        const open = { ...made, keys: made.keys.filter((one) => !used.includes(one.reference)) };
        const given = way.how === "elsewhere" ? await elsewhere(made, used, over) : await sign(open, way.reference, pin.querySelector("input").value);
        resolve(given);
      } catch (error) {
        if (over.is) return;
        button.disabled = false;
        status.textContent = said(error);
      } finally { pin.querySelector("input").value = ""; }
    };
    if (!dialog.open) dialog.showModal();
    button.focus();
  });
  const confirm = async (made) => {
    if (made.keys.length === 0) throw { code: "no-key" };
    show(made);
    const signatures = [];
    for (let count = 0; count < (made.together ? 2 : 1); count += 1) {
      const used = signatures.map((one) => one.keyid);
      // Of a large amount another device shows the text by itself, whatever keys this one still has.
      signatures.push(await once(made, used, count > 0 && made.apart ? [] : await options(made, used)));
    }
    dialog.onclose = null;
    // The event comes later, and would cancel what is asked next.
    const closed = new Promise((done) => { dialog.addEventListener("close", done, { once: true }); });
    dialog.close();
    await closed;
    return signatures;
  };

  // --- sending it ------------------------------------------------------------------------------------------------

  // The same bytes again change nothing: the log answers with its first receipt.
  const post = async (told) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await Tally.ask("POST", "/v1/entries", told);
      } catch (error) {
        if (error.code !== "away" || attempt === attempts) throw error;
        await wait(pause_ms * attempt);
      }
    }
  };
  const sorted = (signatures) => [...signatures].sort(byBytes);
  const send = async (made, signatures, attachments = []) => {
    const envelope = {
      payload: made.bytes.payload, payloadType: "application/vnd.tallystick.entry+json",
      signatures: sorted(signatures),
    };
    const entry = { envelope, body: made.bytes.body, salt: made.bytes.salt, attachments };
    const { results: [answer] } = await post({ entries: [entry] });
    const refused = answer.problem ?? answer.refusal;
    if (refused) throw refused;
    return answer;
  };

  const act = async (form, submitter) => {
    const status = form.querySelector("[role=status]");
    const say = (text) => { if (status) status.textContent = text; };
    const buttons = [...form.elements].filter((one) => one.type === "submit");
    say(words.drafting);
    for (const one of buttons) one.disabled = true;
    try {
      const { body, attachments } = await read(form, submitter);
      const made = await draft(form.dataset.sign, body, { author: form.dataset.author });
      const signatures = await confirm(made);
      say(words.sending);
      const answer = await send(made, signatures, attachments);
      form.dispatchEvent(new CustomEvent("signed", { detail: answer, bubbles: true }));
      if (form.dataset.then) location.assign(form.dataset.then);
      else say(words.done);
    } catch (error) {
      say(error.code === "cancelled" ? words.cancelled : said(error));
      for (const one of buttons) one.disabled = false;
      (submitter ?? buttons[0])?.focus();
    }
  };
  const wire = (form) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      act(form, event.submitter);
    });
  };
  if (dialog) for (const form of document.querySelectorAll("form[data-sign]")) wire(form);
  return { draft, check, confirm, sign, send, said, sorted, wire, show };
})();
