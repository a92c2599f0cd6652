/**
 * Passkeys: assertions of WebAuthn as signatures (formats §2; W3C Web Authentication Level 3, §7.2).
 *
 * A passkey signs assertions and nothing else, and no other key signs them. The challenge is
 * base64url(SHA-256(PAE)). clientDataJSON is UTF-8 without `\u` escapes, no name occurs twice in an object,
 * and brackets are counted, so that every program reads the same in it.
 */
import { type Bytes, base64url, concat, equal, text, unbase64, utf8 } from "./bytes";
import { hasExactly, isMembers, type Json, type Members, member } from "./canonical";
import { sha256 } from "./hash";
import type { Passkey } from "./keys";
import { Refusal } from "./refusal";

const authenticatorDataBytesMin = 37;
const authenticatorDataBytesMax = 1024;
const clientDataBytesMax = 4096;
const clientDataBracketsMax = 32;

const userPresent = 0x01;
const userVerified = 0x04;
const backupEligible = 0x08;
const backedUp = 0x10;
const attested = 0x40;
const extended = 0x80;
const cborMap = 5;

/** The member `webauthn` of a signature: what the authenticator and the browser said. */
export interface Assertion {
  readonly authenticatorData: Bytes;
  readonly clientData: Bytes;
}

/** Throws `entry-malformed`; says nothing yet about what the bytes mean. */
export function readAssertion(value: Json | undefined): Assertion {
  if (!isMembers(value) || !hasExactly(value, ["authenticatorData", "clientDataJSON"])) {
    throw malformed("webauthn has authenticatorData and clientDataJSON");
  }
  const authenticatorData = bytesOf(value, "authenticatorData");
  const clientData = bytesOf(value, "clientDataJSON");
  if (!hasLength(authenticatorData)) throw malformed("authenticatorData has not its length");
  if (clientData.length === 0 || clientData.length > clientDataBytesMax) {
    throw malformed(`clientDataJSON has 1 to ${clientDataBytesMax} bytes`);
  }
  return { authenticatorData, clientData };
}

/** What the key's signature covers, if the assertion is for `message`; throws `assertion-refused`. */
export function signedBytes(passkey: Passkey, assertion: Assertion, message: Bytes): Bytes {
  checkClientData(passkey, assertion.clientData, message);
  checkAuthenticatorData(passkey, assertion.authenticatorData);
  return concat(assertion.authenticatorData, sha256(assertion.clientData));
}

/** Level 3 §7.2, steps 10 to 14. Pages inside another site's page do not sign. */
function checkClientData(passkey: Passkey, data: Bytes, message: Bytes): void {
  const told = readClientData(data);
  if (member(told, "type") !== "webauthn.get") throw refused("type must be webauthn.get");
  if (member(told, "challenge") !== base64url(sha256(message))) {
    throw refused("challenge in clientDataJSON is not of this entry");
  }
  if (member(told, "origin") !== passkey.origin) {
    throw refused(`origin in clientDataJSON must be ${passkey.origin}`);
  }
  const crossOrigin = member(told, "crossOrigin");
  if ((crossOrigin !== undefined && crossOrigin !== false) || Object.hasOwn(told, "topOrigin")) {
    throw refused("the page that asked stood inside a page of another origin");
  }
}

/** Level 3 §6.1 and §7.2, steps 15 to 19: rpIdHash (32), flags (1), counter (4), extensions. */
function checkAuthenticatorData(passkey: Passkey, data: Bytes): void {
  if (!hasLength(data)) throw refused("authenticatorData has not its length");
  if (!equal(data.subarray(0, 32), sha256(utf8(passkey.rpId)))) {
    throw refused(`rpIdHash must be the SHA-256 of ${passkey.rpId}`);
  }
  const flags = data[32] ?? 0;
  const rest = data.subarray(authenticatorDataBytesMin);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (!has(userPresent) || !has(userVerified)) {
    throw refused("the authenticator did not see and verify its user (UP and UV)");
  }
  if (has(backedUp) && !has(backupEligible)) {
    throw refused("a key that may not be backed up (BE) is not backed up (BS)");
  }
  if (has(attested)) throw refused("an assertion attests no key (AT)");
  if (has(extended) !== rest.length > 0) {
    throw refused("extensions follow exactly when the flag ED says so");
  }
  if (rest[0] !== undefined && rest[0] >> 5 !== cborMap) {
    throw refused("extensions are a CBOR map");
  }
}

function readClientData(data: Bytes): Members {
  const shown = text(data);
  if (shown === undefined) throw refused("clientDataJSON is no JSON in UTF-8");
  const brackets = shown.split(/[{[]/).length - 1;
  if (data.length > clientDataBytesMax || brackets > clientDataBracketsMax) {
    throw refused("clientDataJSON is larger or deeper than allowed");
  }
  if (shown.includes("\\u")) throw refused("clientDataJSON has a \\u escape");
  let told: Json;
  try {
    told = JSON.parse(shown);
  } catch {
    throw refused("clientDataJSON is no JSON in UTF-8");
  }
  if (!isMembers(told)) throw refused("clientDataJSON is no JSON object");
  refuseDoubles(shown);
  return told;
}

/** Of well-formed JSON: throws if a name occurs twice in one object. */
function refuseDoubles(shown: string): void {
  const open: Set<string>[] = [];
  let last = "";
  for (const [token] of shown.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token !== ":") last = JSON.parse(token);
    else if (open.at(-1)?.has(last)) throw refused("a name occurs twice in clientDataJSON");
    else open.at(-1)?.add(last);
  }
}

function hasLength(data: Bytes): boolean {
  return authenticatorDataBytesMin <= data.length && data.length <= authenticatorDataBytesMax;
}

function bytesOf(value: Members, name: string): Bytes {
  const shown = value[name];
  const data = typeof shown === "string" ? unbase64(shown) : undefined;
  if (data === undefined) throw malformed(`${name} is not strict standard base64`);
  return data;
}

function malformed(detail: string): Refusal {
  return new Refusal("entry-malformed", detail);
}

function refused(detail: string): Refusal {
  return new Refusal("assertion-refused", detail);
}
