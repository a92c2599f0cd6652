/** Checkpoints (C2SP tlog-checkpoint) and proof files (C2SP tlog-proof). */
import { type Bytes, unbase64 } from "./bytes";
import { characters, parseNumber } from "./forms";
import { verifyInclusion } from "./merkle";
import { Note, type NoteKey } from "./note";
import { Refusal } from "./refusal";

const proofHeader = "c2sp.org/tlog-proof@v1";
const pathLinesMax = 63;
const proofFileCharsMax = 200_000;

/** Origin, number of leaves, and root (32 bytes). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Bytes;
}

/** Throws `checkpoint-refused`. */
export function parseCheckpoint(noteText: string): Checkpoint {
  const lines = noteText.split("\n");
  const [origin = "", number = "", coded = "", end] = lines;
  if (lines.length !== 4 || end !== "" || origin === "") {
    throw refused("a checkpoint has three lines: origin, size, root");
  }
  const size = parseNumber(number);
  const root = unbase64(coded);
  if (size === undefined || root?.length !== 32) throw refused("size or root is not in its form");
  return { origin, size, root };
}

/** As `parseCheckpoint`, for any log's: lines behind the third may follow, none of them empty. */
export function parseExtendedCheckpoint(noteText: string): Checkpoint {
  const lines = noteText.split("\n");
  const last = lines.pop();
  if (last !== "" || lines.slice(3).includes("")) {
    throw refused("an extension line is empty, or the last line does not end");
  }
  return parseCheckpoint(
    lines
      .slice(0, 3)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

/** The checkpoint in a note that `log` (named by the origin) signed; throws `checkpoint-refused`. */
export async function openCheckpoint(data: string, log: NoteKey): Promise<Checkpoint> {
  let note: Note;
  let signed: readonly unknown[];
  try {
    note = Note.parse(data);
    signed = await note.signedBy([log]);
  } catch (error) {
    if (error instanceof Refusal) throw refused(error.message);
    throw error;
  }
  const checkpoint = parseCheckpoint(note.text);
  if (signed.length === 0 || checkpoint.origin !== log.name) {
    throw refused(`not signed by ${log.name}`);
  }
  return checkpoint;
}

/** A leaf's index and path with the checkpoint it leads to. */
export interface ProofFile {
  readonly index: bigint;
  readonly path: readonly Bytes[];
  readonly checkpoint: string;
  /** What an application put beside it; nothing vouches for it. */
  readonly extra: Bytes;
}

/** Throws `proof-file-refused`. */
export function parseProofFile(data: string): ProofFile {
  if (data.length > proofFileCharsMax && characters(data) > proofFileCharsMax) {
    throw fileRefused(`a proof file has at most ${proofFileCharsMax} characters`);
  }
  const gap = data.indexOf("\n\n");
  const [header, ...lines] = (gap < 0 ? data : data.slice(0, gap)).split("\n");
  if (gap < 0 || header !== proofHeader) {
    throw fileRefused("header, index and path lines are expected");
  }
  const extra = lines[0]?.startsWith("extra ") ? readExtra(lines.shift() ?? "") : new Uint8Array();
  const line = lines[0] ?? "";
  const index = line.startsWith("index ") ? parseNumber(line.slice(6)) : undefined;
  if (index === undefined) throw fileRefused("the index line is not in its form");
  const path = lines.slice(1).map((coded) => unbase64(coded) ?? new Uint8Array());
  if (path.length > pathLinesMax || path.some((node) => node.length !== 32)) {
    throw fileRefused(`at most ${pathLinesMax} hashes of 32 bytes, a line each`);
  }
  return { index, path, checkpoint: data.slice(gap + 2), extra };
}

/** The checkpoint, if the leaf of this hash is at the proof's index under it. */
export async function verifyProofFile(
  proof: ProofFile,
  leafHash: Bytes,
  log: NoteKey,
): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(proof.checkpoint, log);
  verifyInclusion(leafHash, proof.index, checkpoint.size, proof.path, checkpoint.root);
  return checkpoint;
}

function readExtra(line: string): Bytes {
  const raw = unbase64(line.slice(6));
  if (raw === undefined || raw.length === 0) throw fileRefused("the extra line is not base64");
  return raw;
}

function refused(detail: string): Refusal {
  return new Refusal("checkpoint-refused", detail);
}

function fileRefused(detail: string): Refusal {
  return new Refusal("proof-file-refused", detail);
}
