/**
 * Quorum texts and quorum certificates: k of n witnesses with one BLS signature (formats §3).
 *
 * Ciphersuite BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_, keys in G1, signatures in G2, each in its one
 * compressed form, never at infinity, never outside of its group. A text counts for nothing before every
 * proof of possession has been verified: a key computed from the others (a rogue key) has none.
 */
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { type Bytes, concat, hex, integer, unbase64, utf8 } from "./bytes";
import { parseExtendedCheckpoint } from "./checkpoint";
import { sha256 } from "./hash";
import { isKeyName, type Note } from "./note";
import type { Policy } from "./policy";
import { Refusal } from "./refusal";

const header = "tallystick/bls-quorum/v1";
const signTag = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const possessionTag = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const textBytesMax = 24 * 1024;
const signersMax = 64;
const keyBytes = 48;
const signatureBytes = 96;
const coordinateBytes = 48;
const { longSignatures: scheme, G1, G2, fields } = bls12_381;

export interface QuorumSigner {
  /** That of its cosigner key. */
  readonly name: string;
  readonly key: Bytes;
}

export interface QuorumText {
  readonly text: string;
  readonly threshold: number;
  readonly signers: readonly QuorumSigner[];
}

/** Throws `bls-quorum-text` and its kinds, or what is wrong with a point. */
export function parseQuorumText(text: string): QuorumText {
  if (utf8(text).length > textBytesMax) {
    throw new Refusal("bls-quorum-too-large", `it has at most ${textBytesMax} bytes`);
  }
  const lines = text.split("\n");
  const last = lines.pop();
  if (last !== "" || lines.length < 3) {
    throw malformed("header, threshold and signers are expected, a line each");
  }
  const [first, number = "", ...rows] = lines;
  if (first !== header) throw malformed(`line 1: ${header} is expected`);
  if (rows.length > signersMax) {
    throw new Refusal("bls-quorum-too-large", `it names at most ${signersMax} signers`);
  }
  const signers = rows.map(readSigner);
  requireDistinct(signers);
  const threshold = /^[1-9][0-9]?$/.test(number) ? Number(number) : 0;
  if (threshold === 0 || threshold > signers.length) {
    throw malformed(`line 2: a threshold from 1 to ${signers.length} is expected`);
  }
  return { text, threshold, signers };
}

/** The quorum of a text with its proofs of possession (base64); throws what is wrong with either. */
export function proveQuorum(text: string, possessions: readonly string[]): QuorumText {
  const quorum = parseQuorumText(text);
  if (possessions.length !== quorum.signers.length) {
    throw new Refusal("bls-possession", "each signer has one");
  }
  for (const [place, { name, key }] of quorum.signers.entries()) {
    const proof = unbase64(possessions[place] ?? "") ?? new Uint8Array();
    requirePoint(key, keyBytes, `the key of ${name}`);
    if (proof.length === signatureBytes && verifies([key], key, proof, possessionTag)) continue;
    requirePoint(proof, signatureBytes, `the possession of ${name}`);
    throw new Refusal("bls-rogue-key", name);
  }
  return quorum;
}

/** Whether its signers are witnesses of the policy beside it; throws `bls-signer-not-witness`. */
export function requireOfPolicy({ signers }: QuorumText, policy: Policy): void {
  const known = new Set(policy.witnesses.map(({ cosigner }) => cosigner.name));
  const stranger = signers.find(({ name }) => !known.has(name));
  if (stranger) throw new Refusal("bls-signer-not-witness", stranger.name);
}

/** Who signed a note's certificate of a proven quorum, by name; whether the log signed is not asked here. */
export function openCertificate(note: Note, quorum: QuorumText): string[] {
  const name = `${parseExtendedCheckpoint(note.text).origin}/quorum`;
  const keyId = certificateKeyId(name, quorum);
  const lines = note.signatures.filter((line) => line.name === name && line.keyId === keyId);
  const [line, second] = lines;
  if (!line) throw new Refusal("bls-certificate-missing", `no line ${name}`);
  if (second) throw new Refusal("bls-certificate-twice", name);
  return verifiedSigners(note.text, line.signature, quorum);
}

