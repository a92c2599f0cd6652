/** How a certificate was issued: by two persons, or by its issuer's software within a policy that two persons signed. */
import { Refusal } from "../refusal";
import { isApplied } from "./applied";
import { bodyOf } from "./bodies";
import type { Facts } from "./facts";
import type { Held } from "./held";
import { entryNamed, part } from "./proposed";
import { note, proven, type Statement, type Value } from "./statements";

const nameForm = /^([^\n]+)#C-(0|[1-9][0-9]{0,14})$/;
const policyForm = /^([^\n]+)#SP-(0|[1-9][0-9]{0,14})$/;

/** What was promised, and the statements about the policy, if there is one. */
export interface Issue {
  readonly issuer: string;
  readonly index: number;
  readonly face: number;
  readonly currency: string;
  readonly dueOn: string;
  readonly invoice: string;
  readonly under: readonly Statement[];
}

type Told = Readonly<Record<string, unknown>>;

/** Throws `bundle-entry-missing`, or `bundle-statement-refused` where one entry contradicts another. */
export function issueOf(facts: Facts, name: string): Issue {
  const [, issuer, number] = nameForm.exec(name) ?? [];
  if (issuer === undefined || number === undefined) {
    throw new Refusal("bundle-manifest-refused", `${name} is no name of a certificate`);
  }
  const index = Number(number);
  const held = facts.entry(index);
  const confirm = bodyOf(held, "finance.policy.confirm/1");
  if (confirm !== undefined) {
    requireBy(facts, held, issuer);
    const [currency, under] = underPolicy(facts, held, issuer, confirm);
    return issue(issuer, index, { ...confirm, currency }, under);
  }
  const approve = bodyOf(held, "finance.confirm.approve/1");
  if (approve === undefined) throw missing(`the approval at ${index}, with its body`);
  requireBy(facts, held, issuer);
  const proposed = facts.named(String(approve["proposal"]), "finance.confirm.propose/1");
  if (proposed === undefined) throw missing(`the proposal ${approve["proposal"]}`);
  return issue(issuer, index, proposed[1], []);
}

function issue(issuer: string, index: number, told: Told, under: readonly Statement[]): Issue {
  return {
    issuer,
    index,
    face: Number(told["amount"]),
    currency: String(told["currency"]),
    dueOn: String(told["due_on"]),
    invoice: String(told["invoice"]),
    under,
  };
}

/** The currency of the policy under which it was issued, and what is said of it, once the entry keeps to it. */
function underPolicy(
  facts: Facts,
  held: Held,
  issuer: string,
  confirm: Told,
): [string, readonly Statement[]] {
  const policy = String(confirm["policy"]);
  const [, owner, number] = policyForm.exec(policy) ?? [];
  if (owner !== issuer || Number(number) >= held.index) {
    throw contradicted(`${policy} is no policy of ${issuer} before it`);
  }
  const approval = facts.entry(Number(number));
  const signed = part(approval, "finance.policy.approve/1", "signed-policy");
  const proposal = signed && entryNamed(facts.bundle, String(signed["proposal"]));
  const terms = proposal && part(proposal, "finance.policy.propose/1", "policy-terms");
  if (proposal === undefined || terms === undefined) {
    throw missing(`the policy ${policy}, with its terms`);
  }
  for (const one of [approval, proposal]) requireBy(facts, one, issuer);
  if (approval.entry.author === proposal.entry.author || terms["organisation"] !== issuer) {
    throw contradicted(`${policy} is not by two persons of ${issuer}`);
  }
  if (held.entry.author !== terms["service"]) {
    throw contradicted(`entry ${held.index} is not by ${terms["service"]}`);
  }
  if (Number(confirm["amount"]) > Number(terms["certificate_max"])) {
    throw contradicted(`entry ${held.index} confirms more than ${policy}`);
  }
  requireNotStopped(facts, held, policy);
  return [String(terms["currency"]), told(policy, approval, proposal, terms)];
}

function told(policy: string, approval: Held, proposal: Held, terms: Told): readonly Statement[] {
  const members = {
    policy,
    service: String(terms["service"]),
    by: proposal.entry.author,
    approver: approval.entry.author,
    certificate_max_minor: Number(terms["certificate_max"]),
    supplier_max_minor: cap(terms["supplier_max"]),
    day_max_minor: cap(terms["day_max"]),
    total_max_minor: cap(terms["total_max"]),
    currency: String(terms["currency"]),
    until: String(terms["until"]),
    index: approval.index,
  };
  return [proven("certificate.policy", members), note("certificate.policy-room", { policy })];
}

/** Null where whoever has the bundle is not told. */
function cap(value: unknown): Value {
  return typeof value === "number" ? value : null;
}

function requireBy(facts: Facts, held: Held, issuer: string): void {
  if (!isApplied(facts.bundle, held)) {
    throw contradicted(`the log may have refused entry ${held.index}`);
  }
  if (facts.acting(held.entry.author) !== issuer) {
    throw contradicted(`entry ${held.index} is not by ${issuer}`);
  }
}

function requireNotStopped(facts: Facts, held: Held, policy: string): void {
  for (const one of facts.applied()) {
    const stop = bodyOf(one, "finance.policy.stop/1");
    if (one.index < held.index && stop?.["policy"] === policy) {
      throw contradicted(`entry ${one.index} stopped ${policy} before it`);
    }
  }
}

function missing(detail: string): Refusal {
  return new Refusal("bundle-entry-missing", detail);
}

function contradicted(detail: string): Refusal {
  return new Refusal("bundle-statement-refused", detail);
}
