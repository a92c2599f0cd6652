/**
 * From genesis to what is in force: policies, rule sets and epochs as a chain (bundle-format, Reached).
 *
 * Each act is the next one and signed by a quorum of the governance keys in force at its index. A weak policy
 * that no quorum signed is in no chain. Whatever does not hold is refused as `bundle-chain-refused`.
 */
import { parseQuorumText, proveQuorum, requireOfPolicy } from "../bls";
import { bodyOf } from "../bundle/bodies";
import type { Held } from "../bundle/held";
import { type Bytes, concat, unhex, utf8 } from "../bytes";
import { encode, isMembers, type Json, type Members, member } from "../canonical";
import { checkSignature, pae } from "../entry";
import { ED25519, suites as everywhere, type PublicKey } from "../keys";
import { Policy, readable } from "../policy";
import { Refusal } from "../refusal";
import * as force from "./force";
import { openStopped, requireStart } from "./stop";

const actTypes = ["ledger.policy/1", "ledger.rules/1", "ledger.epoch/1"];

export interface Reached {
  readonly origin: string;
  /** Indexes of the acts, genesis aside. */
  readonly acts: readonly number[];
  /** By ascending `since`, genesis first. */
  readonly regimes: readonly force.Regime[];
  readonly operators: readonly force.Operator[];
}

/** Throws `bundle-chain-refused`. */
export async function reach(entries: Iterable<Held>, genesis: Members): Promise<Reached> {
  const chain = new Chain(genesis);
  const acts: number[] = [];
  try {
    await chain.begin();
    for (const held of entries) {
      if (held.entry.expires !== undefined && (held.index === 0 || isAct(held))) {
        throw refused(`entry ${held.index} could have expired`);
      }
      if (!isAct(held)) continue;
      acts.push(held.index);
      await chain.take(held);
    }
  } catch (error) {
    if (error instanceof Refusal) throw refused(error.message);
    throw error;
  }
  return { origin: chain.origin, acts, regimes: chain.regimes, operators: chain.operators };
}

function isAct(held: Held): boolean {
  return actTypes.includes(held.entry.type);
}

class Chain {
  readonly origin: string;
  readonly regimes: force.Regime[] = [];
  readonly operators: force.Operator[] = [];
  private readonly genesis: Members;
  private readonly root: readonly [string, PublicKey];
  private readonly suites: readonly string[];
  private readonly ruleSets: Set<string>;
  private rulesSince = 0;
  private number = 0;

  constructor(genesis: Members) {
    this.genesis = genesis;
    this.origin = String(genesis["origin"]);
    this.root = force.named(genesis["root_key"]);
    // Governance and receipts rest on what every program can check.
    this.suites = (genesis["suites"] as readonly string[]).filter((one) =>
      everywhere.includes(one),
    );
    this.ruleSets = new Set([String(genesis["rules"])]);
  }

  /** The rule of genesis, beside its signatures. */
  async begin(): Promise<void> {
    const { genesis } = this;
    const operator = force.operatorOf(this.origin, genesis, 0);
    const keys = [operator.log.key, operator.receipt, this.root[1]];
    if (keys.some((key) => !this.suites.includes(key.suite))) {
      throw refused("the keys of genesis must be of the suites that it admits");
    }
    if (operator.log.key.suite !== ED25519) throw refused("the log key must be an Ed25519 key");
    const policy = Policy.parse(String(genesis["policy"]));
    policy.requireOfLog(keys);
    checkQuorum(member(genesis, "quorum"), policy);
    if (Array.isArray(genesis["governance"])) await this.checkKeys(genesis, policy, keys);
    this.operators.push(operator);
    this.regimes.push(force.regimeOf(genesis, 0, this.root));
  }

  async take(held: Held): Promise<void> {
    const body = bodyOf(held, held.entry.type);
    if (body === undefined) throw refused(`the act at ${held.index} is here without its body`);
    const regime = force.at(this.regimes, held.index);
    const signed = await this.signedBy(held.entry.type, body, regime);
    if (held.entry.type === "ledger.policy/1") await this.newPolicy(held, body, regime, signed);
    else if (held.entry.type === "ledger.rules/1") this.switchRules(held, body, regime, signed);
    else await this.epoch(held, body, regime, signed);
    this.number += 1;
  }

