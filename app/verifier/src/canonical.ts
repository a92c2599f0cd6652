/**
 * Canonical JSON by RFC 8785, for values without fractions.
 *
 * Numbers are integers within ±(2^53 − 1) (RFC 7493 §2.2). Bytes are canonical exactly if they equal the
 * encoding of what they decode to.
 */
import { type Bytes, compare, text, utf8 } from "./bytes";
import { Refusal } from "./refusal";

export type Json = null | boolean | number | string | Json[] | Members;
export interface Members {
  [name: string]: Json;
}

/** How deeply arrays and objects may stand in each other. */
const depthMax = 254;

export function encode(value: Json): Bytes {
  return utf8(encodeText(value));
}

/** The value of canonical bytes; throws `not-canonical`. */
export function decode(data: Uint8Array): Json {
  const shown = text(data);
  if (shown === undefined) throw new Refusal("not-canonical", "it is no UTF-8");
  let value: Json;
  try {
    value = JSON.parse(shown);
  } catch {
    throw new Refusal("not-canonical", "it is no JSON");
  }
  if (compare(encode(value), data) !== 0) {
    throw new Refusal("not-canonical", "the bytes differ from their own re-encoding");
  }
  return value;
}

/** As `decode`, for a JSON object. */
export function decodeObject(data: Uint8Array): Members {
  const value = decode(data);
  if (!isMembers(value)) throw new Refusal("not-canonical", "a JSON object is expected here");
  return value;
}

export function isMembers(value: Json | undefined): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an object has these members and no others. */
export function hasExactly(value: Members, names: readonly string[]): boolean {
  const found = Object.keys(value);
  return found.length === names.length && names.every((name) => Object.hasOwn(value, name));
}

/** A member of an object itself; undefined where there is none. */
export function member(value: Members, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function encodeText(value: Json, depth = 0): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return encodeString(value);
  if (typeof value === "number") return encodeNumber(value);
  if (depth >= depthMax) throw new Refusal("not-canonical", `nested more than ${depthMax} deep`);
  if (Array.isArray(value)) {
    return `[${value.map((item) => encodeText(item, depth + 1)).join(",")}]`;
  }
  const names = Object.keys(value).sort();
  const parts = names.map(
    (name) => `${encodeString(name)}:${encodeText(member(value, name) ?? null, depth + 1)}`,
  );
  return `{${parts.join(",")}}`;
}

function encodeString(value: string): string {
  if (!value.isWellFormed()) throw new Refusal("not-canonical", "a lone surrogate is no character");
  return JSON.stringify(value);
}

function encodeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) {
    throw new Refusal("not-canonical", `${value} is no integer within ±(2^53 − 1)`);
  }
  return String(value);
}
