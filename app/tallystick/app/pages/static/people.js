// Members and keys: invitations, requests as they come, approvals; and fields that a body needs in another form.
"use strict";
(() => {
  const desk = document.getElementById("people-desk");
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);

  // Ticked boxes as one list; rows of inputs as a list of objects.
  const gather = (form) => {
    for (const target of form.querySelectorAll("[data-from-boxes]")) {
      const boxes = [...form.querySelectorAll(`[data-box="${target.dataset.fromBoxes}"]`)];
      target.value = JSON.stringify(boxes.filter((one) => one.checked).map((one) => one.value));
    }
    for (const target of form.querySelectorAll("[data-from-rows]")) {
      const rows = [...form.querySelectorAll(`[data-row="${target.dataset.fromRows}"]`)].map((row) => {
        const told = Object.fromEntries([...row.querySelectorAll("[data-as]")].map((one) => [one.dataset.as, one.type === "number" ? Number.parseInt(one.value, 10) : one.value.trim()]));
        const above = row.querySelector("[data-as=above]");
        if (!above || !told.currency) return told;
        const minor = Money.minor(above.value, Money.digits(told.currency));
        above.setCustomValidity(minor === undefined ? form.dataset.amount : "");
        return { ...told, above: minor ?? above.value };
      });
      target.value = JSON.stringify(rows.filter((row) => row.currency));
    }
    for (const target of form.querySelectorAll("[data-from-card]")) {
      const card = { contact: form.querySelector('[data-card="contact"]').value.trim(), name: form.querySelector('[data-card="name"]').value.trim() };
      const files = new DataTransfer();
      files.items.add(new File([JSON.stringify(card)], "card.json", { type: "application/json" }));
      target.files = files.files;
    }
  };
  for (const form of document.querySelectorAll("form[data-sign]")) {
    form.addEventListener("submit", () => gather(form), { capture: true });
    form.addEventListener("input", () => gather(form));
    gather(form);
  }
  if (!desk) return;

  const words = desk.dataset;
  const said = document.getElementById("people-said");
  const list = document.getElementById("people-requests");
  const pause_ms = 2000;
  const codes = {
    away: words.away, "invitations-too-many": words.many, "enrolment-proof-wrong": words.proof,
    NotAllowedError: words.passkey, other: words.other, passkeys: words.passkeys, "not-yours-to-invite": words.notyours,
  };
  const fail = (error) => {
    if (error.code === "cancelled") return;
    const code = typeof error.code === "string" ? error.code : error.name;
    said.textContent = `${words.failed} ${codes[code] ?? error.title ?? code}`;
  };
  const path = (known, verb = "") => `/v1/invitations/requests/${known}${verb}`;

  // What is signed is what is shown, whatever the node says.
  const fits = (entry, body, request) => {
    if (entry.type === "identity.person.add/1") return body.person === request.person && body.organisation === request.organisation;
    const key = body.what ?? body;
    const types = { recovery: "identity.propose/1" };
    return entry.type === (types[request.purpose] ?? "identity.key.add/1") && Tally.sameKey(key.jwk, request.jwk)
      && key.key.endsWith(`:${request.person}`) && (!body.what || (key.kind === "recover" && key.lost === request.lost));
  };
  const approve = async (request) => {
    const { drafts } = await Tally.ask("GET", path(request.id, "/drafts"));
    const entries = [];
    for (const draft of drafts) {
      const made = await Signing.check(draft);
      if (!fits(made.entry, made.body, request)) throw { code: "other" };
      const envelope = { payload: draft.payload, payloadType: "application/vnd.tallystick.entry+json", signatures: await Signing.confirm(made) };
      entries.push({ envelope, body: draft.body, salt: draft.salt });
    }
    await Tally.ask("POST", path(request.id, "/approval"), { entries });
    said.textContent = words.approved;
    await refresh();
  };

  const draw = async (request) => {
    let card = list.querySelector(`[data-id="${request.id}"]`);
    if (!card) {
      card = document.getElementById("person-request").content.firstElementChild.cloneNode(true);
      card.dataset.id = request.id;
      list.append(card);
      card.querySelector("form").onsubmit = (event) => {
        event.preventDefault();
        approve(request).catch(fail);
      };
      part(card, "refuse").onclick = async () => {
        if (!confirm(words.confirm)) return;
        try {
          await Tally.ask("POST", path(request.id, "/refusal"));
          said.textContent = words.refused;
          await refresh();
        } catch (error) { fail(error); }
      };
    }
    card.dataset.state = request.state;
    part(card, "purpose").textContent = words[request.purpose];
    part(card, "name").textContent = request.name || request.person;
    part(card, "contact").textContent = request.contact;
    part(card, "person").textContent = request.person;
    part(card, "roles").textContent = request.roles.join(", ");
    // From the key itself, not from what the node says of it.
    part(card, "digits").textContent = await Tally.digits(request.jwk);
    card.querySelector("form").hidden = request.state === "approved";
    part(card, "state").hidden = request.state !== "approved";
    part(card, "state").textContent = words.approved;
  };
  const refresh = async () => {
    const { requests } = await Tally.ask("GET", "/v1/invitations");
    for (const request of requests) await draw(request);
    const known = new Set(requests.map((one) => one.id));
    for (const card of [...list.children]) if (!known.has(card.dataset.id)) card.remove();
  };

  for (const form of document.querySelectorAll("form[data-invite]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wish = { purpose: form.dataset.invite };
      if (wish.purpose === "person") wish.roles = [...form.querySelectorAll('[data-box="invited"]')].filter((one) => one.checked).map((one) => one.value);
      if (form.elements.lost) Object.assign(wish, { lost: form.elements.lost.value.trim(), reason: form.elements.reason.value });
      try {
        const made = await Tally.ask("POST", "/v1/invitations", wish);
        const figure = document.getElementById("person-code");
        figure.querySelector("img").src = `data:image/png;base64,${made.code}`;
        part(figure, "until").textContent = `${words.until} ${new Date(made.expires).toLocaleTimeString(document.documentElement.lang)}`;
        part(figure, "address").textContent = made.address;
        part(figure, "address").href = made.address;
        figure.hidden = false;
        figure.scrollIntoView({ block: "nearest" });
      } catch (error) { fail(error); }
    });
  }
  const look = async () => {
    try { if (!document.hidden) await refresh(); } catch { /* asked again soon */ }
    setTimeout(look, pause_ms);
  };
  look();
})();
