/**
 * C2SP signed notes with any number of signers.
 *
 * A note is text ending in a newline, an empty line, and signature lines
 * `— <name> <base64(key id ‖ signature)>`. Signatures of unknown keys are ignored; a known key whose
 * signature fails refuses the note. Type 0x01 is Ed25519 over the text, 0x04 a cosignature
 * (`cosignature/v1`): a time of 8 bytes and Ed25519 over that time and the text.
 */
import {
  type Bytes,
  base64,
  concat,
  equal,
  hex,
  integer,
  text as textOf,
  unbase64,
  unhex,
  utf8,
} from "./bytes";
import { hasBlank } from "./forms";
import { sha256 } from "./hash";
import { PublicKey } from "./keys";
import { Refusal, refusedAs } from "./refusal";

const noteBytesMax = 100_000;
const signaturesMax = 64;
const nameBytesMax = 255;
const timeBytes = 8;

/** What a key's signatures are over: the log's checkpoint, or a witness's statement about it. */
export type Use = "log" | "witness";
const typeOf: Readonly<Record<Use, number>> = { log: 0x01, witness: 0x04 };

/** A name and an Ed25519 key in one of its uses. */
export class NoteKey {
  readonly use: Use;
  readonly name: string;
  readonly key: PublicKey;
  /** Hex of the first 4 bytes of SHA-256(name ‖ "\n" ‖ type ‖ key). */
  readonly keyId: string;

  constructor(use: Use, name: string, key: PublicKey) {
    this.use = use;
    this.name = name;
    this.key = key;
    const material = concat(utf8(`${name}\n`), Uint8Array.of(typeOf[use]), key.raw);
    this.keyId = hex(sha256(material).subarray(0, 4));
  }

  /** Of `name+hex(key id)+base64(type ‖ key)`, the C2SP vkey; throws `verifier-key-refused`. */
  static parse(use: Use, shown: string): NoteKey {
    const [name = "", rest = ""] = cut(strip(shown), "+");
    const [keyId = "", coded = ""] = cut(rest, "+");
    const raw = unbase64(coded) ?? new Uint8Array();
    if (!isKeyName(name) || raw.length < 2) throw keyRefused("this is no verifier key");
    if (raw.length !== 33 || raw[0] !== typeOf[use]) {
      throw keyRefused(`type ${raw[0]} is not the type of a ${use}, ${typeOf[use]}`);
    }
    const key = refusedAs("verifier-key-refused", () => PublicKey.fromEd25519(raw.slice(1)));
    const found = new NoteKey(use, name, key);
    if (found.keyId !== keyId) throw keyRefused("the key id is not that of its key");
    return found;
  }

  equals(other: NoteKey): boolean {
    return this.use === other.use && this.name === other.name && this.key.equals(other.key);
  }

  /** Whether `signature` (without key id) is this key's on a note of this text. */
  async verifies(noteText: Bytes, signature: Bytes): Promise<boolean> {
    if (this.use === "log") return this.key.verifies(signature, noteText);
    if (signature.length !== timeBytes + 64) return false;
    const time = cosignedAt(signature);
    const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), noteText);
    return time < 2n ** 63n && this.key.verifies(signature.slice(timeBytes), message);
  }
}

/** The time in a cosignature, in seconds since 1970; nobody vouches for it before it is verified. */
export function cosignedAt(signature: Bytes): bigint {
  return integer(signature.subarray(0, timeBytes));
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Bytes;
}

export class Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];

  /** As it stands in a note. */
  static line({ name, keyId, signature }: NoteSignature): string {
    return `\u2014 ${name} ${base64(concat(unhex(keyId) ?? new Uint8Array(), signature))}\n`;
  }

  private constructor(noteText: string, signatures: readonly NoteSignature[]) {
    this.text = noteText;
    this.signatures = signatures;
  }

  /** Of a file; throws `note-refused` or `note-too-large`. */
  static read(data: Uint8Array): Note {
    if (data.length > noteBytesMax) throw tooLarge(`a note has at most ${noteBytesMax} bytes`);
    const shown = textOf(data);
    if (shown === undefined) throw refused("a note is UTF-8");
    return Note.parse(shown);
  }

  /** Throws `note-refused` or `note-too-large`. */
  static parse(data: string): Note {
    if (utf8(data).length > noteBytesMax)
      throw tooLarge(`a note has at most ${noteBytesMax} bytes`);
    if (/[\x00-\x09\x0b-\x1f]/.test(data) || !data.isWellFormed()) {
      throw refused("a note is UTF-8 without control characters but newlines");
    }
    const gap = data.lastIndexOf("\n\n");
    const tail = data.slice(gap + 2);
    if (gap < 0 || !tail.endsWith("\n")) {
      throw refused("a note is text, an empty line and signature lines");
    }
    const lines = tail.slice(0, -1).split("\n");
    if (lines.length > signaturesMax) {
      throw tooLarge(`a note carries at most ${signaturesMax} signatures`);
    }
    return new Note(data.slice(0, gap + 1), lines.map(readSignature));
  }

  /** The known keys' signatures in the note's order; throws `note-signature-fails` if one of them fails. */
  async signedBy(known: readonly NoteKey[]): Promise<[NoteKey, NoteSignature][]> {
    const signed = utf8(this.text);
    const good: [NoteKey, NoteSignature][] = [];
    for (const line of this.signatures) {
      for (const key of known) {
        if (key.name !== line.name || key.keyId !== line.keyId) continue;
        if (!(await key.verifies(signed, line.signature))) {
          const said = `the signature of ${key.name} does not verify`;
          throw new Refusal("note-signature-fails", said);
        }
        good.push([key, line]);
      }
    }
    return good;
  }
}

function readSignature(line: string): NoteSignature {
  const [dash = "", rest = ""] = cut(line, " ");
  const [name = "", coded = ""] = cut(rest, " ");
  const raw = unbase64(coded) ?? new Uint8Array();
  if (dash !== "\u2014" || !isKeyName(name) || raw.length < 5) {
    throw refused(`${JSON.stringify(line.slice(0, 80))} is no signature line`);
  }
  return { name, keyId: hex(raw.subarray(0, 4)), signature: raw.slice(4) };
}

/** Not empty, no Unicode space, no plus (C2SP signed-note), and a limit of ours. */
export function isKeyName(name: string): boolean {
  const size = utf8(name).length;
  return size > 0 && size <= nameBytesMax && !name.includes("+") && !hasBlank(name);
}

/** Before and behind the first `mark`. */
function cut(shown: string, mark: string): [string, string] {
  const at = shown.indexOf(mark);
  return at < 0 ? [shown, ""] : [shown.slice(0, at), shown.slice(at + mark.length)];
}

/** Without the white space around it. */
function strip(shown: string): string {
  let [start, end] = [0, shown.length];
  while (start < end && hasBlank(shown.charAt(start))) start++;
  while (end > start && hasBlank(shown.charAt(end - 1))) end--;
  return shown.slice(start, end);
}

export function sameKey(left: NoteKey, right: NoteKey): boolean {
  return left.name === right.name && equal(left.key.raw, right.key.raw);
}

function refused(detail: string): Refusal {
  return new Refusal("note-refused", detail);
}

function tooLarge(detail: string): Refusal {
  return new Refusal("note-too-large", detail);
}

function keyRefused(detail: string): Refusal {
  return new Refusal("verifier-key-refused", detail);
}