function verifiedSigners(text: string, signature: Bytes, quorum: QuorumText): string[] {
  const { signers, threshold } = quorum;
  const width = Math.ceil(signers.length / 8);
  if (signature.length !== width + signatureBytes) {
    throw new Refusal("bls-certificate-refused", "bitmap and aggregate are expected");
  }
  const bit = (place: number): boolean => (((signature[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
  for (let place = signers.length; place < 8 * width; place++) {
    if (bit(place)) throw new Refusal("bls-bitmap-unused", `place ${place}`);
  }
  const chosen = signers.filter((_, place) => bit(place));
  if (chosen.length < threshold) {
    throw new Refusal("bls-below-threshold", `${chosen.length} of ${threshold} signed`);
  }
  const total = signature.slice(width);
  requireForm(total, signatureBytes, "the aggregate");
  const names = chosen.map((one) => one.name);
  const keys = chosen.map((one) => one.key);
  if (!verifies(keys, utf8(`${header}\n${text}`), total, signTag)) {
    requirePoint(total, signatureBytes, "the aggregate");
    throw new Refusal("bls-certificate-fails", names.join(", "));
  }
  return names;
}

function certificateKeyId(name: string, { text }: QuorumText): string {
  const material = concat(
    utf8(`${name}\n`),
    Uint8Array.of(0xff),
    utf8("tallystick-bls-quorum-v1"),
    sha256(utf8(text)),
  );
  return hex(sha256(material).subarray(0, 4));
}

/** Whether a signature is the sum of one by each key; never for a point outside of its group. */
function verifies(keys: readonly Bytes[], message: Bytes, signature: Bytes, tag: string): boolean {
  try {
    const sum = scheme.aggregatePublicKeys(keys.map((key) => G1.Point.fromBytes(key)));
    if (sum.is0()) return false;
    const point = G2.Point.fromBytes(signature);
    return scheme.verify(point, scheme.hash(message, tag), sum);
  } catch {
    return false;
  }
}

/** Throws `bls-point-refused`, `bls-point-infinity` or `bls-point-subgroup`. */
function requirePoint(raw: Bytes, size: number, what: string): void {
  requireForm(raw, size, what);
  let inGroup: boolean;
  try {
    const point = pointOf(raw, size);
    point.assertValidity();
    inGroup = point.isTorsionFree();
  } catch (error) {
    // The library says both in one message; a point that is on its curve is outside of its group.
    inGroup = false;
    if (!String(error).includes("subgroup")) {
      throw new Refusal("bls-point-refused", `${what} is not on the curve`);
    }
  }
  if (!inGroup) throw new Refusal("bls-point-subgroup", what);
}

function pointOf(raw: Bytes, size: number): { assertValidity(): void; isTorsionFree(): boolean } {
  return size === keyBytes ? G1.Point.fromBytes(raw) : G2.Point.fromBytes(raw);
}

/** The one form in which points are read: compressed, canonical, and not at infinity. */
function requireForm(raw: Bytes, size: number, what: string): void {
  const refuse = (said: string): Refusal => new Refusal("bls-point-refused", `${what} ${said}`);
  if (raw.length !== size) throw refuse(`has ${raw.length} bytes, not ${size}`);
  const flags = raw[0] ?? 0;
  if ((flags & 0x80) === 0) throw refuse("is not compressed");
  if (flags & 0x40) {
    if (flags === 0xc0 && raw.subarray(1).every((byte) => byte === 0)) {
      throw new Refusal("bls-point-infinity", what);
    }
    throw refuse("says infinity, and more");
  }
  const plain = concat(Uint8Array.of(flags & 0x1f), raw.subarray(1));
  for (let start = 0; start < size; start += coordinateBytes) {
    if (integer(plain.subarray(start, start + coordinateBytes)) >= fields.Fp.ORDER) {
      throw refuse("has a coordinate outside of the field");
    }
  }
}

function readSigner(line: string, at: number): QuorumSigner {
  const gap = line.indexOf(" ");
  if (gap < 0) throw malformed(`line ${at + 3}: a name and base64 of a key are expected`);
  const name = line.slice(0, gap);
  if (!isKeyName(name) || /[\x00-\x1f\x7f]/.test(name)) {
    throw new Refusal("bls-quorum-name", `line ${at + 3}: it is no name of a key`);
  }
  const key = unbase64(line.slice(gap + 1));
  if (key?.length !== keyBytes) {
    throw malformed(`line ${at + 3}: the key is base64 of ${keyBytes} bytes`);
  }
  requireForm(key, keyBytes, `the key of ${name}`);
  return { name, key };
}

function requireDistinct(signers: readonly QuorumSigner[]): void {
  const names = new Set<string>();
  const keys = new Set<string>();
  for (const { name, key } of signers) {
    if (names.has(name)) throw new Refusal("bls-quorum-name", `${name} stands in an earlier line`);
    if (keys.has(hex(key))) {
      throw new Refusal("bls-quorum-key-twice", `the key of ${name} stands in an earlier line`);
    }
    names.add(name);
    keys.add(hex(key));
  }
}

function malformed(detail: string): Refusal {
  return new Refusal("bls-quorum-text", detail);
}
