/**
 * Who signed the entries of a bundle: step 10 of docs/reference/bundle-format.md.
 *
 * Every signature must verify, by a key whose registration is in the bundle. A signature counts if its key
 * was registered at or before the entry, may sign its type, and was not revoked before it. That it was not
 * is proven only by the key's head; without it somebody may have left the revocation out.
 */
import { checkSignature, pae } from "../entry";
import { SM2 } from "../keys";
import { Refusal } from "../refusal";
import type { Bundle, Held } from "./held";
import { type HeldKey, readKeys } from "./lives";
import { authentic, proven, type Statement } from "./statements";
import type { Step } from "./step";

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