  /** Whose governance keys signed; the act's number is the next one. */
  private async signedBy(
    entryType: string,
    body: Members,
    regime: force.Regime,
  ): Promise<ReadonlySet<string>> {
    if (regime.governors.length === 0) throw refused("nobody governs this log");
    if (body["number"] !== this.number + 1) {
      throw refused(`number ${body["number"]}, the next is ${this.number + 1}`);
    }
    const message = actBytes(this.origin, entryType, body);
    const found = new Set<string>();
    for (const row of rowsOf(body["signatures"])) {
      const governor = regime.governors.findLast(({ reference }) => reference === row["key"]);
      if (governor === undefined) throw refused(`${row["key"]} governs nothing now`);
      if (found.has(governor.witness)) throw refused(`${row["key"]} signed twice`);
      if (!(await governor.key.verifies(bytesOf(row["sig"]), message))) {
        throw refused(`the signature by ${row["key"]} does not verify`);
      }
      found.add(governor.witness);
    }
    return found;
  }

  private async newPolicy(
    held: Held,
    body: Members,
    regime: force.Regime,
    signed: ReadonlySet<string>,
  ): Promise<void> {
    const latest = Math.max(0, ...this.regimes.map(({ since }) => since));
    const since = sinceOf(held, body, latest);
    const policy = Policy.parse(String(body["policy"]));
    policy.requireOfLog(this.logKeys());
    await this.checkKeys(body, policy, this.logKeys());
    requireQuorum(signed, regime);
    this.regimes.push(force.regimeOf(body, since, this.root));
  }

  private switchRules(
    held: Held,
    body: Members,
    regime: force.Regime,
    signed: ReadonlySet<string>,
  ): void {
    const name = String(body["rules"]);
    if (this.ruleSets.has(name)) throw refused(`the rule set ${name} was in force before`);
    requireQuorum(signed, regime);
    this.rulesSince = sinceOf(held, body, this.rulesSince);
    this.ruleSets.add(name);
  }

  /** A new operator, where the witnesses of a quorum stopped the lost one. */
  private async epoch(
    held: Held,
    body: Members,
    regime: force.Regime,
    signed: ReadonlySet<string>,
  ): Promise<void> {
    if (body["size"] !== held.index) {
      throw refused(`it begins at ${body["size"]}, and this is index ${held.index}`);
    }
    const old = force.at(this.operators, held.index);
    const fresh = force.operatorOf(this.origin, body, held.index);
    await this.checkFresh(held, fresh, regime);
    const opened = [];
    for (const row of rowsOf(body["stopped"])) {
      opened.push(await openStopped(row, regime.policy, old.log));
    }
    const names = new Set(opened.map(({ witness }) => readable(witness)));
    if (names.size !== opened.length) throw refused("a witness's statement is there twice");
    const stopped = new Set([...signed].filter((name) => names.has(name)));
    requireQuorum(regime.policy.isNone ? signed : stopped, regime);
    if (opened.length > 0) requireStart(opened, held.index, bytesOf(body["root"]));
    this.operators.push(fresh);
  }

  /** The new keys are the log's own, acceptable, and were nobody's before; they alone sign the entry. */
  private async checkFresh(held: Held, fresh: force.Operator, regime: force.Regime): Promise<void> {
    const taken = [
      ...this.logKeys(),
      ...regime.governors.map(({ key }) => key),
      ...regime.policy.witnesses.map(({ cosigner }) => cosigner.key),
    ];
    const references = new Set(
      this.operators.flatMap((one) => [one.logReference, one.receiptReference]),
    );
    const both = new Map<string, PublicKey>();
    const named: [string, PublicKey, readonly Json[]][] = [
      [fresh.logReference, fresh.log.key, [ED25519]],
      [fresh.receiptReference, fresh.receipt, this.suites],
    ];
    for (const [reference, key, suites] of named) {
      const owner = reference.slice(reference.indexOf(":") + 1);
      const isTaken = references.has(reference) || taken.some((one) => one.equals(key));
      if (!suites.includes(key.suite) || owner !== this.genesis["log"] || isTaken) {
        throw refused(`${reference} is not a fresh key of the log`);
      }
      both.set(reference, key);
      taken.push(key);
      references.add(reference);
    }
    await requireSigned(held, both);
  }

