/** Statements about entries, keys, items, and about what never happened. */

import { text } from "../bytes";
import { encode, isMembers, type Json, type Members, member } from "../canonical";
import { Refusal } from "../refusal";
import { isApplied } from "./applied";
import { bodyOf } from "./bodies";
import { type Facts, requireNamed } from "./facts";
import type { Block, Held, HeldHead } from "./held";
import type { HeldKey } from "./lives";
import type { Request } from "./manifest";
import { blockOf } from "./opening";
import { authentic, note, proven, type Statement, state } from "./statements";

export function* aboutEntry(facts: Facts, asked: Request): Generator<Statement> {
  const held = facts.entry(asked.number("index"));
  const { index, entry } = held;
  const { type, author, id, time } = entry;
  yield proven("entry", { index, type, author, id, time });
  yield timeOf(facts, index);
  const signed = facts.signers.byEntry.get(index) ?? [];
  for (const { key, own } of signed) {
    yield state(key.proven ? "proven" : "authentic", own ? "entry.signed" : "entry.endorsed", {
      index,
      key: key.reference,
      owner: key.owner,
      registered: key.since,
    });
  }
  if (!signed.some(({ own }) => own)) yield note("entry.not-own", { index });
  if (isApplied(facts.bundle, held)) yield proven("entry.applied", { index });
  else yield authentic("entry.outcome-unknown", { index });
  yield* contentOf(held);
}

/** Ledger time is that of the last block before; two blocks of neighbouring heights show which it is. */
export function timeOf(facts: Facts, index: number): Statement {
  let before: Block | undefined;
  let after: Block | undefined;
  for (const held of facts.shown()) {
    const body = bodyOf(held, "ledger.block/1");
    if (body === undefined || held.entry.author !== facts.bundle.genesis["log"]) continue;
    if (held.index < index) before = blockOf(body);
    else after ??= blockOf(body);
  }
  const to = (after ?? facts.bundle.block).time;
  if (before === undefined) return proven("entry.time.until", { index, to });
  if (after?.height === before.height + 1) {
    return proven("entry.time.exact", { index, time: before.time });
  }
  return proven("entry.time.between", { index, from: before.time, to });
}

function* contentOf({ index, body, shown }: Held): Generator<Statement> {
  if (body !== undefined) yield proven("entry.body", { index });
  else if (shown === undefined) yield note("entry.body-hidden", { index });
  else {
    for (const { pointer, value } of shown.fields) {
      yield proven("entry.field", { index, pointer, value: text(encode(value)) ?? "" });
    }
    yield note("entry.fields", { index, shown: shown.fields.length });
  }
}

/** Registered, and perhaps revoked; or never registered. */
export function* aboutKey(facts: Facts, asked: Request): Generator<Statement> {
  const reference = asked.text("key");
  if (facts.head("key", reference)?.indexes.length === 0) {
    requireNamed("key", reference);
    yield proven("key.absent", { key: reference, size: facts.end });
  } else {
    yield* keyStatements(facts, reference);
  }
}

export function* notRevoked(facts: Facts, asked: Request): Generator<Statement> {
  const reference = asked.text("key");
  const head = facts.requiredHead("key", reference);
  if (head.indexes.length === 0) {
    throw new Refusal("bundle-head-missing", `key ${reference}: it is absent`);
  }
  requireTold(facts, head);
  const revokedAt = facts.signers.keys.get(reference)?.revokedAt;
  if (revokedAt !== undefined) {
    throw new Refusal("bundle-key-revoked", `entry ${revokedAt} revoked ${reference}`);
  }
  yield* keyStatements(facts, reference);
}

/** Whether a key was valid at an index: its head lists all that ever happened to it. */
export function* aboutKeyAt(facts: Facts, asked: Request): Generator<Statement> {
  const [reference, index] = [asked.text("key"), asked.number("index")];
  if (index > facts.end) {
    throw new Refusal("bundle-entry-missing", `entry ${index}, behind the checkpoint`);
  }
  const head = facts.requiredHead("key", reference);
  if (head.indexes.length === 0) {
    requireNamed("key", reference);
    yield proven("key.absent", { key: reference, size: facts.end });
    return;
  }
  requireTold(facts, head);
  yield* keyStatements(facts, reference);
  const found = facts.signers.keys.get(reference);
  if (found !== undefined) yield* keyAt(found, index);
}

