/** Verifying a bundle: steps 1 to 8 of docs/reference/bundle-format.md, in its order and with its codes. */
import { type Bytes, equal, hex, text, unhex, utf8 } from "../bytes";
import { decode, decodeObject, isMembers, type Json, type Members } from "../canonical";
import { type Checkpoint, parseCheckpoint, parseProofFile } from "../checkpoint";
import { fieldsRoot } from "../disclosure";
import { checkSignature, type Entry, pae, parseEntry, parseEnvelope } from "../entry";
import { type Reached, reach } from "../governance/chain";
import { at } from "../governance/force";
import { sha256Long } from "../hash";
import { headKey, readHeadProof, verifyHead } from "../heads";
import { PublicKey } from "../keys";
import { leafHashLong, verifyInclusion } from "../merkle";
import { Note, type NoteKey } from "../note";
import type { Policy } from "../policy";
import type { Verdict } from "../quorum";
import { Refusal, refusedAs } from "../refusal";
import { readAnchor } from "./anchor";
import { bodyOf } from "./bodies";
import { type Files, unpack } from "./container";
import {
  type Block,
  type Bundle,
  type Held,
  type HeldHead,
  isNothing,
  noHeads,
  type Pins,
  pinnedSets,
} from "./held";
import * as layout from "./layout";
import { type Manifest, parseManifest } from "./manifest";
import { openShown, type Shown } from "./shown";
import type { Step } from "./step";

const publicSalt = new Uint8Array(32);

/** Throws `bundle-nothing-pinned` and what is wrong with the bundle; `step` is awaited between files. */
export async function openBundle(data: Bytes, pins: Pins, step: Step): Promise<Bundle> {
  if (isNothing(pins)) {
    throw new Refusal("bundle-nothing-pinned", "nothing says which log is to be believed");
  }
  const files = await unpack(data, step);
  layout.checkFiles(new Set(files.keys()));
  const manifest = parseManifest(fileOf(files, layout.manifestFile));
  const [note, checkpoint] = readCheckpoint(files, manifest);
  const entries = new Map<number, Held>();
  const indexes = layout.indexes(files.keys(), "entries");
  for (const index of indexes) {
    entries.set(index, await readEntry(files, index, checkpoint));
    await step("entries", entries.size, indexes.length);
  }
  await checkAttachments(files, entries.values());
  const genesis = await readGenesis(entries, checkpoint, pins);
  const reached = await reach(entries.values(), genesis);
  const log = await checkLogKey(note, checkpoint, reached, pins);
  const policy = policyInForce(files, checkpoint, reached, pins);
  const verdict = await cosigned(note, policy);
  const claimed = files.get(layout.anchorFile);
  const anchor = claimed && (await readAnchor(claimed, note, log));
  const block = readBlock(entries, genesis, checkpoint);
  const heads = readHeads(files, block, entries.values());
  if (block.heads !== noHeads) requireActs(heads, reached);
  return {
    manifest,
    pins,
    checkpoint,
    genesis,
    reached,
    policy,
    verdict,
    block,
    entries,
    heads,
    ...(anchor ? { anchor } : {}),
  };
}

function readCheckpoint(files: Files, manifest: Manifest): [Note, Checkpoint] {
  const [note, checkpoint] = refusedAs("bundle-checkpoint-refused", (): [Note, Checkpoint] => {
    const found = Note.read(fileOf(files, layout.checkpointFile));
    return [found, parseCheckpoint(found.text)];
  });
  if (checkpoint.size < 2n || checkpoint.origin !== manifest.origin) {
    const said = `of ${checkpoint.origin}, size ${checkpoint.size}`;
    throw new Refusal("bundle-checkpoint-refused", said);
  }
  return [note, checkpoint];
}

async function readEntry(files: Files, index: number, checkpoint: Checkpoint): Promise<Held> {
  const leaf = fileOf(files, layout.entryFile(index));
  const [envelope, entry] = refusedAs("bundle-entry-refused", () => {
    const found = parseEnvelope(leaf);
    return [found, parseEntry(found.payload)] as const;
  });
  if (entry.origin !== checkpoint.origin) {
    throw new Refusal("bundle-entry-refused", `${index}: it is of the log ${entry.origin}`);
  }
  const leafHash = await leafHashLong(leaf);
  checkIncluded(files, index, leafHash, checkpoint);
  const body = await readBody(files, index, entry);
  const shown = readShown(files, index, entry);
  return {
    index,
    leafHash: hex(leafHash),
    payloadHash: hex(await sha256Long(envelope.payload)),
    envelope,
    entry,
    ...body,
    ...(shown ? { shown } : {}),
  };
}

