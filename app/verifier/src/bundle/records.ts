/**
 * Statements about a handle's record as of an entry, from the entries that wrote it alone.
 *
 * The head of the record lists all of them. What an entry says is taken from its body, or from the fields of
 * it that are shown; an entry of which neither is here, or only a part, may have changed what came before it.
 */

import { isMembers, type Json, type Members, member } from "../canonical";
import { Refusal } from "../refusal";
import { timeOf } from "./about";
import { bodyOf } from "./bodies";
import type { Facts } from "./facts";
import type { Held } from "./held";
import type { Request } from "./manifest";
import { authentic, note, proven, type Statement, state } from "./statements";

const createType = "identity.handle.create/1";
const writeType = "identity.handle.write/1";
const deleteType = "identity.handle.delete/1";
const renewType = "identity.handle.renew/1";
const types: readonly string[] = [createType, writeType, deleteType, renewType];
/** What touches the head of a record and never its values. */
const besideTypes: readonly string[] = [
  "identity.name.claim/1",
  "identity.name.release/1",
  "identity.name.contest/1",
  "identity.name.settle/1",
  "identity.relation.add/1",
  "identity.relation.remove/1",
  "identity.content.register/1",
];
const number = "(0|[1-9][0-9]{0,5})";
const listed = new RegExp(`^(/handles/${number})/handle$`);
const position = new RegExp(`^/values/${number}/index$`);
const removal = new RegExp(`^/remove/${number}$`);

type Flat = ReadonlyMap<string, Json>;

interface Value {
  readonly type: string;
  readonly data: string;
  readonly written: number;
}

export function* aboutRecord(facts: Facts, asked: Request): Generator<Statement> {
  const [handle, index] = [asked.text("handle"), asked.number("index")];
  if (index > facts.end) {
    throw new Refusal("bundle-entry-missing", `entry ${index}, behind the checkpoint`);
  }
  const head = facts.claimedHead("handle", fold(handle));
  const touched = head.indexes.map((one) => facts.entry(one));
  const wrote = touched.filter(({ entry }) => !besideTypes.includes(entry.type));
  const then = wrote.filter((held) => held.index <= index);
  if (then.length > 0) yield* new WrittenRecord(facts, handle).statements(then, index);
  else yield proven("record.absent", { handle, index });
  const beside = touched.filter((held) => held.index <= index).length - then.length;
  if (beside > 0) yield note("record.beside", { handle, entries: beside });
  const later = wrote.slice(then.length);
  const next = later[0]?.index;
  if (next !== undefined) yield proven("record.newer", { handle, count: later.length, next });
  else yield proven("record.newest", { handle, size: facts.end });
}

/** The record while its entries are read one after the other. */
class WrittenRecord {
  private readonly facts: Facts;
  private readonly handle: string;
  private readonly values = new Map<number, Value>();
  private hidden: number[] = [];
  private deleted: string | undefined;

  constructor(facts: Facts, handle: string) {
    this.facts = facts;
    this.handle = handle;
  }

  *statements(then: readonly Held[], index: number): Generator<Statement> {
    for (const held of then) this.take(held);
    const newest = then.at(-1);
    if (newest === undefined) return;
    const { index: since, entry } = newest;
    const version = then.length;
    yield proven("record", { handle: this.handle, index, version, since, author: entry.author });
    yield timeOf(this.facts, since);
    if (since !== index) yield timeOf(this.facts, index);
    yield* this.content();
  }

  private *content(): Generator<Statement> {
    const { handle, deleted, hidden, values } = this;
    if (deleted !== undefined) yield proven("record.deleted", { handle, reason: deleted });
    const last = hidden.at(-1) ?? -1;
    for (const [value, { type, data, written }] of [...values].sort(([a], [b]) => a - b)) {
      const grade = written >= last ? "proven" : "authentic";
      yield state(grade, "record.value", { value, type, data, written });
    }
    if (hidden.length > 0) yield authentic("record.hidden", { handle, entries: hidden.length });
    else yield proven("record.whole", { handle, count: values.size });
  }

  private take(held: Held): void {
    const { type } = held.entry;
    const known = types.includes(type);
    if (known && type !== writeType) {
      this.values.clear();
      this.hidden = [];
      this.deleted = undefined;
    }
    if (known && held.body !== undefined) {
      this.setWhole(held);
      return;
    }
    this.hidden.push(held.index);
    if (known && held.shown !== undefined) {
      this.setShown(held, new Map(held.shown.fields.map(({ pointer, value }) => [pointer, value])));
    }
  }

  private setWhole(held: Held): void {
    const said = this.said(held);
    if (said === undefined) {
      const told = `entry ${held.index} does not write ${this.handle}`;
      throw new Refusal("bundle-statement-refused", told);
    }
    if (held.entry.type === deleteType) {
      this.deleted = String(said["reason"]);
      return;
    }
    for (const index of listOf(said, "remove")) this.values.delete(Number(index));
    for (const value of listOf(said, "values")) {
      if (!isMembers(value)) continue;
      const [type, data] = [String(value["type"]), String(value["data"])];
      this.values.set(Number(value["index"]), { type, data, written: held.index });
    }
  }

  /** What a whole body says of this record. */
  private said(held: Held): Members | undefined {
    const body = bodyOf(held, held.entry.type);
    if (body === undefined) return undefined;
    const all = held.entry.type === createType ? listOf(body, "handles").filter(isMembers) : [body];
    return all.find((one) => this.isMine(one["handle"]));
  }

  private setShown(held: Held, flat: Flat): void {
    for (const place of this.places(flat)) {
      for (const [, index] of below(flat, place, removal)) this.values.delete(index);
      for (const [pointer, index] of below(flat, place, position)) {
        const start = pointer.slice(0, -"/index".length);
        const [type, data] = [flat.get(`${start}/type`), flat.get(`${start}/data`)];
        if (typeof type !== "string" || typeof data !== "string") continue;
        this.values.set(index, { type, data, written: held.index });
      }
    }
  }

  /** Pointers of the parts of a body that are about this handle, and say so. */
  private *places(flat: Flat): Generator<string> {
    for (const [pointer, value] of flat) {
      const place = pointer === "/handle" ? "" : listed.exec(pointer)?.[1];
      if (place !== undefined && this.isMine(value)) yield place;
    }
  }

  private isMine(handle: Json | undefined): boolean {
    return typeof handle === "string" && fold(handle) === fold(this.handle);
  }
}

/** Fields below a place of this form that hold an index. */
function below(flat: Flat, place: string, form: RegExp): [string, number][] {
  const found: [string, number][] = [];
  for (const [pointer, value] of flat) {
    if (!pointer.startsWith(place) || !form.test(pointer.slice(place.length))) continue;
    if (typeof value === "number") found.push([pointer, value]);
  }
  return found;
}

function listOf(body: Members, name: string): readonly Json[] {
  const value = member(body, name);
  return Array.isArray(value) ? value : [];
}

/** Handles are compared without regard to ASCII case. */
function fold(handle: string): string {
  return handle.replace(/[a-z]/g, (letter) => letter.toUpperCase());
}
