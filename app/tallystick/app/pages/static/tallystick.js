// Conveniences only: every page works without this file.
"use strict";
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
});
window.addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-printed]")) details.open = false;
});
// On a phone the row of pages scrolls: where one is comes into sight.
for (const row of document.querySelectorAll(".masthead nav ul")) {
  const here = row.querySelector("[aria-current=page]");
  if (here) row.scrollLeft = here.offsetLeft - row.offsetLeft - 16;
}
// What is chosen in a list may ask for another field.
for (const list of document.querySelectorAll("select[data-asks]")) {
  const asked = document.getElementById(list.dataset.asks);
  const ask = () => { asked.required = "asks" in (list.selectedOptions[0]?.dataset ?? {}); };
  list.addEventListener("change", ask);
  list.form.addEventListener("reset", () => setTimeout(ask));
  ask();
}
