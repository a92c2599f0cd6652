/**
 * Signature keys: Ed25519 (RFC 8032) and ECDSA P-256 with SHA-256 (formats §2).
 *
 * Ed25519 is cofactorless with S < L and canonical encodings; keys of small order are refused. P-256
 * signatures are r ‖ s, 64 bytes, with low s. WebCrypto verifies where the browser has it for the suite
 * (only on https, localhost and files), else @noble/curves does, to the same rule.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { p256 } from "@noble/curves/nist.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { type Bytes, base64url, concat, equal, hex, integer, unbase64url, utf8 } from "./bytes";
import { hasExactly, isMembers, type Json, type Members } from "./canonical";
import { sha256 } from "./hash";
import { Refusal } from "./refusal";

export const ED25519 = "ed25519";
export const P256 = "ecdsa-p256-sha256";
/** Admitted by some logs, and not checked here. */
export const SM2 = "sm2-sm3";
export const suites: readonly string[] = [ED25519, P256];

/** Where a passkey signs: the relying party's id and the one origin of its pages. */
export interface Passkey {
  readonly rpId: string;
  readonly origin: string;
}

const fieldPrime = 2n ** 255n - 19n;
const p256Order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const order8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** y coordinates of the points whose order divides 8 (RFC 8032 §5.1, curve25519 cofactor 8). */
const smallOrderY = new Set([0n, 1n, fieldPrime - 1n, order8, fieldPrime - order8]);

/** `raw` is 32 bytes (Ed25519) or x ‖ y, 64 bytes (P-256). A passkey signs assertions alone. */
export class PublicKey {
  readonly suite: string;
  readonly raw: Bytes;
  readonly passkey: Passkey | undefined;

  private constructor(suite: string, raw: Bytes, passkey?: Passkey) {
    this.suite = suite;
    this.raw = raw;
    this.passkey = passkey;
  }

  /** Throws `key-refused` unless `raw` is a canonical Ed25519 key that has not small order. */
  static fromEd25519(raw: Bytes): PublicKey {
    if (raw.length !== 32) throw new Refusal("key-refused", "an Ed25519 key has 32 bytes");
    const y = integer(raw.toReversed()) & (2n ** 255n - 1n);
    if (y >= fieldPrime) {
      throw new Refusal("key-refused", "the Ed25519 key is not canonically encoded");
    }
    if (smallOrderY.has(y)) throw new Refusal("key-refused", "the Ed25519 key has small order");
    return new PublicKey(ED25519, raw);
  }

  /** Throws `key-refused` for anything but a well-formed, safe key. */
  static fromJwk(jwk: Json | undefined): PublicKey {
    if (isMembers(jwk)) {
      const { kty, crv } = jwk as { kty?: Json; crv?: Json };
      if (kty === "OKP" && crv === "Ed25519" && hasExactly(jwk, ["kty", "crv", "x"])) {
        return PublicKey.fromEd25519(coordinate(jwk, "x"));
      }
      if (kty === "EC" && crv === "P-256" && hasExactly(jwk, ["kty", "crv", "x", "y"])) {
        return fromP256(concat(coordinate(jwk, "x"), coordinate(jwk, "y")), (raw) => {
          return new PublicKey(P256, raw);
        });
      }
      const named = Object.hasOwn(jwk, "uid") ? ["uid"] : [];
      if (kty === "EC" && crv === "SM2" && hasExactly(jwk, ["kty", "crv", "x", "y", ...named])) {
        return fromSm2(concat(coordinate(jwk, "x"), coordinate(jwk, "y")), jwk["uid"], (raw) => {
          return new PublicKey(SM2, raw);
        });
      }
    }
    throw new Refusal("key-refused", "kty, crv and members must be those of Ed25519, P-256 or SM2");
  }

  asPasskey(passkey: Passkey): PublicKey {
    if (this.suite === SM2) {
      throw new Refusal("key-refused", "authenticators hold no keys of SM2");
    }
    return new PublicKey(this.suite, this.raw, passkey);
  }

  /** What checks the signature inside an assertion. */
  plain(): PublicKey {
    return new PublicKey(this.suite, this.raw);
  }

  /** Hex SHA-256 of suite and key: the name under which a key is registered once, for ever. */
  fingerprint(): string {
    return hex(sha256(utf8(this.suite), new Uint8Array(1), this.raw));
  }

  equals(other: PublicKey): boolean {
    return this.suite === other.suite && equal(this.raw, other.raw);
  }

