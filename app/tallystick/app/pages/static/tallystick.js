// Conveniences only: every page works without this file.
"use strict";
const chooser = document.querySelector(".view-as select");
if (chooser) {
  const button = chooser.form.querySelector("button");
  // A mouse or finger means what it picks; keyboards walk through a list and press the button.
  let pointed = false;
  chooser.addEventListener("pointerdown", () => { pointed = true; });
  chooser.addEventListener("keydown", () => { pointed = false; });
  chooser.addEventListener("change", () => { if (pointed) chooser.form.requestSubmit(button); });
}
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
});
window.addEventListener("afterprint", () => {
  for (const details of document.querySelectorAll("details[data-printed]")) details.open = false;
});