function* keyAt(found: HeldKey, index: number): Generator<Statement> {
  const { reference: key, since, custody, revokedAt: ended, reason = "" } = found;
  const { bound, suspectFrom, untold } = found;
  const isTold = untold.every((one) => one >= index);
  if (index < since) yield proven("key.at.not-yet", { key, index });
  else if (ended !== undefined && ended < index) {
    yield proven("key.at.ended", { key, index, ended, reason });
  } else if (isTold) yield proven("key.at.valid", { key, index, custody });
  else yield authentic("key.at.maybe-ended", { key, index });
  if (bound !== undefined && bound[0] <= index) {
    yield authentic("key.at.bound", { key, index, bound: bound[0], anchor: bound[1] });
  } else yield state(isTold ? "proven" : "authentic", "key.at.self-held", { key, index });
  if (suspectFrom !== undefined && suspectFrom <= index) {
    yield note("key.at.suspect", { key, index, suspect: suspectFrom });
  }
}

/** Of each entry that a key's head lists, its body is here, or the fields that tell what it did to the key. */
function requireTold(facts: Facts, { name, indexes }: HeldHead): void {
  const key = facts.signers.keys.get(name);
  for (const index of indexes) {
    if (facts.entry(index).body !== undefined) continue;
    if (key !== undefined && !key.untold.includes(index)) continue;
    throw new Refusal("bundle-entry-missing", `the body of entry ${index}`);
  }
}

function* keyStatements(facts: Facts, reference: string): Generator<Statement> {
  const key = facts.signers.keys.get(reference);
  if (key === undefined) {
    throw new Refusal("bundle-entry-missing", `the registration of ${reference}`);
  }
  const { owner, since, revokedAt, reason = "", replacedBy } = key;
  yield proven("key.registered", { key: reference, owner, index: since });
  if (revokedAt !== undefined) {
    yield proven("key.revoked", { key: reference, index: revokedAt, reason });
    if (replacedBy !== undefined) {
      yield proven("key.replaced", { key: reference, index: revokedAt, by: replacedBy });
    }
  } else if (key.proven) yield proven("key.not-revoked", { key: reference, size: facts.end });
  else yield authentic("key.maybe-revoked", { key: reference });
}

/** A line is touched when a certificate comes to rest on it. */
export function* neverConfirmed(facts: Facts, asked: Request): Generator<Statement> {
  const [invoice, line] = [asked.text("invoice"), asked.number("line")];
  const [first] = facts.claimedHead("invoice line", `${invoice}#${line}`).indexes;
  if (first !== undefined) {
    const said = `entry ${first} confirmed line ${line} of ${invoice}`;
    throw new Refusal("bundle-was-confirmed", said);
  }
  yield proven("invoice-line.never-confirmed", { invoice, line, size: facts.end });
}

export function* aboutAbsent(facts: Facts, asked: Request): Generator<Statement> {
  const [kind, name] = [asked.text("kind"), asked.text("name")];
  const { length } = facts.claimedHead(kind, name).indexes;
  if (length > 0) {
    throw new Refusal("bundle-absence-false", `${length} entries touched ${kind} ${name}`);
  }
  yield proven("absent", { kind, name, size: facts.end });
}

export function* aboutItem(facts: Facts, asked: Request): Generator<Statement> {
  const item = asked.text("item");
  let count = 0;
  for (const held of facts.shown()) {
    const capture = bodyOf(held, "trace.capture/1");
    for (const [number, event] of listOf(capture?.["events"]).entries()) {
      const relation = isMembers(event) ? relationTo(event, item) : undefined;
      if (relation === undefined || !isMembers(event)) continue;
      count++;
      yield eventStatement(facts, held, item, number, event, relation);
    }
  }
  if (count === 0) throw new Refusal("bundle-entry-missing", `no event about ${item}`);
  yield authentic("custody.not-complete", { item, count });
}

/** How an event names an item, undefined if it does not. */
function relationTo(event: Members, item: string): string | undefined {
  const lists = (goods: string, lots: string): boolean =>
    listOf(event[goods]).includes(item) ||
    listOf(event[lots]).some((lot) => isMembers(lot) && lot["lot"] === item);
  if (lists("items", "lots")) return "item";
  if (event["parent"] === item) return "parent";
  if (lists("inputs", "input_lots")) return "input";
  return lists("outputs", "output_lots") ? "output" : undefined;
}

function eventStatement(
  facts: Facts,
  held: Held,
  item: string,
  number: number,
  event: Members,
  relation: string,
): Statement {
  const { author } = held.entry;
  return state(isApplied(facts.bundle, held) ? "proven" : "authentic", "custody.event", {
    item,
    index: held.index,
    event: number,
    time: String(event["time"]),
    type: String(event["type"]),
    step: textOrNull(member(event, "biz_step")),
    relation,
    author,
    organisation: facts.organisation(author),
    to: textOrNull(member(event, "destination")),
  });
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function textOrNull(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}
