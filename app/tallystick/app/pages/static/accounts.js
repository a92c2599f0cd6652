// Number and holder become one attachment; the body gets its last four characters and nothing else of them.
"use strict";
for (const form of document.querySelectorAll("form[data-account]")) {
  const holder = form.querySelector("[data-part=holder]");
  const number = form.querySelector("[data-part=number]");
  const code = form.elements["/bank_code"];
  const compose = () => {
    const plain = number.value.replace(/[\s-]/g, "").toUpperCase();
    const told = JSON.stringify({ holder: holder.value.trim(), number: plain });
    const carried = new DataTransfer();
    carried.items.add(new File([told], "account.json", { type: form.dataset.account }));
    form.elements["/details"].files = carried.files;
    form.elements["/tail"].value = plain.slice(-4);
    form.elements["/scheme"].value = /^\d+$/.test(code.value.trim()) ? "cnaps" : "bic";
  };
  for (const field of [holder, number, code]) field.addEventListener("input", compose);
}
