// Amounts as people write them, and as integers of the minor unit: digits are moved, and nothing is ever a fraction.
"use strict";
const Money = (() => {
  // As `tallystick.finance.parse_amount` reads them.
  const shape = /^(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?$/;
  const usual = 2;
  const exceptions = () => JSON.parse(document.getElementById("signing")?.dataset.exponents ?? "{}");
  // Decimals of a currency (ISO 4217); nothing for what is no currency code.
  const digits = (currency) => (/^[A-Z]{3}$/.test(currency) ? (exceptions()[currency] ?? usual) : undefined);
  const minor = (text, places) => {
    const found = shape.exec(text.trim().normalize("NFKC"));
    const decimals = (found?.[2] ?? "").replace(/0+$/, "");
    if (!found || places === undefined || decimals.length > places) return undefined;
    const whole = Number(found[1].replaceAll(",", "") + decimals.padEnd(places, "0"));
    return Number.isSafeInteger(whole) ? whole : undefined;
  };
  const text = (value, places) => {
    const shown = String(Math.abs(value)).padStart(places + 1, "0");
    const whole = shown.slice(0, shown.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
    return `${value < 0 ? "-" : ""}${whole}${places ? `.${shown.slice(-places)}` : ""}`;
  };
  // Of a field: its currency is that of another field of the form, or stands at it.
  const currencyOf = (field) => {
    const told = field.dataset.currency ?? "";
    const other = told && field.form.elements[told];
    return other ? other.value.trim() : told;
  };
  const ofField = (field) => minor(field.value, field.dataset.digits ? Number(field.dataset.digits) : digits(currencyOf(field)));
  return { digits, minor, text, ofField };
})();
