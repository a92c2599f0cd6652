/**
 * Entries: what is signed, and the envelope that carries it (formats §2).
 *
 * The payload is RFC 8785 JSON with a fixed set of members; the envelope is DSSE, itself RFC 8785 JSON and
 * equal to its own re-encoding; each signature covers DSSE's pre-authentication encoding, a passkey's by
 * its hash in the challenge. The envelope's bytes are the leaf.
 */
import { type Bytes, compare, concat, unbase64, utf8 } from "./bytes";
import { decodeObject, hasExactly, isMembers, type Json, type Members, member } from "./canonical";
import * as forms from "./forms";
import type { PublicKey } from "./keys";
import { type Assertion, readAssertion, signedBytes } from "./passkey";
import { Refusal } from "./refusal";

export const leafBytesMax = 65_535;
export const signaturesMax = 16;
export const payloadType = "application/vnd.tallystick.entry+json";
export const noPrev = "0".repeat(64);

const required = ["v", "origin", "type", "author", "id", "time", "body_hash"];
const optional = ["expires", "fields_root", "seq", "prev"];

/** The signed payload; see formats §2 for each member. */
export interface Entry {
  readonly origin: string;
  readonly type: string;
  readonly author: string;
  readonly id: string;
  readonly time: string;
  readonly bodyHash: string;
  readonly expires?: string;
  readonly fieldsRoot?: string;
  readonly seq?: number;
  readonly prev?: string;
}

export interface Signature {
  readonly keyid: string;
  readonly sig: Bytes;
  /** There exactly if a passkey signed. */
  readonly webauthn?: Assertion;
}

export interface Envelope {
  readonly payload: Bytes;
  readonly signatures: readonly Signature[];
}

/** Throws `entry-malformed` or `not-canonical`. */
export function parseEntry(payload: Bytes): Entry {
  const members = decodeObject(payload);
  const names = Object.keys(members);
  if (
    !required.every((name) => names.includes(name)) ||
    !names.every((name) => required.includes(name) || optional.includes(name))
  ) {
    throw malformed("members are missing or unknown");
  }
  if (members["v"] !== 1) throw malformed("v must be 1");
  if (Object.values(members).includes(null)) {
    throw malformed("an optional member is left out, never null");
  }
  return { ...plain(members), ...extra(members) };
}

function plain(members: Members): Entry {
  const origin = members["origin"];
  const entry = {
    type: matching(members, "type", forms.entryType),
    author: matching(members, "author", forms.handle),
    id: matching(members, "id", forms.uuid7),
    bodyHash: matching(members, "body_hash", forms.hex32),
    time: instant(members, "time"),
  };
  if (typeof origin !== "string" || origin === "" || forms.characters(origin) > 200) {
    throw malformed("origin must be the log's origin");
  }
  return { origin, ...entry };
}

function extra(members: Members): Partial<Entry> {
  const has = (name: string): boolean => Object.hasOwn(members, name);
  if (has("seq") !== has("prev")) throw malformed("seq and prev come together or not at all");
  return {
    ...(has("expires") ? { expires: instant(members, "expires") } : {}),
    ...(has("fields_root") ? { fieldsRoot: matching(members, "fields_root", forms.hex32) } : {}),
    ...(has("seq") ? place(members) : {}),
  };
}

function place(members: Members): { seq: number; prev: string } {
  const { seq } = members as { seq?: Json };
  if (typeof seq !== "number" || seq < 0) throw malformed("seq counts from 0");
  const prev = matching(members, "prev", forms.hex32);
  if (seq === 0 && prev !== noPrev) throw malformed("the first prev of a stream is 64 zeros");
  return { seq, prev };
}

/** Throws `entry-malformed`, `entry-too-large` or `not-canonical`. */
export function parseEnvelope(data: Bytes): Envelope {
  if (data.length > leafBytesMax) {
    const said = `the envelope has ${data.length} bytes, at most ${leafBytesMax} fit`;
    throw new Refusal("entry-too-large", said);
  }
  const members = decodeObject(data);
  if (!hasExactly(members, ["payload", "payloadType", "signatures"])) {
    throw malformed("an envelope has payload, payloadType and signatures");
  }
  if (members["payloadType"] !== payloadType) throw malformed(`payloadType must be ${payloadType}`);
  const rows = members["signatures"];
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > signaturesMax) {
    throw malformed(`an envelope carries 1 to ${signaturesMax} signatures`);
  }
  const signatures = rows.map(readSignature);
  const order = signatures.map((signature) => utf8(signature.keyid));
  if (order.some((keyid, at) => at > 0 && compare(order[at - 1] ?? keyid, keyid) >= 0)) {
    throw malformed("signatures must be sorted by keyid, one per key");
  }
  return { payload: strictBase64(members, "payload"), signatures };
}

/** DSSE v1 pre-authentication encoding. */
export function pae(payload: Bytes, kind: string = payloadType): Bytes {
  const head = `DSSEv1 ${utf8(kind).length} ${kind} ${payload.length} `;
  return concat(utf8(head), payload);
}

/** Throws `signature-invalid` or `assertion-refused` unless it is this key's over `message`. */
export async function checkSignature(
  signature: Signature,
  key: PublicKey,
  message: Bytes,
): Promise<void> {
  const { webauthn: told, keyid, sig } = signature;
  if (told === undefined && (await key.verifies(sig, message))) return;
  if (key.passkey === undefined && told !== undefined) {
    throw invalid(`${keyid} is no passkey, and signs without webauthn`);
  }
  if (key.passkey !== undefined) {
    if (told === undefined) throw invalid(`${keyid} is a passkey, and signs with webauthn alone`);
    const signed = signedBytes(key.passkey, told, message);
    if (await key.plain().verifies(sig, signed)) return;
  }
  throw invalid(`the signature by ${keyid} does not verify`);
}

function readSignature(row: Json): Signature {
  const names = ["keyid", "sig"];
  if (!isMembers(row) || !(hasExactly(row, names) || hasExactly(row, [...names, "webauthn"]))) {
    throw malformed("a signature has keyid and sig, and webauthn if a passkey signed");
  }
  const keyid = matching(row, "keyid", forms.keyReference);
  const webauthn = member(row, "webauthn");
  return {
    keyid,
    ...(webauthn === undefined ? {} : { webauthn: readAssertion(webauthn) }),
    sig: strictBase64(row, "sig"),
  };
}

function matching(members: Members, name: string, form: RegExp): string {
  const value = members[name];
  if (typeof value !== "string" || !form.test(value)) throw malformed(`${name} is not in its form`);
  return value;
}

function instant(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== "string" || !forms.isInstant(value)) {
    throw malformed(`${name} is not in its form`);
  }
  if (!forms.isDate(value)) throw malformed(`${name} is no date and time`);
  return value;
}

function strictBase64(members: Members, name: string): Bytes {
  const shown = members[name];
  const data = typeof shown === "string" ? unbase64(shown) : undefined;
  if (data === undefined) throw malformed(`${name} is not strict standard base64`);
  return data;
}

function malformed(detail: string): Refusal {
  return new Refusal("entry-malformed", detail);
}

function invalid(detail: string): Refusal {
  return new Refusal("signature-invalid", detail);
}
