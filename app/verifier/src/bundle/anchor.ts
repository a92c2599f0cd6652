/** `anchor.json`: that the checkpoint stands on an EVM chain. Offline this is a claim, and is said as one. */
import { type Bytes, hex, utf8 } from "../bytes";
import { decodeObject, hasExactly, type Json } from "../canonical";
import { hex32, isDate, isInstant } from "../forms";
import { sha256 } from "../hash";
import { Note, type NoteKey } from "../note";
import { Refusal, refusedAs } from "../refusal";

const numberMax = 10 ** 15 - 1;
const digests = ["block_hash", "note", "quorum", "transaction"] as const;
const numbers = ["block", "chain"] as const;
const members = [...digests, ...numbers, "contract", "time"];

/** Where the checkpoint is said to stand. */
export interface Anchor {
  readonly chain: number;
  readonly contract: string;
  readonly transaction: string;
  readonly block: number;
  readonly time: string;
}

/** Throws `bundle-anchor-refused`, or `bundle-anchor-differs` if it is of another note than this one. */
export async function readAnchor(data: Bytes, note: Note, log: NoteKey): Promise<Anchor> {
  const told = refusedAs("bundle-anchor-refused", () => decodeObject(data));
  if (!hasExactly(told, members)) throw refused(`it has the members ${members.join(", ")}`);
  const { contract, time } = told;
  if (typeof contract !== "string" || !/^0x[0-9a-f]{40}$/.test(contract)) {
    throw refused("contract is 0x and 40 digits of lower-case hex");
  }
  for (const name of numbers) if (!isNumber(told[name])) throw refused(`${name} is no number`);
  for (const name of digests) if (!isDigest(told[name])) throw refused(`${name} is no hash`);
  if (typeof time !== "string" || !isInstant(time) || !isDate(time) || time < "1970") {
    throw refused("time is an instant in UTC with milliseconds");
  }
  if (told["note"] !== (await noteHash(note, log))) {
    throw new Refusal("bundle-anchor-differs", "the hash of the note is another one");
  }
  return {
    chain: Number(told["chain"]),
    contract,
    transaction: `0x${told["transaction"]}`,
    block: Number(told["block"]),
    time,
  };
}

/** Of text and log signature alone: SHA-256, in hex. */
async function noteHash(note: Note, log: NoteKey): Promise<string> {
  const [signed] = await note.signedBy([log]);
  return signed ? hex(sha256(utf8(`${note.text}\n${Note.line(signed[1])}`))) : "";
}

function isNumber(value: Json | undefined): boolean {
  return typeof value === "number" && Number.isInteger(value) && 0 <= value && value <= numberMax;
}

function isDigest(value: Json | undefined): boolean {
  return typeof value === "string" && hex32.test(value);
}

function refused(detail: string): Refusal {
  return new Refusal("bundle-anchor-refused", detail);
}
