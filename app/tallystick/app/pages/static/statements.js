// Lines of a statement answered many at a time; the form carries what the table says.
"use strict";
(() => {
  const form = document.getElementById("answer");
  const table = document.getElementById("line-table");
  if (!form || !table) return;
  const toolbar = document.querySelector(".toolbar");
  const reason = toolbar.querySelector("[data-reason]");
  const rows = [...table.querySelectorAll("tr[data-line]")].filter((row) => row.querySelector("[data-answer]"));
  const answer = (row) => row.querySelector("[data-answer]");
  const box = (row) => row.querySelector("[data-pick-line]");
  const may = (row, value) => [...answer(row).options].some((one) => one.value === value);
  const count = form.querySelector("[data-part=count]");

  // What a file answers to lines of other pages: a line to agree, or the reason of its dispute.
  const elsewhere = new Map();

  const told = () => {
    const here = rows.map((row) => [Number(row.dataset.line), answer(row).value]);
    const answered = [...here, ...elsewhere].filter(([, value]) => value).sort(([one], [other]) => one - other);
    const agreed = answered.filter(([, value]) => value === "agree").map(([line]) => line);
    const disputed = answered.filter(([, value]) => value !== "agree").map(([line, value]) => ({ line, reason: value }));
    form.elements["/agreed"].value = agreed.length ? JSON.stringify(agreed) : "";
    form.elements["/disputed"].value = disputed.length ? JSON.stringify(disputed) : "";
    count.textContent = form.dataset.counted
      .replace("{agreed}", String(agreed.length)).replace("{disputed}", String(disputed.length));
  };
  const mark = (row, what) => {
    const value = what === "dispute" ? reason.value : what;
    if (may(row, value)) answer(row).value = value;
  };
  const pick = (which) => {
    for (const row of rows) box(row).checked = which === "all" || (which === "differing" && "differs" in row.dataset);
  };
  toolbar.addEventListener("click", (event) => {
    const { pick: which, mark: what } = event.target.dataset;
    if (which !== undefined) pick(which);
    if (what !== undefined) for (const row of rows) if (box(row).checked) mark(row, what);
    told();
  });
  table.addEventListener("change", told);
  const file = document.getElementById("answers-file");
  const read = document.getElementById("answers-read");
  const take = (body) => {
    elsewhere.clear();
    for (const row of rows) answer(row).value = "";
    const said = [...(body.agreed ?? []).map((line) => [line, "agree"]), ...(body.disputed ?? []).map((one) => [one.line, one.reason])];
    for (const [line, value] of said) {
      const row = rows.find((one) => Number(one.dataset.line) === line);
      if (row && may(row, value)) answer(row).value = value;
      else elsewhere.set(line, value);
    }
  };
  file?.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (!chosen) return;
    const words = file.dataset;
    read.textContent = "";
    try {
      const path = `/finance/v1/statements/answers/read?statement=${encodeURIComponent(words.statement)}`;
      const found = await fetch(path, { method: "POST", cache: "no-store", body: chosen, headers: { "Content-Type": "application/octet-stream" } })
        .catch(() => { throw { title: words.away }; });
      const document = await found.json().catch(() => ({ title: words.away }));
      if (!found.ok) throw document;
      take(document.body);
      read.textContent = words.read.replace("{agreed}", String(document.agreed)).replace("{disputed}", String(document.disputed));
    } catch (error) {
      read.textContent = [words.failed, error.title ?? error.message, error.detail].filter(Boolean).join(" ");
    }
    file.value = "";
    told();
  });
  table.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr[data-line]");
    const at = rows.indexOf(row);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey || event.target !== box(row)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = rows[at + step];
      if (next) box(next).focus();
    } else if (event.key === "a" || event.key === "A") mark(row, "agree");
    else if (event.key === "d" || event.key === "D") mark(row, "dispute");
    else return;
    event.preventDefault();
    told();
  });
  told();
})();
