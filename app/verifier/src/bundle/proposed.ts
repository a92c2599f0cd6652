/**
 * What several persons decided, as a bundle shows it: a decision, and the proposal that it names by its payload
 * hash. Either is here with its body, or with the fields of it that speak of keys.
 */
import { decodeObject, isMembers, type Json, type Members } from "../canonical";
import { type Form, fitsForm } from "./bodies";
import type { Bundle, Held } from "./held";
import type { ShownField } from "./shown";

const proposeType = "identity.propose/1";
const decideType = "identity.decide/1";
/** In a pointer: what is asked for stands less deep. */
const stepsMax = 16;

/** Of a bundle, its entries by the hash of what was signed. */
const byPayload = new WeakMap<Bundle, ReadonlyMap<string, Held>>();

/** The member `what` of the proposal that an applied approval completed, if the bundle shows it and it is about keys. */
export function approved(bundle: Bundle, held: Held): Members | undefined {
  const said = part(held, decideType, "approval");
  const proposal = said && entryNamed(bundle, String(said["proposal"]));
  const found =
    proposal &&
    (part(proposal, proposeType, "dismissal") ?? part(proposal, proposeType, "admission"));
  const what = found?.["what"];
  return isMembers(what) ? what : undefined;
}

export function entryNamed(bundle: Bundle, payloadHash: string): Held | undefined {
  const found =
    byPayload.get(bundle) ??
    new Map([...bundle.entries.values()].map((held) => [held.payloadHash, held]));
  byPayload.set(bundle, found);
  return found.get(payloadHash);
}

/** The object that an entry's body is, or that the shown fields make, if the form of a part fits. */
export function part(held: Held, entryType: string, form: Form): Members | undefined {
  if (held.entry.type !== entryType) return undefined;
  const told = held.body ? decodeObject(held.body) : unfolded(held.shown?.fields ?? []);
  return isMembers(told) && fitsForm(told, form) ? told : undefined;
}

class Inner {
  readonly held = new Map<string, Inner | Json>();
}

/**
 * The object that has these fields (RFC 6901 pointers); names that are 0, 1, … n without a gap are a list's.
 *
 * Undefined if a field stands inside another, which no body has, or deeper than anything that is asked for.
 */
export function unfolded(
  fields: Iterable<Pick<ShownField, "pointer" | "value">>,
): Json | undefined {
  const root = new Inner();
  for (const { pointer, value } of fields) {
    const [first, ...steps] = pointer.split("/").map(nameOf);
    const last = steps.pop();
    if (first !== "" || last === undefined || steps.length >= stepsMax) return undefined;
    let at = root;
    for (const step of steps) {
      const next = at.held.get(step) ?? (at.held.has(step) ? null : new Inner());
      if (!(next instanceof Inner)) return undefined;
      at.held.set(step, next);
      at = next;
    }
    if (at.held.has(last)) return undefined;
    at.held.set(last, value);
  }
  return listed(root);
}

function listed(value: Inner | Json): Json {
  if (!(value instanceof Inner)) return value;
  const { held } = value;
  const names = [...held.keys()].map((_, number) => String(number));
  if (names.every((name) => held.has(name))) {
    return names.map((name) => listed(held.get(name) ?? null));
  }
  return Object.fromEntries([...held].map(([name, one]) => [name, listed(one)]));
}

function nameOf(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
