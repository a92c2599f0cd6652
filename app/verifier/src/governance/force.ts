/** What is in force at an index: policy and governance keys, log and receipt key (formats, Governance). */
import { isMembers, type Json, type Members, member } from "../canonical";
import { PublicKey } from "../keys";
import { NoteKey } from "../note";
import { Policy } from "../policy";

/** The key by which a witness's operator governs; `root` under the policy `none`. */
export interface Governor {
  readonly witness: string;
  readonly reference: string;
  readonly key: PublicKey;
}

/** A policy, who may change it, and from which index on it is in force. No governors: nobody may. */
export interface Regime {
  readonly since: number;
  readonly text: string;
  readonly policy: Policy;
  readonly governors: readonly Governor[];
}

/** Whose checkpoints count from index `since` on. */
export interface Operator {
  readonly since: number;
  readonly log: NoteKey;
  readonly logReference: string;
  readonly receipt: PublicKey;
  readonly receiptReference: string;
}

/** A key as a body names it: reference and JWK. */
export function named(value: Json | undefined): [string, PublicKey] {
  const told = isMembers(value) ? value : {};
  return [String(told["key"]), PublicKey.fromJwk(told["jwk"])];
}

export function operatorOf(origin: string, body: Members, since: number): Operator {
  const [logReference, log] = named(body["log_key"]);
  const [receiptReference, receipt] = named(body["receipt_key"]);
  return {
    since,
    log: new NoteKey("log", origin, log),
    logReference,
    receipt,
    receiptReference,
  };
}

/** The regime that a body with `policy` and perhaps `governance` begins. */
export function regimeOf(body: Members, since: number, root: readonly [string, PublicKey]): Regime {
  const text = String(body["policy"]);
  const policy = Policy.parse(text);
  if (policy.isNone) {
    const [reference, key] = root;
    return { since, text, policy, governors: [{ witness: "root", reference, key }] };
  }
  const governors = governanceKeys(body).map((row) => {
    const [reference, key] = named(row);
    return { witness: String(row["witness"]), reference, key };
  });
  return { since, text, policy, governors };
}

export function governanceKeys(body: Members): Members[] {
  const rows = member(body, "governance");
  return Array.isArray(rows) ? rows.filter(isMembers) : [];
}

/** The newest of these whose `since` is not behind an index. */
export function at<T extends { readonly since: number }>(rows: readonly T[], index: number): T {
  const [first, ...rest] = rows;
  if (first === undefined) throw new Error("genesis is in force from the start");
  return rest.reduce(
    (found, row) => (row.since <= index && row.since >= found.since ? row : found),
    first,
  );
}
