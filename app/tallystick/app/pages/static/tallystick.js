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
