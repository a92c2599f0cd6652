/** SHA-256: by WebCrypto where the browser offers it, else, and for many short inputs, by @noble/hashes. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat } from "./bytes";

/** Below this a call of WebCrypto costs more than the hash itself (ADR 0022). */
const shortBytesMax = 4096;

/** For nodes of trees and other short inputs: at once. */
export function sha256(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(nobleSha256(concat(...parts)));
}

/** For inputs of any length. */
export async function sha256Long(...parts: readonly Uint8Array[]): Promise<Bytes> {
  const data = concat(...parts);
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle || data.length < shortBytesMax) return sha256(data);
  return new Uint8Array(await subtle.digest("SHA-256", data));
}

export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  return new Uint8Array(hmac(nobleSha256, key, message));
}