  /** Whether `signature` (64 bytes) is this key's over `message`; never for a passkey. Throws `suite-lacking`. */
  async verifies(signature: Bytes, message: Bytes): Promise<boolean> {
    if (this.suite === SM2) throw new Refusal("suite-lacking", SM2);
    if (signature.length !== 64 || this.passkey !== undefined) return false;
    if (this.suite === ED25519) return verifyEd25519(this.raw, signature, message);
    const r = integer(signature.subarray(0, 32));
    const s = integer(signature.subarray(32));
    if (r === 0n || r >= p256Order || s === 0n || s > p256Order / 2n) return false;
    return verifyP256(this.raw, signature, message);
  }
}

const sm2Prime = 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn;
const sm2B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;
const controls = /\p{Cc}/u;
const sm2UserIdDefault = "1234567812345678";

/** Only whether it is a key in its form: the point is on the curve, the user ID spelled as it must be. */
function fromSm2(raw: Bytes, userId: Json | undefined, make: (raw: Bytes) => PublicKey): PublicKey {
  const [x, y] = [integer(raw.subarray(0, 32)), integer(raw.subarray(32))];
  const inField = x < sm2Prime && y < sm2Prime;
  if (!inField || (y * y - (x * x * x - 3n * x + sm2B)) % sm2Prime !== 0n) {
    throw new Refusal("key-refused", "the point is not on the curve of SM2");
  }
  if (userId !== undefined) {
    const size = typeof userId === "string" ? utf8(userId).length : 0;
    const isOdd = userId === sm2UserIdDefault || controls.test(String(userId));
    if (size < 1 || size > 255 || isOdd) {
      throw new Refusal(
        "key-refused",
        "uid has 1 to 255 bytes, and is left out if it is the usual",
      );
    }
  }
  return make(raw);
}

function fromP256(raw: Bytes, make: (raw: Bytes) => PublicKey): PublicKey {
  try {
    p256.Point.fromBytes(concat(Uint8Array.of(4), raw)).assertValidity();
  } catch {
    throw new Refusal("key-refused", "the point is not on P-256");
  }
  return make(raw);
}

function coordinate(jwk: Members, name: string): Bytes {
  const shown = jwk[name];
  const raw = typeof shown === "string" ? unbase64url(shown) : undefined;
  if (raw === undefined) throw new Refusal("key-refused", "a coordinate is not base64url");
  if (raw.length !== 32 || base64url(raw) !== shown) {
    throw new Refusal("key-refused", "a coordinate is not 32 bytes in canonical base64url");
  }
  return raw;
}

type Subtle = SubtleCrypto | undefined;

const imported = new Map<string, Promise<CryptoKey | undefined>>();

/** The key as WebCrypto holds it, once; undefined where it does not have the suite. */
function importKey(
  subtle: SubtleCrypto,
  suite: string,
  raw: Bytes,
): Promise<CryptoKey | undefined> {
  const name = suite + hex(raw);
  const known = imported.get(name);
  if (known) return known;
  const data = suite === ED25519 ? raw : concat(Uint8Array.of(4), raw);
  const algorithm =
    suite === ED25519 ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  const fresh = subtle.importKey("raw", data, algorithm, false, ["verify"]).catch(() => undefined);
  imported.set(name, fresh);
  return fresh;
}

async function verifyEd25519(raw: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const subtle: Subtle = globalThis.crypto?.subtle;
  const key = subtle && (await importKey(subtle, ED25519, raw));
  const quickly =
    subtle && key && (await subtle.verify({ name: "Ed25519" }, key, signature, message));
  // WebCrypto refuses an R of small order, of which RFC 8032 accepts one: what it refuses, the library decides.
  return quickly || ed25519ByLibrary(raw, signature, message);
}

async function verifyP256(raw: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  const subtle: Subtle = globalThis.crypto?.subtle;
  const key = subtle && (await importKey(subtle, P256, raw));
  if (!subtle || !key) return p256ByLibrary(raw, signature, message);
  return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, message);
}

/** Cofactorless: the encoding of S·B − k·A is that of R (RFC 8032 §5.1.7, as OpenSSL decides). */
export function ed25519ByLibrary(raw: Bytes, signature: Bytes, message: Bytes): boolean {
  const { Point } = ed25519;
  const r = signature.subarray(0, 32);
  const s = integer(signature.subarray(32).toReversed());
  if (s >= Point.Fn.ORDER) return false;
  try {
    const a = Point.fromBytes(raw);
    const k = Point.Fn.create(integer(sha512(concat(r, raw, message)).toReversed()));
    const found = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
    return equal(found.toBytes(), r);
  } catch {
    return false;
  }
}

export function p256ByLibrary(raw: Bytes, signature: Bytes, message: Bytes): boolean {
  try {
    return p256.verify(signature, message, concat(Uint8Array.of(4), raw), { lowS: true });
  } catch {
    return false;
  }
}