function checkIncluded(files: Files, index: number, leaf: Bytes, checkpoint: Checkpoint): void {
  const coded = text(fileOf(files, layout.proofFile(index)));
  if (coded === undefined) throw new Refusal("bundle-proof-refused", `${index}: it is no UTF-8`);
  const proof = refusedAs("bundle-proof-refused", () => parseProofFile(coded));
  if (proof.index !== BigInt(index)) {
    throw new Refusal("bundle-proof-refused", `${index}: it is of entry ${proof.index}`);
  }
  if (!equal(utf8(proof.checkpoint), fileOf(files, layout.checkpointFile))) {
    throw new Refusal("bundle-proof-refused", `${index}: it leads to another checkpoint`);
  }
  refusedAs("bundle-entry-not-in-log", () =>
    verifyInclusion(leaf, BigInt(index), checkpoint.size, proof.path, checkpoint.root),
  );
}

async function readBody(
  files: Files,
  index: number,
  entry: Entry,
): Promise<{ body?: Bytes; salt?: Bytes }> {
  const body = files.get(layout.bodyFile(index));
  if (body === undefined) return {};
  const salt = fileOf(files, layout.saltFile(index));
  if (salt.length !== 32 || hex(await sha256Long(salt, body)) !== entry.bodyHash) {
    const said = `${index}: body and salt do not hash to body_hash`;
    throw new Refusal("bundle-body-differs", said);
  }
  refusedAs("bundle-body-differs", () => {
    decodeObject(body);
    if (entry.fieldsRoot !== undefined && hex(fieldsRoot(salt, body)) !== entry.fieldsRoot) {
      throw new Refusal("bundle-body-differs", `${index}: fields_root is another one`);
    }
  });
  return { body, salt };
}

function readShown(files: Files, index: number, entry: Entry): Shown | undefined {
  const data = files.get(layout.disclosureFile(index));
  if (data === undefined) return undefined;
  const root = entry.fieldsRoot === undefined ? undefined : unhex(entry.fieldsRoot);
  if (root === undefined) {
    const said = `${index}: its author did not sign its fields one by one`;
    throw new Refusal("bundle-field-differs", said);
  }
  return openShown(data, root);
}

async function checkAttachments(files: Files, entries: Iterable<Held>): Promise<void> {
  const names = layout.inFolder(files.keys(), "attachments");
  if (names.length === 0) return;
  const named = new Set([...entries].flatMap(({ body }) => (body ? hashesIn(decode(body)) : [])));
  for (const name of names) {
    const data = fileOf(files, name);
    const digest = name.slice("attachments/".length);
    if (data.length < 32 || hex(await sha256Long(data)) !== digest) {
      throw new Refusal("bundle-attachment-differs", name);
    }
    if (!named.has(digest)) throw new Refusal("bundle-file-stray", name);
  }
}

/** Every text under a member `hash`, at any depth. */
function hashesIn(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(hashesIn);
  if (!isMembers(value)) return [];
  const own = value["hash"];
  return [...(typeof own === "string" ? [own] : []), ...Object.values(value).flatMap(hashesIn)];
}

async function readGenesis(
  entries: ReadonlyMap<number, Held>,
  checkpoint: Checkpoint,
  pins: Pins,
): Promise<Members> {
  const held = entries.get(0);
  if (held === undefined) throw new Refusal("bundle-file-missing", layout.entryFile(0));
  if (pins.genesis !== undefined && pins.genesis !== held.leafHash) {
    throw new Refusal("bundle-wrong-genesis", `its genesis has the leaf hash ${held.leafHash}`);
  }
  const body = publicBody(held, "ledger.genesis/1");
  if (body === undefined || body["origin"] !== checkpoint.origin) {
    throw new Refusal("bundle-genesis-refused", "entry 0 is no genesis of this origin");
  }
  if (held.entry.author !== body["root"]) {
    const said = "its author is not the root authority that it names";
    throw new Refusal("bundle-genesis-refused", said);
  }
  try {
    await checkGenesisSigned(held, body);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal("bundle-genesis-refused", error.message);
    throw error;
  }
  return body;
}

async function checkGenesisSigned(held: Held, body: Members): Promise<void> {
  const named = [body["log_key"], body["receipt_key"], body["root_key"]].filter(isMembers);
  const keys = new Map(named.map((one) => [String(one["key"]), PublicKey.fromJwk(one["jwk"])]));
  const { signatures, payload } = held.envelope;
  if (keys.size !== 3 || signatures.length !== 3) {
    throw new Refusal("bundle-genesis-refused", "it is not signed by the three keys it names");
  }
  for (const signature of signatures) {
    const key = keys.get(signature.keyid);
    if (!key) throw new Refusal("bundle-genesis-refused", "it is signed by a key it does not name");
    await checkSignature(signature, key, pae(payload));
  }
}

