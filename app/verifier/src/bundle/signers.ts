/**
 * Who signed the entries of a bundle: steps 9 and 10 of docs/reference/bundle-format.md.
 *
 * Every signature must verify, by a key whose registration is in the bundle. A signature counts if its key
 * was registered at or before the entry, may sign its type, and was not revoked before it. That it was not
 * is proven only by the key's head; without it somebody may have left the revocation out.
 */
import { isMembers, type Json, type Members, member } from "../canonical";
import { checkSignature, pae } from "../entry";
import { PublicKey, SM2 } from "../keys";
import { Refusal, refusedAs } from "../refusal";
import { bodyOf } from "./bodies";
import { type Bundle, type Held, headOf } from "./held";
import { authentic, proven, type Statement } from "./statements";
import type { Step } from "./step";

const rotateKey = "identity.key.rotate/1";
const revokeKey = "identity.key.revoke/1";
/** Entries that begin or end keys, or bind them. An approval does so exactly if it restates what it completes. */
const aboutKeys = [
  "identity.key.add/1",
  revokeKey,
  rotateKey,
  "identity.decide/1",
  "identity.key.bind/1",
];

/** What else registers keys, read elsewhere. */
const ofOperators = ["ledger.genesis/1", "ledger.epoch/1"];

/** A key as the bundle shows it. `proven`: its head is here with the bodies of all entries that it lists. */
export interface HeldKey {
  readonly reference: string;
  readonly owner: string;
  readonly key: PublicKey;
  readonly types: readonly string[];
  readonly custody: string;
  readonly since: number;
  readonly proven: boolean;
  readonly revokedAt?: number;
  readonly reason?: string;
  readonly replacedBy?: string;
  readonly suspectFrom?: number;
  /** The entry that bound it to a certificate, and the anchor that this entry names. */
  readonly bound?: readonly [number, string];
}

/** A signature that counts. */
export interface Signed {
  readonly key: HeldKey;
  readonly own: boolean;
}

/** The keys of a bundle, and which of them signed each entry so that it counts. */
export interface Signers {
  readonly keys: ReadonlyMap<string, HeldKey>;
  readonly byEntry: ReadonlyMap<number, readonly Signed[]>;
  readonly statement: Statement;
}

/** What the log itself writes: it refuses none of its own. */
const ownTypes = ["ledger.block/1", "ledger.epoch/1"];

/** Whether it is sure that the log took an entry into effect: the refused ones touch no head. */
export function isApplied(bundle: Bundle, { index, entry }: Held): boolean {
  const own = ownTypes.includes(entry.type) && entry.author === bundle.genesis["log"];
  return entry.seq === undefined || own || listedIn(bundle).has(index);
}

const listed = new WeakMap<Bundle, ReadonlySet<number>>();

/** The entries that some head of the bundle lists. */
function listedIn(bundle: Bundle): ReadonlySet<number> {
  const found = listed.get(bundle) ?? new Set(bundle.heads.flatMap(({ indexes }) => indexes));
  listed.set(bundle, found);
  return found;
}

export async function checkSigners(bundle: Bundle, step: Step): Promise<Signers> {
  const keys = readKeys(bundle);
  const used = new Set<string>();
  const lacking: number[] = [];
  const byEntry = new Map<number, readonly Signed[]>();
  for (const held of bundle.entries.values()) {
    byEntry.set(held.index, await checkEntry(held, keys, used, lacking));
    await step("signatures", byEntry.size, bundle.entries.size);
  }
  if (lacking.length > 0) {
    // Nothing is known of these signatures, so nothing is said of the file.
    throw new Refusal("bundle-suite-lacking", `entries ${lacking.join(", ")}: ${SM2}`);
  }
  const unproven = [...used].filter((reference) => !keys.get(reference)?.proven).length;
  const members = { entries: bundle.entries.size, keys: used.size };
  const statement = unproven
    ? authentic("signers.unproven", { ...members, unproven })
    : proven("signers.proven", members);
  return { keys, byEntry, statement };
}

async function checkEntry(
  held: Held,
  keys: ReadonlyMap<string, HeldKey>,
  used: Set<string>,
  lacking: number[],
): Promise<readonly Signed[]> {
  const message = pae(held.envelope.payload);
  const counting: Signed[] = [];
  const own: HeldKey[] = [];
  for (const signature of held.envelope.signatures) {
    const key = keys.get(signature.keyid);
    if (key === undefined) {
      const said = `${signature.keyid}, which signed entry ${held.index}`;
      throw new Refusal("bundle-key-unknown", said);
    }
    try {
      await checkSignature(signature, key.key, message);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code !== "suite-lacking") {
        throw new Refusal("bundle-signature-fails", `entry ${held.index}: ${error.message}`);
      }
      if (lacking.at(-1) !== held.index) lacking.push(held.index);
    }
    used.add(signature.keyid);
    const mine = key.owner === held.entry.author;
    if (mine) own.push(key);
    if (counts(key, held)) counting.push({ key, own: mine });
  }
  if (own.length > 0 && !counting.some((signed) => signed.own)) throw invalid(held, own);
  return counting;
}

function counts(key: HeldKey, held: Held): boolean {
  const { index, entry } = held;
  const inTime = key.since <= index && (key.revokedAt === undefined || index <= key.revokedAt);
  return (
    inTime &&
    key.types.some(
      (allowed) =>
        allowed === "*" ||
        allowed === entry.type ||
        (allowed.endsWith(".*") && entry.type.startsWith(allowed.slice(0, -1))),
    )
  );
}

