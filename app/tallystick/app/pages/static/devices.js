// The desk of whoever administers devices: codes for invitations, requests as they come, approval by a passkey.
"use strict";
(() => {
  const desk = document.getElementById("desk");
  if (!desk) return;
  const words = desk.dataset;
  const part = (where, name) => where.querySelector(`[data-part="${name}"]`);
  const list = document.getElementById("requests");
  const form = document.getElementById("approval");
  const said = document.getElementById("said");
  const titles = Object.fromEntries([...document.getElementById("class").options].map((one) => [one.value, one.text]));
  const pause_ms = 2000;
  const codes = {
    away: words.away, "invitations-too-many": words.many, "enrolment-malformed": words.malformed,
    "enrolment-proof-wrong": words.proof, NotAllowedError: words.passkey, other: words.other, passkeys: words.passkeys,
  };
  const fail = (error) => {
    const code = error.code && typeof error.code === "string" ? error.code : error.name;
    said.textContent = `${words.failed} ${codes[code] ?? code}`;
  };
  const path = (known, verb = "") => `/v1/devices/requests/${known}${verb}`;

  const wire = (card, request) => {
    part(card, "approve").onclick = () => open(request);
    part(card, "refuse").onclick = async () => {
      if (!confirm(words.confirm)) return;
      try {
        await Tally.ask("POST", path(request.id, "/refusal"));
        said.textContent = words.refused;
        await refresh();
      } catch (error) { fail(error); }
    };
  };

  const draw = async (request) => {
    let card = list.querySelector(`[data-id="${request.id}"]`);
    if (!card) {
      card = document.getElementById("request-card").content.firstElementChild.cloneNode(true);
      card.dataset.id = request.id;
      list.append(card);
    }
    card.dataset.state = request.state;
    part(card, "name").textContent = request.name;
    part(card, "class").textContent = titles[request.purpose] ?? request.purpose;
    part(card, "factory").hidden = !request.factory;
    part(card, "renews").hidden = !request.renews;
    part(card, "old").textContent = request.renews ?? "";
    part(card, "state").textContent = request.state === "approved" ? words.approved : words.waits;
    // From the key itself, not from what the node says of it.
    part(card, "digits").textContent = await Tally.digits(request.jwk);
    part(card, "approve").hidden = request.state === "approved";
    wire(card, request);
  };

  const refresh = async () => {
    const { requests } = await Tally.ask("GET", `/v1/devices/requests?organisation=${encodeURIComponent(words.organisation)}`);
    for (const request of requests) await draw(request);
    const known = new Set(requests.map((one) => one.id));
    for (const card of [...list.children]) if (!known.has(card.dataset.id)) card.remove();
    document.getElementById("nobody").hidden = requests.length > 0;
  };

  const open = async (request) => {
    form.hidden = false;
    part(form, "name").textContent = request.name;
    part(form, "digits").textContent = await Tally.digits(request.jwk);
    form.elements.same.checked = false;
    const random = [...crypto.getRandomValues(new Uint8Array(13))].map((one) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[one % 32]);
    form.elements.handle.value = words.prefix ? `${words.prefix}/D-${random.join("")}` : "";
    if (request.renews) form.elements.handle.value = request.device;
    form.elements.handle.readOnly = Boolean(request.renews);
    (request.renews ? form.elements.same : form.elements.handle).focus();
    form.scrollIntoView({ block: "nearest" });
    form.onsubmit = (event) => {
      event.preventDefault();
      approve(request).catch(fail);
    };
  };

  const approve = async (request) => {
    const chosen = form.elements.person.selectedOptions[0];
    const handle = form.elements.handle.value.trim().normalize("NFC");
    const author = chosen.value.slice(chosen.value.indexOf(":") + 1);
    const asked = new URLSearchParams({ author, device: handle });
    const draft = await Tally.ask("GET", `${path(request.id, "/draft")}?${asked}`);
    const payload = Tally.bytes(draft.payload);
    const { entry, body, same } = await Tally.opened(payload, Tally.bytes(draft.body), Tally.bytes(draft.salt));
    // What is signed is what is shown, whatever the node says.
    const enrols = entry.type === "identity.device.enrol/1" && body.device === handle && body.organisation === words.organisation
      && body.purpose === request.purpose && body.replaces === request.replaces;
    const renews = entry.type === "identity.key.rotate/1" && body.old === request.renews && body.key.endsWith(`:${handle}`);
    const right = same && entry.author === author && Tally.sameKey(body.jwk, request.jwk) && (request.renews ? renews : enrols);
    if (!right) throw { code: "other" };
    const signature = await Tally.byPasskey(chosen.dataset.kty, chosen.dataset.rp, Tally.pae(payload));
    await Tally.ask("POST", path(request.id, "/approval"), {
      envelope: {
        payload: draft.payload, payloadType: "application/vnd.tallystick.entry+json",
        signatures: [{ keyid: chosen.value, ...signature }],
      },
      body: draft.body, salt: draft.salt,
    });
    form.hidden = true;
    said.textContent = words.approved;
    await refresh();
  };

  part(form, "cancel").onclick = () => { form.hidden = true; };
  document.getElementById("invitation").onsubmit = async (event) => {
    event.preventDefault();
    try {
      const purpose = event.target.elements.purpose.value;
      const made = await Tally.ask("POST", "/v1/devices/invitations", { organisation: words.organisation, purpose });
      const figure = document.getElementById("code");
      figure.querySelector("img").src = `data:image/png;base64,${made.code}`;
      part(figure, "until").textContent = `${words.until} ${new Date(made.expires).toLocaleTimeString(document.documentElement.lang)}`;
      part(figure, "address").textContent = made.address;
      figure.hidden = false;
      figure.scrollIntoView({ block: "nearest" });
    } catch (error) { fail(error); }
  };
  const look = async () => {
    try { if (!document.hidden) await refresh(); } catch { /* asked again soon */ }
    setTimeout(look, pause_ms);
  };
  look();
})();
