/** Statements and refusals in words. */
import words from "../../../tallystick/app/bundles/words.json";
import type { Statement, Value } from "../bundle/statements";
import english from "./refusals.json";
import chinese from "./refusals-zh.json";

export type Language = "en" | "zh";

/** What a refusal is called, and what to do next. */
export interface Told {
  readonly title: string;
  readonly advice: string;
}

type Sayings = Readonly<Record<string, Readonly<Record<Language, string>> | undefined>>;
type Refusals = Readonly<Record<string, Told | undefined>>;

const sayings: Sayings = words;
/** What is to be done on a page, and not on a command line. */
const here: Refusals = {
  "bundle-nothing-pinned": {
    title: english["bundle-nothing-pinned"].title,
    advice:
      "Paste above the log's key, the leaf hash of its genesis, or a policy that names the log, as you got it by another way than the bundle.",
  },
  "witness-policy-refused": {
    title: english["witness-policy-refused"].title,
    advice: "Correct the line that is named.",
  },
  defect: {
    title: "This page failed on the file",
    advice:
      "That is a defect of the page, and the file is not verified. Use `tallystick verify`, and report it.",
  },
};
const refusals: Readonly<Record<Language, Refusals>> = {
  en: { ...english, ...here },
  zh: chinese,
};

/** One sentence; a member that is null is written as –, an amount as people write it. */
export function say({ says, members }: Statement, language: Language): string {
  const shown = new Map<string, string>();
  for (const [name, value] of Object.entries(members)) {
    shown.set(name, value === null ? "–" : String(value));
    if (name.endsWith("_minor")) {
      const currency = String(members["currency"]);
      const amount = value === null ? "–" : `${formatAmount(value, currency)} ${currency}`;
      shown.set(name.slice(0, -6), amount);
    }
  }
  const sentence = sayings[says]?.[language] ?? says;
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => shown.get(name) ?? whole);
}

export function tell(code: string, language: Language): Told {
  return refusals[language][code] ?? refusals.en[code] ?? { title: code, advice: "" };
}

const noDecimals = new Set(
  "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" "),
);
const threeDecimals = new Set("BHD IQD JOD KWD LYD OMR TND".split(" "));
const fourDecimals = new Set(["CLF", "UYW"]);

/** Minor units as `9,000,000.00`, by the decimals of ISO 4217. */
export function formatAmount(value: Value, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(value).padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const rest = decimals === 0 ? "" : `.${digits.slice(-decimals)}`;
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ",") + rest;
}

function decimalsOf(currency: string): number {
  if (noDecimals.has(currency)) return 0;
  if (threeDecimals.has(currency)) return 3;
  return fourDecimals.has(currency) ? 4 : 2;
}
