/**
 * How each key of a bundle begins and ends, by the entries that say so: step 9 of docs/reference/bundle-format.md.
 *
 * Of a key whose head is here, every entry that ever touched it is here too. Each of them must be understood: an
 * entry that did something to a key which the bundle does not tell leaves open whether the key goes on.
 */
import { isMembers, type Json, type Members, member } from "../canonical";
import { at as inForce } from "../governance/force";
import { PublicKey } from "../keys";
import { Refusal, refusedAs } from "../refusal";
import { isApplied } from "./applied";
import { bodyOf } from "./bodies";
import classes from "./classes.json";
import type { Bundle, Held } from "./held";
import { approved } from "./proposed";

const rotateKey = "identity.key.rotate/1";
const decideType = "identity.decide/1";
/** A person's keys end for this reason, however the entry words it. */
const left = "left";

/**
 * A key as the bundle shows it. `proven`: its head is here, and of every entry that it lists the bundle tells what
 * it did to the key. `untold`: those of which it does not, and the registration if the head does not list it.
 */
export interface HeldKey {
  readonly reference: string;
  readonly owner: string;
  readonly key: PublicKey;
  readonly types: readonly string[];
  readonly custody: string;
  readonly since: number;
  readonly proven: boolean;
  readonly untold: readonly number[];
  readonly revokedAt?: number;
  readonly reason?: string;
  readonly replacedBy?: string;
  readonly suspectFrom?: number;
  /** The entry that bound it to a certificate, and the anchor that this entry names. */
  readonly bound?: readonly [number, string];
}

/** Why a key ends, what took its place, and from where on it is suspect. */
interface End {
  readonly reason: string;
  readonly by?: string;
  readonly suspectFrom?: Json | undefined;
}

/** All keys of a bundle, by reference; throws `bundle-key-refused`. */
export function readKeys(bundle: Bundle): ReadonlyMap<string, HeldKey> {
  return new Lives(bundle).read();
}

type Way = (lives: Lives, held: Held) => void;

/** Every entry type that begins, ends or binds keys. */
const ways: Readonly<Record<string, Way>> = {
  "ledger.genesis/1": (lives, held) => lives.genesis(held),
  "ledger.policy/1": (lives, held) => lives.governors(held, lives.body(held)),
  "ledger.epoch/1": (lives, held) => lives.epoch(held),
  "identity.key.add/1": (lives, held) => lives.register(held, lives.body(held)),
  "identity.key.rotate/1": (lives, held) => lives.rotate(held),
  "identity.key.revoke/1": (lives, held) => lives.revoke(held),
  "identity.key.bind/1": (lives, held) => lives.bind(held),
  "identity.person.leave/1": (lives, held) => lives.leave(held),
  [decideType]: (lives, held) => lives.decide(held),
  "identity.device.enrol/1": (lives, held) => lives.enrol(held),
  "identity.device.retire/1": (lives, held) => lives.retire(held),
  "identity.device.suspend/1": (lives, held) => lives.suspend(held),
};

/** Keys while the entries are read one after the other. */
class Lives {
  private readonly bundle: Bundle;
  private readonly heads: ReadonlyMap<string, readonly number[]>;
  private readonly found = new Map<string, HeldKey>();
  private readonly owned = new Map<string, string[]>();
  private readonly told = new Map<string, Set<number>>();

  constructor(bundle: Bundle) {
    this.bundle = bundle;
    const heads = bundle.heads.filter(({ kind }) => kind === "key");
    this.heads = new Map(heads.map(({ name, indexes }) => [name, indexes]));
  }

  read(): ReadonlyMap<string, HeldKey> {
    for (const held of this.bundle.entries.values()) {
      const way = Object.hasOwn(ways, held.entry.type) ? ways[held.entry.type] : undefined;
      const isShown = held.body !== undefined || held.entry.type === decideType;
      if (way && isShown && isApplied(this.bundle, held)) way(this, held);
    }
    for (const [reference, key] of this.found) this.found.set(reference, this.judged(key));
    return this.found;
  }

  private judged(key: HeldKey): HeldKey {
    const indexes = this.heads.get(key.reference);
    if (indexes === undefined) return key;
    const told = this.told.get(key.reference);
    const untold = indexes.filter((index) => !told?.has(index));
    if (!indexes.includes(key.since)) untold.push(key.since);
    return { ...key, proven: untold.length === 0, untold };
  }

  genesis(held: Held): void {
    if (held.index !== 0) return;
    const { genesis } = this.bundle;
    for (const [name, custody, types] of [
      ["log_key", "node", ["ledger.*"]],
      ["receipt_key", "node", []],
      ["root_key", "self", ["*"]],
    ] as const) {
      const named = genesis[name];
      if (!isMembers(named)) continue;
      const key = PublicKey.fromJwk(named["jwk"]);
      this.begin(held, String(named["key"]), key, custody, types);
    }
    this.governors(held, genesis);
  }

  /** They sign acts and no entry, and are registered where nobody has their reference: their heads say so. */
  governors(held: Held, body: Members): void {
    const named = member(body, "governance");
    for (const row of Array.isArray(named) ? named : []) {
      const reference = isMembers(row) ? String(row["key"]) : "";
      if (this.found.has(reference) || this.heads.get(reference)?.[0] !== held.index) continue;
      const jwk = isMembers(row) ? row["jwk"] : undefined;
      const key = refusedAs("bundle-key-refused", () => PublicKey.fromJwk(jwk));
      this.begin(held, reference, key, "self", []);
    }
  }