  /** One governance key for each witness and no other; none of `taken`, and none that cosigns. */
  private async checkKeys(
    body: Members,
    policy: Policy,
    taken: readonly PublicKey[],
  ): Promise<void> {
    const rows = force.governanceKeys(body);
    const wanted = policy.isNone ? [] : policy.witnesses.map(({ name }) => readable(name));
    const given = rows.map((row) => String(row["witness"]));
    if (given.length !== wanted.length || new Set([...given, ...wanted]).size !== given.length) {
      throw refused("there is not one governance key for each witness");
    }
    const used = [...taken, ...policy.witnesses.map(({ cosigner }) => cosigner.key)];
    const references = new Set<string>();
    for (const row of rows) {
      const [reference, key] = force.named(row);
      if (!this.suites.includes(key.suite))
        throw refused(`${reference}: its suite is not admitted`);
      if (references.has(reference) || used.some((one) => one.equals(key))) {
        throw refused(`${reference} is used for something else`);
      }
      const said = encode([this.origin, String(row["witness"]), reference]);
      const message = concat(utf8("tallystick/governance-key/v1\n"), said);
      if (!(await key.verifies(bytesOf(row["proof"]), message))) {
        throw refused(`${reference} did not sign that it governs this log`);
      }
      used.push(key);
      references.add(reference);
    }
  }

  /** Every key that the log's operators and its root authority ever had. */
  private logKeys(): PublicKey[] {
    return [this.root[1], ...this.operators.flatMap((one) => [one.log.key, one.receipt])];
  }
}

/** What governance keys sign of an act: everything but the signatures, with what is left out by default. */
function actBytes(origin: string, entryType: string, body: Members): Bytes {
  const act: Members = {};
  for (const [name, value] of Object.entries(body)) {
    if (name !== "signatures" && value !== null) act[name] = value;
  }
  if (Object.hasOwn(act, "stopped")) {
    act["stopped"] = rowsOf(act["stopped"]).map((row) => ({
      checkpoint: "",
      consistency: [],
      ...row,
    }));
  }
  return concat(utf8("tallystick/governance/v1\n"), encode({ origin, type: entryType, act }));
}

/** From which index on an act holds: behind its entry, and behind what is still to come. */
function sinceOf(held: Held, body: Members, latest: number): number {
  const told = member(body, "from_index");
  const since = typeof told === "number" ? told : held.index + 1;
  if (since <= Math.max(held.index, latest)) throw refused(`from ${since} is too late`);
  return since;
}

function requireQuorum(names: ReadonlySet<string>, { policy, governors }: force.Regime): void {
  if (policy.isNone) {
    if (names.size === 0) throw refused("the root authority's key has not signed");
    return;
  }
  const known = policy.witnesses.map(({ name }) => name);
  const signed = new Set(known.filter((name) => names.has(readable(name))));
  if (governors.length === 0 || !policy.judge(signed).met) {
    throw refused("those who signed are no quorum");
  }
}

/** Every signature of the entry is by one of these keys, and each of them signed. */
async function requireSigned(held: Held, keys: ReadonlyMap<string, PublicKey>): Promise<void> {
  const { signatures, payload } = held.envelope;
  if (signatures.length !== keys.size) throw refused("its two keys have not signed it alone");
  for (const signature of signatures) {
    const key = keys.get(signature.keyid);
    if (key === undefined) throw refused(`${signature.keyid} is none of its keys`);
    await checkSignature(signature, key, pae(payload));
  }
}

/** Who signs quorum certificates: witnesses of the policy, each key proven by its holder. */
function checkQuorum(told: Json | undefined, policy: Policy): void {
  if (!isMembers(told)) return;
  const text = String(told["text"]);
  requireOfPolicy(parseQuorumText(text), policy);
  proveQuorum(text, (told["possessions"] as readonly Json[]).map(String));
}

function rowsOf(value: Json | undefined): Members[] {
  return Array.isArray(value) ? value.filter(isMembers) : [];
}

function bytesOf(value: Json | undefined): Bytes {
  return unhex(String(value)) ?? new Uint8Array();
}

function refused(detail: string): Refusal {
  return new Refusal("bundle-chain-refused", detail);
}
