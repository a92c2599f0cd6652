// An application: begun, filled, handed in, corrected and withdrawn, by whoever has its address (its token is behind #).
"use strict";
(() => {
  const page = document.getElementById("apply");
  if (!page) return;
  const words = page.dataset;
  const named = document.getElementById("words").dataset;
  const word = (table, code) => named[`${table}${code.split("-").map((one) => one[0].toUpperCase() + one.slice(1)).join("")}`] ?? code;
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);
  const byId = (id) => document.getElementById(id);
  const roles = { one: [["administrator", "maker", "checker"]], two: [["administrator"], ["security-administrator"]] };
  let told = null;
  let people = [];
  let own = location.hash;

  const place = () => {
    const found = new URLSearchParams(location.hash.slice(1));
    return { number: found.get("n") ?? "", token: found.get("t") ?? "" };
  };
  const call = async (method, rest = "", body = undefined, type = "application/json") => {
    const { number, token } = place();
    let answer;
    try {
      answer = await fetch(`/v1/applications/${encodeURIComponent(number)}/own${rest}`, {
        method, cache: "no-store", body,
        headers: { "Application-Token": token, ...(body === undefined ? {} : { "Content-Type": type }) },
      });
    } catch { throw { code: "away" }; }
    const document = await answer.json().catch(() => ({}));
    if (answer.status >= 500) throw { code: "away" };
    if (!answer.ok) throw document;
    return document;
  };
  const why = (error) => {
    if (error.code === "away") return words.away;
    if (error.code === "passkeys") return words.passkeys;
    if (error.name === "NotAllowedError" || error.name === "InvalidStateError") return words.declined;
    return [words.failed, error.title ?? error.message, error.detail].filter(Boolean).join(" ");
  };
  // Runs what a form or a button does; what went wrong stands where it was done.
  const doing = (status, act) => async (event) => {
    event?.preventDefault();
    const button = event?.submitter ?? event?.currentTarget;
    if (button) button.disabled = true;
    try {
      status.textContent = "";
      await act(event);
    } catch (error) { status.textContent = why(error); } finally { if (button) button.disabled = false; }
  };

  // --- what is shown ---------------------------------------------------------------------------------------------

  const adapt = () => {
    const scheme = byId("scheme").value;
    for (const one of page.querySelectorAll("[data-only]")) one.hidden = one.dataset.only !== scheme;
    for (const one of page.querySelectorAll("[data-not]")) one.hidden = one.dataset.not === scheme;
  };
  const many = () => page.querySelector("input[name=many]:checked").value;
  const drawPeople = () => {
    const slots = roles[many()];
    for (const row of byId("people").querySelectorAll("[data-slot]")) {
      const slot = Number(row.dataset.slot);
      row.hidden = slot >= slots.length;
      if (row.hidden) continue;
      const handle = told.persons[slot];
      const there = people.find((one) => one.person === handle);
      part(row, "person").textContent = handle;
      part(row, "roles").textContent = slots[slot].map((one) => word("role", one)).join(", ");
      part(row, "made").hidden = !there;
      part(row, "made").textContent = there ? `${words.made}: ${there.keys.map((one) => one.key).join(", ")}` : "";
    }
  };
  const drawPapers = () => {
    const list = part(byId("papers"), "list");
    list.replaceChildren(...told.papers.map((one) => {
      const row = document.createElement("li");
      const text = document.createElement("span");
      const ends = one.ends ? ` · ${words.until} ${one.ends}` : "";
      text.textContent = `${word("kind", one.kind)} · ${Math.ceil(one.size / 1024)} KiB${ends} `;
      const gone = document.createElement("button");
      Object.assign(gone, { type: "button", textContent: words.remove });
      gone.setAttribute("aria-label", `${words.remove}: ${word("kind", one.kind)}`);
      gone.onclick = doing(byId("paper").querySelector("[role=status]"), async () => draw(await call("DELETE", `/papers/${one.id}`)));
      row.append(text, gone);
      return row;
    }));
  };
  const fill = () => {
    const form = told.form;
    if (!form) return;
    const fields = byId("who").elements;
    fields.zh.value = form.name.zh ?? "";
    fields.en.value = form.name.en ?? "";
    fields.scheme.value = form.scheme;
    fields.number.value = form.number ?? "";
    fields.country.value = form.country ?? "";
    fields.bank_code.value = form.bank_code ?? "";
    fields.contact.value = form.contact;
    for (const one of byId("who").querySelectorAll("[name=capacity]")) one.checked = form.capacities.includes(one.value);
    adapt();
  };
  const draw = (found) => {
    told = found;
    // Keys that were sent before stand there without their proof: whoever changes people sends all anew.
    const writable = ["draft", "asked"].includes(told.state);
    const state = byId("state");
    state.hidden = false;
    part(state, "state").textContent = word("state", told.state);
    part(state, "number").textContent = told.number;
    part(state, "expires").textContent = told.expires.slice(0, 10);
    const question = part(state, "question");
    question.hidden = !told.question;
    question.textContent = told.question ?? "";
    const reason = part(state, "reason");
    reason.hidden = !told.reason;
    reason.textContent = [told.reason && word("reason", told.reason), told.text].filter(Boolean).join(": ");
    part(state, "missing").textContent = !writable ? "" : told.missing.length
      ? `${words.missing} ${told.missing.map((one) => word("kind", one)).join(", ")}` : words.nothingMissing;
    part(state, "admitted").hidden = told.state !== "admitted";
    part(state, "organisation").textContent = told.organisation;
    byId("begin").hidden = true;
    byId("keep").hidden = !writable && told.state !== "submitted";
    part(byId("keep"), "address").textContent = location.href;
    for (const id of ["form", "papers", "people"]) byId(id).hidden = !writable;
    byId("end").hidden = !writable && told.state !== "submitted";
    part(byId("end"), "submit").hidden = !writable;
    drawPapers();
    drawPeople();
  };

  // --- people and their keys -------------------------------------------------------------------------------------

  const publicOf = async (response) => {
    const key = await crypto.subtle.importKey("spki", response.getPublicKey(), { name: "ECDSA", namedCurve: "P-256" }, true, ["verify"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", key);
    return { kty, crv, x, y };
  };
  // Made, and then used once: it signs for which person, in which roles, of which organisation it is.
  const passkey = async (slot) => {
    if (!globalThis.PublicKeyCredential) throw { code: "passkeys" };
    const person = told.persons[slot];
    const rpId = location.hostname;
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        rp: { id: rpId, name: "Tallystick" },
        user: { id: Tally.text.encode(person), name: person, displayName: person },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
      },
    });
    const jwk = await publicOf(made.response);
    const wanted = roles[many()][slot];
    const asked = await call("POST", "/people/message", JSON.stringify({ person: slot, roles: wanted, jwk }));
    const message = Tally.bytes(asked.message);
    const text = new TextDecoder().decode(message);
    const said = JSON.parse(text.slice(text.indexOf("{")));
    // What is signed is what is shown, whatever the node says.
    const right = said.person === person && said.organisation === told.organisation && Tally.sameKey(said.jwk, jwk)
      && said.roles.join() === [...wanted].sort().join();
    if (!right || asked.key !== `300:${person}`) throw { title: words.failed };
    const given = await navigator.credentials.get({
      publicKey: {
        challenge: await Tally.sha256(message), rpId, userVerification: "required",
        allowCredentials: [{ type: "public-key", id: made.rawId }],
      },
    });
    const { authenticatorData, clientDataJSON, signature } = given.response;
    return {
      person, roles: wanted,
      keys: [{
        key: asked.key, jwk, custody: "self", webauthn: { rp_id: rpId, origin: location.origin },
        possession: {
          sig: Tally.base64(Tally.fromDer(new Uint8Array(signature))),
          webauthn: { authenticatorData: Tally.base64(authenticatorData), clientDataJSON: Tally.base64(clientDataJSON) },
        },
      }],
    };
  };
  const add = async (one) => {
    people = [...(await call("GET", "/people")).people.filter((other) => other.person !== one.person), one]
      .filter((other) => told.persons.indexOf(other.person) < roles[many()].length)
      .sort((left, right) => told.persons.indexOf(left.person) - told.persons.indexOf(right.person));
    draw(await call("PUT", "/people", JSON.stringify(people)));
  };

  // --- what can be done ------------------------------------------------------------------------------------------

  const start = async () => {
    const { number, token } = place();
    if (!number || !token) {
      byId("begin").hidden = !byId("node").options.length;
      return;
    }
    try {
      draw(await call("GET"));
      if (["draft", "asked"].includes(told.state)) people = (await call("GET", "/people")).people;
      if (people.length === 1 && people[0].roles.length > 1) page.querySelector("input[value=one]").checked = true;
      fill();
      drawPeople();
    } catch (error) {
      byId("begin").hidden = false;
      byId("begin-form").querySelector("[role=status]").textContent = why(error);
    }
  };
  byId("begin-form").onsubmit = doing(byId("begin-form").querySelector("[role=status]"), async () => {
    const made = await Tally.ask("POST", "/v1/applications", { node: byId("node").value });
    own = `#n=${made.number}&t=${made.token}`;
    history.replaceState(null, "", own);
    await start();
    byId("keep-title").scrollIntoView();
  });
  const status = byId("who").querySelector("[role=status]");
  byId("who").onsubmit = doing(status, async () => {
    const fields = byId("who").elements;
    const text = (name) => fields[name].value.trim().normalize("NFC");
    const form = {
      name: Object.fromEntries(["zh", "en"].filter(text).map((one) => [one, text(one)])), scheme: fields.scheme.value,
      capacities: [...byId("who").querySelectorAll("[name=capacity]:checked")].map((one) => one.value), contact: text("contact"),
    };
    if (form.scheme !== "none") form.number = text("number").toUpperCase();
    if (form.scheme !== "none" && text("bank_code")) form.bank_code = text("bank_code").toUpperCase();
    if (form.scheme === "register") form.country = text("country").toUpperCase();
    draw(await call("PUT", "", JSON.stringify(form)));
    status.textContent = words.saved;
  });
  byId("paper").onsubmit = doing(byId("paper").querySelector("[role=status]"), async () => {
    const { kind, file, ends } = byId("paper").elements;
    const [one] = file.files;
    const asked = new URLSearchParams({ kind: kind.value, ...(ends.value ? { ends: ends.value } : {}) });
    const data = await one.arrayBuffer();
    try {
      draw(await call("POST", `/papers?${asked}`, data, one.type || "application/octet-stream"));
    } catch (error) { throw error.status === 413 ? { title: words.large } : error; }
    byId("paper").reset();
    byId("paper").querySelector("[role=status]").textContent = words.saved;
  });
  const said = part(byId("people"), "said");
  for (const row of byId("people").querySelectorAll("[data-slot]")) {
    part(row, "make").onclick = doing(said, async () => {
      said.textContent = words.asking;
      await add(await passkey(Number(row.dataset.slot)));
      said.textContent = words.saved;
    });
  }
  byId("own-key").onsubmit = doing(said, async () => {
    await add(JSON.parse(byId("json").value));
    said.textContent = words.saved;
  });
  for (const one of page.querySelectorAll("input[name=many]")) one.onchange = drawPeople;
  byId("scheme").onchange = adapt;
  const end = part(byId("end"), "said");
  part(byId("end"), "submit").onclick = doing(end, async () => {
    draw(await call("POST", "/submission"));
    byId("state").scrollIntoView();
  });
  part(byId("end"), "withdraw").onclick = doing(end, async () => {
    if (confirm(words.confirm)) draw(await call("POST", "/withdrawal"));
  });
  part(byId("keep"), "copy").onclick = () => navigator.clipboard.writeText(location.href);
  addEventListener("hashchange", () => {
    // A place on this page, to which one may go past its beginning, is no other application.
    if (byId(location.hash.slice(1))) {
      history.replaceState(null, "", location.pathname + location.search + own);
      return;
    }
    own = location.hash;
    start();
  });
  adapt();
  start();
})();
