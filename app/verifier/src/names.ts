/**
 * How the names in the map of heads are written (formats §3): of a name written otherwise, absence proves nothing.
 * The map finds a name by its exact bytes.
 */
import { blank, hex32, keyReference } from "./forms";

/** An organisation as documents name it: without small letters, so that one party has one spelling. */
const party = String.raw`[0-9A-Z][0-9A-Z.\-]*\/[^#a-z${blank}]{1,250}`;
const number = `[^#${blank}]{1,60}`;
const line = "[1-9][0-9]{0,5}";
const whole = (form: string): RegExp => new RegExp(`^${form}$`, "u");

const forms: Readonly<Record<string, RegExp>> = {
  key: keyReference,
  governance: whole("acts"),
  handle: whole(String.raw`[0-9A-Z][0-9A-Z.\-]*\/[^a-z${blank}]{1,250}`),
  organisation: whole(party),
  credential: hex32,
  certificate: whole(`${party}#C-(?:0|[1-9][0-9]{0,14})`),
  "invoice line": whole(`${party}#${number}#${line}`),
  "receipt line": whole(`${party}#${number}#${line} ${number}`),
};

/** Whether the log could name something so. */
export function isNamed(kind: string, name: string): boolean {
  return Object.hasOwn(forms, kind) && (forms[kind]?.test(name) ?? false);
}