  /** Each epoch registers the new operator's keys, and ends the lost one's. */
  epoch(held: Held): void {
    const { operators } = this.bundle.reached;
    const old = inForce(operators, held.index - 1);
    for (const reference of [old.logReference, old.receiptReference]) {
      this.end(held, reference, { reason: "epoch" });
    }
    const fresh = inForce(operators, held.index);
    this.begin(held, fresh.logReference, fresh.log.key, "node", ["ledger.*"]);
    this.begin(held, fresh.receiptReference, fresh.receipt, "node", []);
  }

  rotate(held: Held): void {
    const body = this.body(held);
    this.register(held, body);
    const by = String(body["key"]);
    this.end(held, String(body["old"]), {
      reason: "replaced",
      by,
      suspectFrom: member(body, "suspect_from"),
    });
  }

  revoke(held: Held): void {
    const body = this.body(held);
    const reason = String(body["reason"]);
    this.end(held, String(body["key"]), { reason, suspectFrom: member(body, "suspect_from") });
  }

  bind(held: Held): void {
    const body = this.body(held);
    const key = this.found.get(String(body["key"]));
    if (key === undefined || key.bound !== undefined) return;
    this.set(held, { ...key, bound: [held.index, String(body["anchor"])] });
  }

  leave(held: Held): void {
    this.endAll(held, String(this.body(held)["person"]), { reason: left });
  }

  /** A device begins with its first key; the keys of the one whose place it takes end. */
  enrol(held: Held): void {
    const body = this.body(held);
    const replaced = member(body, "replaces");
    if (typeof replaced === "string") this.endAll(held, replaced, { reason: "replaced" });
    const types = (classes as Readonly<Record<string, string[]>>)[String(body["purpose"])] ?? [];
    const custody = member(body, "custody") ?? "self";
    this.register(held, { key: body["key"] ?? null, jwk: body["jwk"] ?? null, custody, types });
  }

  retire(held: Held): void {
    const body = this.body(held);
    const end = { reason: String(body["reason"]), suspectFrom: member(body, "suspect_from") };
    this.endAll(held, String(body["device"]), end);
  }

  /** Of the device's keys, those that signed what it shows: they alone list this entry. */
  suspend(held: Held): void {
    for (const reference of this.owned.get(String(this.body(held)["device"])) ?? []) {
      if (!this.heads.get(reference)?.includes(held.index)) continue;
      this.end(held, reference, { reason: "cloned" });
    }
  }

  decide(held: Held): void {
    const body = held.body === undefined ? undefined : this.body(held);
    const told = body && member(body, "recovered");
    if (isMembers(told)) {
      this.register(held, told);
      const by = String(told["key"]);
      const end = { reason: String(told["reason"]), by, suspectFrom: member(told, "suspect_from") };
      this.end(held, String(told["lost"]), end);
      return;
    }
    const what = approved(this.bundle, held);
    if (what?.["kind"] === "dismiss") {
      for (const reference of this.owned.get(String(what["person"])) ?? []) {
        if (this.mayTouch(held, reference)) this.end(held, reference, { reason: left });
      }
    }
    for (const one of what?.["kind"] === "admit" ? listOf(what["people"]) : []) {
      for (const key of listOf(one["keys"])) {
        if (!this.mayTouch(held, String(key["key"]))) continue;
        this.register(held, { ...key, types: ["*"] });
      }
    }
  }

  /** The body in its form; throws `bundle-key-refused`. */
  body(held: Held): Members {
    const found = bodyOf(held, held.entry.type);
    if (found !== undefined) return found;
    throw new Refusal("bundle-key-refused", `the body of entry ${held.index}`);
  }

  register(held: Held, body: Members): void {
    const key = refusedAs("bundle-key-refused", () => registered(body));
    const types = listOfTexts(body["types"]);
    // Every key may sign its own replacement.
    const all = types.length > 0 ? [...types, rotateKey] : [];
    this.begin(held, String(body["key"]), key, String(body["custody"]), all);
  }

  private begin(
    held: Held,
    reference: string,
    key: PublicKey,
    custody: string,
    types: readonly string[],
  ): void {
    if (this.found.has(reference)) {
      const said = `${reference} is registered again by entry ${held.index}`;
      throw new Refusal("bundle-key-refused", said);
    }
    const owner = reference.slice(reference.indexOf(":") + 1);
    this.owned.set(owner, [...(this.owned.get(owner) ?? []), reference]);
    const since = held.index;
    this.set(held, { reference, owner, key, types, custody, since, proven: false, untold: [] });
  }

  /** The first end of a key holds; one whose registration is not here has none. */
  private end(held: Held, reference: string, { reason, by, suspectFrom }: End): void {
    const key = this.found.get(reference);
    if (key === undefined || key.revokedAt !== undefined) return;
    this.set(held, {
      ...key,
      revokedAt: held.index,
      reason,
      ...(by === undefined ? {} : { replacedBy: by }),
      ...(typeof suspectFrom === "number" ? { suspectFrom } : {}),
    });
  }

  /** Every key that its owner has. */
  private endAll(held: Held, owner: string, end: End): void {
    for (const reference of this.owned.get(owner) ?? []) this.end(held, reference, end);
  }

  /** Whether the key's head lists the entry, or is not here to tell. */
  private mayTouch(held: Held, reference: string): boolean {
    return this.heads.get(reference)?.includes(held.index) !== false;
  }

  private set(held: Held, key: HeldKey): void {
    this.found.set(key.reference, key);
    const told = this.told.get(key.reference) ?? new Set();
    this.told.set(key.reference, told.add(held.index));
  }
}

function registered(body: Members): PublicKey {
  const key = PublicKey.fromJwk(body["jwk"]);
  const site = member(body, "webauthn");
  if (!isMembers(site)) return key;
  return key.asPasskey({ rpId: String(site["rp_id"]), origin: String(site["origin"]) });
}

function listOf(value: Json | undefined): Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : [];
}

function listOfTexts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
