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

  const told = () => {
    const answered = rows.map((row) => [Number(row.dataset.line), answer(row).value]).filter(([, value]) => value);
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
