/** What the entries of a bundle say, as statements look it up. */
import { isMembers, type Members } from "../canonical";
import { isNamed } from "../names";
import { Refusal } from "../refusal";
import { isApplied } from "./applied";
import { bodyOf } from "./bodies";
import { type Bundle, endOf, type Held, type HeldHead, headOf } from "./held";
import { approved, entryNamed } from "./proposed";
import type { Signers } from "./signers";

/** A bundle whose signatures are verified. */
export class Facts {
  readonly bundle: Bundle;
  readonly signers: Signers;
  /** Index of the last block: up to it heads are complete. */
  readonly end: number;
  private readonly organisations: ReadonlyMap<string, string>;

  constructor(bundle: Bundle, signers: Signers) {
    this.bundle = bundle;
    this.signers = signers;
    this.end = endOf(bundle);
    this.organisations = organisationsOf(bundle);
  }

  /** Throws `bundle-entry-missing`. */
  entry(index: number): Held {
    const held = this.bundle.entries.get(index);
    if (held === undefined) throw new Refusal("bundle-entry-missing", `entry ${index}`);
    return held;
  }

  head(kind: string, name: string): HeldHead | undefined {
    return headOf(this.bundle, kind, name);
  }

  /** Throws `bundle-head-missing`. */
  requiredHead(kind: string, name: string): HeldHead {
    const head = this.head(kind, name);
    if (head === undefined) throw new Refusal("bundle-head-missing", `${kind} ${name}`);
    return head;
  }

  /** Of what may be absent; throws `bundle-claim-misnamed` or `bundle-head-missing`. */
  claimedHead(kind: string, name: string): HeldHead {
    requireNamed(kind, name);
    return this.requiredHead(kind, name);
  }

  /** Of all entries that a head lists; throws `bundle-entry-missing`. */
  requireBodies(head: HeldHead): void {
    for (const index of head.indexes) {
      if (this.entry(index).body !== undefined) continue;
      throw new Refusal("bundle-entry-missing", `the body of entry ${index}`);
    }
  }

  /** The entry of this type that a hash names, with its body. */
  named(payloadHash: string, entryType: string): [Held, Members] | undefined {
    const held = entryNamed(this.bundle, payloadHash);
    const body = held && bodyOf(held, entryType);
    return held && body ? [held, body] : undefined;
  }

  /** Entries with their body, by ascending index. */
  shown(): Held[] {
    return [...this.bundle.entries.values()].filter((held) => held.body !== undefined);
  }

  /** Those of them that the log took into effect. */
  applied(): Held[] {
    return this.shown().filter((held) => isApplied(this.bundle, held));
  }

  /** The organisation of somebody who acts on certificates; throws `bundle-entry-missing`. */
  acting(person: string): string {
    const found = this.organisations.get(person);
    if (found !== undefined) return found;
    throw new Refusal("bundle-entry-missing", `the registration of ${person}`);
  }

  /** The organisation of a person or device; any other handle speaks for itself. */
  organisation(handle: string): string {
    return this.organisations.get(handle) ?? handle;
  }
}

/** Of a name that the log would write otherwise, absence proves nothing. Throws `bundle-claim-misnamed`. */
export function requireNamed(kind: string, name: string): void {
  if (!isNamed(kind, name)) throw new Refusal("bundle-claim-misnamed", `${kind} ${name}`);
}

function organisationsOf(bundle: Bundle): Map<string, string> {
  const found = new Map<string, string>();
  for (const held of bundle.entries.values()) {
    if (!isApplied(bundle, held)) continue;
    for (const [name, organisation] of registeredBy(bundle, held)) {
      if (!found.has(name)) found.set(name, organisation);
    }
  }
  return found;
}

/** Persons and devices that an applied entry registers, with their organisation. */
function registeredBy(bundle: Bundle, held: Held): [string, string][] {
  const person = bodyOf(held, "identity.person.add/1");
  const device = bodyOf(held, "identity.device.add/1") ?? bodyOf(held, "identity.device.enrol/1");
  const told = person ?? device;
  if (told) {
    return [[String(person ? person["person"] : told["device"]), String(told["organisation"])]];
  }
  const what = approved(bundle, held);
  const people = what?.["kind"] === "admit" ? what["people"] : [];
  return (Array.isArray(people) ? people : [])
    .filter(isMembers)
    .map((one) => [String(one["person"]), String(what?.["organisation"])]);
}
