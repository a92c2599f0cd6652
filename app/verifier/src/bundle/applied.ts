/** Whether the log took an entry into effect (docs/reference/bundle-format.md, Applied). */
import type { Bundle, Held } from "./held";

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
