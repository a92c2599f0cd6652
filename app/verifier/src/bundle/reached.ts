/**
 * Where genesis leads: the log key and the policy that are in force (bundle-format, Reached).
 *
 * This program does not follow acts of governance: it refuses a bundle that holds any, as that page allows.
 * That none was left out is shown by the head `governance`, `acts`.
 */
import { parseQuorumText, proveQuorum, requireOfPolicy } from "../bls";
import { isMembers, type Json, type Members } from "../canonical";
import { ED25519, PublicKey } from "../keys";
import { NoteKey } from "../note";
import { Policy } from "../policy";
import { Refusal } from "../refusal";
import type { Held, HeldHead } from "./held";

const actTypes = new Set(["ledger.policy/1", "ledger.rules/1", "ledger.epoch/1"]);

/** What is in force at the checkpoint. */
export interface Reached {
  readonly log: NoteKey;
  readonly policyText: string;
  readonly policy: Policy;
}

/** Throws `bundle-chain-refused`. */
export function reach(entries: Iterable<Held>, genesis: Members): Reached {
  for (const { index, entry } of entries) {
    if (actTypes.has(entry.type)) throw refused(`this page does not follow the act at ${index}`);
    if (index === 0 && entry.expires !== undefined) throw refused("genesis could have expired");
  }
  try {
    return fromGenesis(genesis);
  } catch (error) {
    if (error instanceof Refusal) throw refused(error.message);
    throw error;
  }
}

function fromGenesis(genesis: Members): Reached {
  const keys = ["log_key", "receipt_key", "root_key"].map((name) => namedKey(genesis[name]));
  const suites = genesis["suites"] as readonly Json[];
  if (keys.some((key) => !suites.includes(key.suite))) {
    throw refused("the keys of genesis must be of the suites that it admits");
  }
  const [key] = keys;
  if (key?.suite !== ED25519) throw refused("the log key must be an Ed25519 key");
  const policyText = String(genesis["policy"]);
  const policy = Policy.parse(policyText);
  policy.requireOfLog(keys);
  checkQuorum(genesis["quorum"], policy);
  return { log: new NoteKey("log", String(genesis["origin"]), key), policyText, policy };
}

/** Who signs quorum certificates: witnesses of the policy, each key proven by its holder. */
function checkQuorum(named: Json | undefined, policy: Policy): void {
  if (!isMembers(named)) return;
  const text = String(named["text"]);
  requireOfPolicy(parseQuorumText(text), policy);
  proveQuorum(text, (named["possessions"] as readonly Json[]).map(String));
}

/** The head of all acts says that there are none; throws `bundle-head-missing` or `bundle-chain-refused`. */
export function requireNoActs(heads: readonly HeldHead[]): void {
  const head = heads.find(({ kind, name }) => kind === "governance" && name === "acts");
  if (head === undefined) throw new Refusal("bundle-head-missing", "governance acts");
  if (head.indexes.length > 0) throw refused("the log lists acts of governance");
}

function namedKey(named: Json | undefined): PublicKey {
  return PublicKey.fromJwk(isMembers(named) ? named["jwk"] : undefined);
}

function refused(detail: string): Refusal {
  return new Refusal("bundle-chain-refused", detail);
}
