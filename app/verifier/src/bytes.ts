/** Bytes as text and back: UTF-8, hex, strict base64. */

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The text of well-formed UTF-8, a byte-order mark included; undefined for anything else. */
export function text(data: Uint8Array): string | undefined {
  try {
    return decoder.decode(data);
  } catch {
    return undefined;
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** As strings of UTF-8 are ordered: below 0, 0, above 0. */
export function compare(left: Uint8Array, right: Uint8Array): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

export function hex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of lower-case hex; undefined for anything else. */
export function unhex(shown: string): Bytes | undefined {
  if (!/^(?:[0-9a-f]{2})*$/.test(shown)) return undefined;
  const data = new Uint8Array(shown.length / 2);
  for (let at = 0; at < data.length; at++) {
    data[at] = Number.parseInt(shown.slice(2 * at, 2 * at + 2), 16);
  }
  return data;
}

export function base64(data: Uint8Array): string {
  let binary = "";
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Standard base64 with padding, one text for each value; undefined for anything else. */
export function unbase64(shown: string): Bytes | undefined {
  if (!/^(?:[0-9A-Za-z+/]{4})*(?:[0-9A-Za-z+/]{2}==|[0-9A-Za-z+/]{3}=)?$/.test(shown)) {
    return undefined;
  }
  const binary = atob(shown);
  if (btoa(binary) !== shown) return undefined;
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

export function base64url(data: Uint8Array): string {
  return base64(data).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Canonical base64url without padding; undefined for anything else. */
export function unbase64url(shown: string): Bytes | undefined {
  if (!/^[0-9A-Za-z_-]*$/.test(shown)) return undefined;
  const padded = shown.replaceAll("-", "+").replaceAll("_", "/");
  return unbase64(padded + "=".repeat((4 - (padded.length % 4)) % 4));
}

/** Big-endian. */
export function integer(data: Uint8Array): bigint {
  return data.length === 0 ? 0n : BigInt(`0x${hex(data)}`);
}
