/**
 * A witness's statement that it will never again cosign under a log key (formats §3, Epoch).
 *
 * A signed note (Ed25519, type 0x01, named and keyed as the witness's cosigner) of five lines:
 * `tallystick/witness-stop/v1`, origin, the log's verifier key, size and base64 root of the newest checkpoint
 * that it cosigned.
 */
import { type Bytes, equal, unbase64, unhex } from "../bytes";
import type { Json, Members } from "../canonical";
import { type Checkpoint, parseExtendedCheckpoint } from "../checkpoint";
import { parseNumber } from "../forms";
import { emptyRoot, verifyConsistency } from "../merkle";
import { Note, NoteKey } from "../note";
import type { Policy, Witness } from "../policy";
import { Refusal } from "../refusal";

const header = "tallystick/witness-stop/v1";

export interface Stopped {
  /** As in the governance keys. */
  readonly witness: string;
  readonly newest: Checkpoint;
  /** From there to the start of the epoch. */
  readonly consistency: readonly Bytes[];
}

/** What a witness of the policy states about this log key; throws. */
export async function openStopped(row: Members, policy: Policy, log: NoteKey): Promise<Stopped> {
  const note = Note.parse(String(row["statement"]));
  const [stopped, newest] = parseStatement(note.text);
  const witness = await signerOf(note, policy);
  if (!stopped.equals(log)) throw refused(`${witness.name} stopped another key than the log's`);
  const checkpoint = String(row["checkpoint"] ?? "");
  if (checkpoint !== "" || newest.size > 0n) await check(checkpoint, newest, witness, log);
  const path = (row["consistency"] ?? []) as readonly Json[];
  const consistency = path.map((node) => unhex(String(node)) ?? new Uint8Array());
  return { witness: witness.name, newest, consistency };
}

/** The largest of the checkpoints, to which every other leads, is where the epoch begins; throws. */
export function requireStart(opened: readonly Stopped[], size: number, root: Bytes): void {
  const [first, ...rest] = opened.map(({ newest }) => newest);
  if (first === undefined) return;
  const start = rest.reduce((found, one) => (one.size > found.size ? one : found), first);
  for (const { newest, consistency } of opened) {
    if (newest.size === 0n || same(newest, start)) continue;
    verifyConsistency(newest.size, start.size, newest.root, start.root, consistency);
  }
  if (start.size !== BigInt(size) || !equal(start.root, root)) {
    throw refused(`the largest checkpoint of its witnesses has ${start.size} entries`);
  }
}

function parseStatement(text: string): [NoteKey, Checkpoint] {
  const lines = text.split("\n");
  const [first, origin = "", vkey = "", number = "", coded = "", end] = lines;
  if (lines.length !== 6 || first !== header || end !== "") {
    throw refused("a statement has five lines");
  }
  const [size, root] = [parseNumber(number), unbase64(coded)];
  if (size === undefined || root?.length !== 32 || (size === 0n && !equal(root, emptyRoot))) {
    throw refused("size or root is not in its form");
  }
  const stopped = NoteKey.parse("log", vkey);
  if (stopped.name !== origin) throw refused(`its key is of ${stopped.name}, not of ${origin}`);
  return [stopped, { origin, size, root }];
}

async function signerOf(note: Note, policy: Policy): Promise<Witness> {
  for (const witness of policy.witnesses) {
    const { name, key } = witness.cosigner;
    if ((await note.signedBy([new NoteKey("log", name, key)])).length > 0) return witness;
  }
  throw refused("no witness of the policy in force signed it");
}

/** The checkpoint is the one stated, signed by log and witness. */
async function check(
  text: string,
  stated: Checkpoint,
  { cosigner }: Witness,
  log: NoteKey,
): Promise<void> {
  const note = Note.parse(text);
  if (!same(parseExtendedCheckpoint(note.text), stated)) {
    throw refused("its checkpoint is not the one that it states");
  }
  const [byLog, byWitness] = [await note.signedBy([log]), await note.signedBy([cosigner])];
  if (byLog.length === 0 || byWitness.length === 0) {
    throw refused("its checkpoint lacks the log's signature or its own");
  }
}

function same(left: Checkpoint, right: Checkpoint): boolean {
  return left.origin === right.origin && left.size === right.size && equal(left.root, right.root);
}

function refused(detail: string): Refusal {
  return new Refusal("bundle-chain-refused", detail);
}
