/** The written forms of formats §1 and §2: handles, ids, instants. */

/** What Unicode and the other programs call white space, and control characters. */
export const blank = String.raw`\x00-\x20\x7f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;
const handlePattern = String.raw`[0-9A-Za-z][0-9A-Za-z.\-]*\/[^${blank}]{1,250}`;
const instantPattern = String.raw`[0-9]{4}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z`;

export const entryType = /^[a-z]+(?:\.[a-z]+)+\/[1-9][0-9]{0,3}$/;
export const handle = new RegExp(`^${handlePattern}$`, "u");
export const keyReference = new RegExp(`^[1-9][0-9]{0,8}:${handlePattern}$`, "u");
export const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
export const hex32 = /^[0-9a-f]{64}$/;
const instantForm = new RegExp(`^${instantPattern}$`);
const blanks = /[\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether a text has the form of RFC 3339 in UTC with milliseconds. */
export function isInstant(value: string): boolean {
  return instantForm.test(value);
}

/** Whether a text of this form is a day that there is, from the year 1 on. */
export function isDate(value: string): boolean {
  const [year = 0, month = 0, day = 0] = value.slice(0, 10).split("-").map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return year >= 1 && day >= 1 && day <= days;
}

/** Whether white space of any kind is in a text. */
export function hasBlank(value: string): boolean {
  return blanks.test(value);
}

/** A decimal of at most 19 digits without leading zeroes; undefined for anything else. */
export function parseNumber(value: string): bigint | undefined {
  return /^(?:0|[1-9][0-9]{0,18})$/.test(value) ? BigInt(value) : undefined;
}

/** How many characters a text has, a surrogate pair being one. */
export function characters(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}
