// Sealed bids: rate and salt stay in a file on this device until the deadline; only their digest is signed.
"use strict";
(() => {
  const page = document.getElementById("tender");
  const words = page.dataset;
  const ppm = 1_000_000n, perPercent = 10_000;
  const year = { "ACT/360": 360n, "ACT/365": 365n };

  const rateOf = (text) => {
    const found = /^(\d{1,3})(?:\.(\d{1,4}))?$/.exec(text.trim());
    const rate = found && Number(found[1]) * perPercent + Number((found[2] ?? "").padEnd(4, "0"));
    if (!found || rate > Number(ppm)) throw { title: words.rate };
    return rate;
  };
  // Members in the order of their names: the canonical form (RFC 8785) of texts and an integer.
  const commitment = async ({ tender, rate_ppm, salt }) => {
    const told = JSON.stringify({ funder: words.funder, rate_ppm, salt, tender });
    return Tally.hex(await Tally.sha256(Tally.text.encode(`tallystick/bid/1\n${told}`)));
  };
  const keep = (bid) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(bid)], { type: "application/json" }));
    link.download = `bid-${bid.tender.slice(0, 12)}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  // Simple discount, rounded half up once: amount x rate x days / (10^6 x year), in integers.
  const figures = (rate) => {
    const given = JSON.parse(words.figures);
    const over = ppm * year[words.basis];
    const amount = BigInt(words.amount);
    const discount = (2n * amount * BigInt(rate) * BigInt(given.days) + over) / (2n * over);
    const net = words.bearer === "buyer" ? amount : amount - discount;
    return { ...given, discount: Number(discount), net: Number(net) };
  };
  const say = async (type, body) => {
    const made = await Signing.draft(type, body, {});
    await Signing.send(made, await Signing.confirm(made), []);
    location.reload();
  };
  const acts = {
    seal: async (form) => {
      const salt = Tally.hex(crypto.getRandomValues(new Uint8Array(32)));
      const bid = { tender: words.name, rate_ppm: rateOf(form.elements.rate.value), salt };
      keep(bid);
      form.elements.rate.value = "";
      await say("finance.bid.seal/1", { tender: words.name, commitment: await commitment(bid) });
    },
    open: async (form) => {
      let bid;
      try { bid = JSON.parse(await form.elements.file.files[0].text()); } catch { throw { title: words.foreign }; }
      if (bid?.tender !== words.name || !Number.isSafeInteger(bid.rate_ppm)) throw { title: words.foreign };
      await say("finance.bid.open/1", { ...bid, ...figures(bid.rate_ppm) });
    },
  };
  for (const form of document.querySelectorAll("form[data-bid]")) {
    const status = form.querySelector("[role=status]"), button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      status.textContent = words.working;
      try { await acts[form.dataset.bid](form); } catch (error) {
        status.textContent = error.code === "cancelled" ? words.cancelled : Signing.said(error);
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