function invalid(held: Held, own: readonly HeldKey[]): Refusal {
  for (const { reference, revokedAt } of own) {
    if (revokedAt !== undefined && revokedAt < held.index) {
      const said = `entry ${revokedAt} revoked ${reference}, which signed entry ${held.index}`;
      return new Refusal("bundle-signer-revoked", said);
    }
  }
  return new Refusal("bundle-signer-not-valid", `entry ${held.index}, by ${own[0]?.reference}`);
}

function readKeys(bundle: Bundle): Map<string, HeldKey> {
  const found = new Map<string, HeldKey>();
  const hold: Hold = (reference, key, types, custody, since) => {
    const owner = reference.slice(reference.indexOf(":") + 1);
    const head = headOf(bundle, "key", reference);
    // A revocation whose body is not shown says nothing, nor what touched the key in a way that no bundle tells.
    const isProven =
      head?.indexes.includes(since) === true &&
      head.indexes.every((index) => tells(bundle.entries.get(index)));
    found.set(reference, { reference, owner, key, types, custody, since, proven: isProven });
  };
  for (const [name, custody, types] of [
    ["log_key", "node", ["ledger.*"]],
    ["receipt_key", "node", []],
    ["root_key", "self", ["*"]],
  ] as const) {
    const named = bundle.genesis[name];
    if (!isMembers(named)) continue;
    hold(String(named["key"]), PublicKey.fromJwk(named["jwk"]), types, custody, 0);
  }
  addEpochs(bundle, found, hold);
  for (const [held, body] of appliedBodies(bundle)) take(held, body, found, hold);
  return found;
}

/** Whether what an entry did to a key can be read from it. */
function tells(held: Held | undefined): boolean {
  if (held?.body === undefined) return false;
  const { type } = held.entry;
  if (type === "identity.decide/1") {
    const told = bodyOf(held, type);
    return told !== undefined && isMembers(member(told, "recovered"));
  }
  return aboutKeys.includes(type) || ofOperators.includes(type);
}

/** What an entry says of keys: a new one, the end of an old one, or both. */
function take(held: Held, body: Members, found: Map<string, HeldKey>, hold: Hold): void {
  const { index, entry } = held;
  const end = (name: string, reason: string, by?: string, told: Members = body): void => {
    const key = found.get(String(told[name]));
    // The first end of a key holds.
    if (key === undefined || key.revokedAt !== undefined) return;
    const suspect = member(told, "suspect_from");
    found.set(key.reference, {
      ...key,
      revokedAt: index,
      reason,
      ...(by === undefined ? {} : { replacedBy: by }),
      ...(typeof suspect === "number" ? { suspectFrom: suspect } : {}),
    });
  };
  if (entry.type === "identity.key.bind/1") {
    const key = found.get(String(body["key"]));
    if (key === undefined || key.bound !== undefined) return;
    found.set(key.reference, { ...key, bound: [index, String(body["anchor"])] });
    return;
  }
  if (entry.type === revokeKey) {
    end("key", String(body["reason"]));
    return;
  }
  const recovered = member(body, "recovered");
  const told = entry.type === "identity.decide/1" ? recovered : body;
  if (!isMembers(told)) return;
  const reference = String(told["key"]);
  if (found.has(reference)) {
    throw new Refusal("bundle-key-refused", `${reference} is registered again by entry ${index}`);
  }
  const key = refusedAs("bundle-key-refused", () => registered(told));
  // Every key may sign its own replacement.
  const types = [...(told["types"] as Json[]).map(String), rotateKey];
  hold(reference, key, types, String(told["custody"]), index);
  if (entry.type === rotateKey) end("old", "replaced", reference);
  else if (told !== body) end("lost", String(told["reason"]), reference, told);
}

type Hold = (
  reference: string,
  key: PublicKey,
  types: readonly string[],
  custody: string,
  since: number,
) => void;

/** Each epoch registers the new operator's keys, and revokes the lost one's. */
function addEpochs({ reached }: Bundle, found: Map<string, HeldKey>, hold: Hold): void {
  let [before, ...rest] = reached.operators;
  for (const operator of rest) {
    for (const reference of [before?.logReference, before?.receiptReference]) {
      const key = found.get(reference ?? "");
      if (!key) continue;
      found.set(key.reference, { ...key, revokedAt: operator.since, reason: "epoch" });
    }
    hold(operator.logReference, operator.log.key, ["ledger.*"], "node", operator.since);
    hold(operator.receiptReference, operator.receipt, [], "node", operator.since);
    before = operator;
  }
}

function registered(body: Members): PublicKey {
  const key = PublicKey.fromJwk(body["jwk"]);
  const site = body["webauthn"];
  if (!isMembers(site)) return key;
  return key.asPasskey({ rpId: String(site["rp_id"]), origin: String(site["origin"]) });
}

function* appliedBodies(bundle: Bundle): Generator<[Held, Members]> {
  for (const held of bundle.entries.values()) {
    const { type } = held.entry;
    if (!aboutKeys.includes(type) || held.body === undefined || !isApplied(bundle, held)) continue;
    const body = bodyOf(held, type);
    if (body === undefined) {
      throw new Refusal("bundle-key-refused", `the body of entry ${held.index}`);
    }
    yield [held, body];
  }
}
