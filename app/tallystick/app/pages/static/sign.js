// Another device signs: the code's token leaves the address at once, and the entry is read from its bytes.
"use strict";
(() => {
  const page = document.getElementById("sign");
  const words = page.dataset;
  const status = document.getElementById("sign-status");
  const token = new URLSearchParams(location.hash.slice(1)).get("t") ?? "";
  history.replaceState(null, "", location.pathname + location.search);
  const go = async () => {
    if (!token) throw { title: words.none };
    const made = await Signing.check(await Tally.ask("POST", "/v1/handovers/look", { token }));
    const [signature] = await Signing.confirm({ ...made, handed: true });
    await Tally.ask("POST", "/v1/handovers/signature", { token, signature });
    status.textContent = words.done;
    page.dataset.state = "signed";
  };
  const again = document.getElementById("sign-again");
  const run = () => go().catch((error) => {
    status.textContent = error.code === "cancelled" ? words.cancelled : Signing.said(error);
    again.hidden = !token;
  });
  again.onclick = run;
  run();
})();