/** The log key of the checkpoint's epoch signed it; what is pinned is that of some epoch. */
async function checkLogKey(
  note: Note,
  checkpoint: Checkpoint,
  { operators }: Reached,
  pins: Pins,
): Promise<NoteKey> {
  const isOfLog = (pinned: NoteKey): boolean => operators.some(({ log }) => log.equals(pinned));
  if (pinnedSets(pins).some((keys) => !keys.some(isOfLog))) {
    throw new Refusal("bundle-wrong-log-key", "the bundle is of another log key than was pinned");
  }
  const { log } = at(operators, Number(checkpoint.size) - 1);
  let signed: readonly unknown[];
  try {
    signed = await note.signedBy([log]);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal("bundle-wrong-log-key", error.message);
    throw error;
  }
  if (signed.length === 0) throw new Refusal("bundle-wrong-log-key", `no signature by ${log.name}`);
  return log;
}

/** What the bundle says is the policy's text must be it, whatever was pinned. */
function policyInForce(
  files: Files,
  checkpoint: Checkpoint,
  { regimes }: Reached,
  pins: Pins,
): Policy {
  const regime = at(regimes, Number(checkpoint.size) - 1);
  if (!equal(fileOf(files, layout.policyFile), utf8(regime.text))) {
    const said = `it is not the text in force since index ${regime.since}`;
    throw new Refusal("bundle-policy-replaced", said);
  }
  return pins.policy ?? regime.policy;
}

/** No act of governance is left out, the newest least of all. */
function requireActs(heads: readonly HeldHead[], { acts }: Reached): void {
  const head = heads.find(({ kind, name }) => kind === "governance" && name === "acts");
  if (head === undefined) throw new Refusal("bundle-head-missing", "governance acts");
  if (head.indexes.join() !== acts.join()) {
    const said = `acts at ${acts.join()}, the log lists ${head.indexes.join()}`;
    throw new Refusal("bundle-chain-refused", said);
  }
}

async function cosigned(note: Note, policy: Policy): Promise<Verdict> {
  let times: ReadonlyMap<string, bigint>;
  try {
    times = await policy.cosignTimes(note);
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal("bundle-cosignature-fails", error.message);
    throw error;
  }
  const verdict = policy.judge(new Set(times.keys()));
  if (!verdict.met) throw new Refusal("bundle-not-final", "the quorum of the policy is not met");
  return verdict;
}

function readBlock(
  entries: ReadonlyMap<number, Held>,
  genesis: Members,
  checkpoint: Checkpoint,
): Block {
  const last = Number(checkpoint.size) - 1;
  const held = entries.get(last);
  const body = held && publicBody(held, "ledger.block/1");
  if (!held || !body) {
    throw new Refusal("bundle-block-refused", `entry ${last} is not here, or is no block`);
  }
  if (held.entry.author !== genesis["log"] || body["size"] !== last) {
    throw new Refusal("bundle-block-refused", `entry ${last} is not the log's own block`);
  }
  return blockOf(body);
}

export function blockOf(body: Members): Block {
  return {
    height: Number(body["height"]),
    size: Number(body["size"]),
    time: String(body["time"]),
    heads: String(body["heads"]),
  };
}

/** The body of a public type; undefined if it is another, or is not in its form. */
function publicBody(held: Held, entryType: string): Members | undefined {
  const isPublic = held.salt !== undefined && equal(held.salt, publicSalt);
  return isPublic ? bodyOf(held, entryType) : undefined;
}

function readHeads(files: Files, block: Block, entries: Iterable<Held>): HeldHead[] {
  const here = new Map([...entries].map((held) => [held.leafHash, held.index]));
  return layout.inFolder(files.keys(), "heads").map((name) => {
    const head = refusedAs("bundle-head-refused", () => readHeadProof(decode(fileOf(files, name))));
    if (name !== layout.headFile(headKey(head.kind, head.name))) {
      throw new Refusal("bundle-head-refused", `${name} is not that of ${head.kind} ${head.name}`);
    }
    const root = unhex(block.heads);
    if (block.heads === noHeads || root === undefined) {
      throw new Refusal("bundle-head-differs", "the log keeps no heads, and the bundle holds one");
    }
    refusedAs("bundle-head-differs", () => verifyHead(head, root));
    const indexes = head.leaves.map((leaf) => here.get(hex(leaf)) ?? -1);
    if (indexes.includes(-1)) {
      const said = `entries about ${head.kind} ${head.name} are not here`;
      throw new Refusal("bundle-incomplete", said);
    }
    if (indexes.some((index, at) => at > 0 && index <= (indexes[at - 1] ?? index))) {
      const said = `the entries about ${head.kind} ${head.name} are not in their order`;
      throw new Refusal("bundle-incomplete", said);
    }
    return { kind: head.kind, name: head.name, indexes };
  });
}

function fileOf(files: Files, name: string): Bytes {
  const data = files.get(name);
  if (data === undefined) throw new Refusal("bundle-file-missing", name);
  return data;
}
