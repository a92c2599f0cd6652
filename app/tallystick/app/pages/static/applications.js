// An officer's desk for one application: asking back, refusing, and proposing to admit, which is signed.
"use strict";
(() => {
  const page = document.getElementById("application");
  if (!page) return;
  const words = page.dataset;
  const path = (verb) => `/v1/applications/${words.number}/${verb}`;
  const why = (error) => error.code === "away" ? words.away : `${words.failed} ${error.title ?? error.code ?? error.name}`;
  const wire = (id, act) => {
    const form = document.getElementById(id);
    form?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const status = form.querySelector("[role=status]");
      event.submitter.disabled = true;
      try {
        await act(form.elements);
        status.textContent = words.done;
        location.reload();
      } catch (error) {
        event.submitter.disabled = false;
        status.textContent = error.code === "cancelled" ? "" : why(error);
      }
    });
  };
  wire("question", ({ text }) => Tally.ask("POST", path("question"), { text: text.value.trim() }));
  wire("refusal", ({ reason, text }) => {
    const said = text.value.trim();
    return Tally.ask("POST", path("refusal"), { reason: reason.value, ...(said ? { text: said } : {}) });
  });
  wire("propose", async () => {
    const drafted = await Tally.ask("GET", `${path("draft")}?author=${encodeURIComponent(words.author)}`);
    const body = JSON.parse(new TextDecoder().decode(Tally.bytes(drafted.body)));
    const made = await Signing.draft("identity.propose/1", body);
    const signatures = await Signing.confirm(made);
    await Tally.ask("POST", path("proposal"), {
      envelope: { payload: made.bytes.payload, payloadType: "application/vnd.tallystick.entry+json", signatures },
      body: made.bytes.body, salt: made.bytes.salt,
    });
  });
})();
