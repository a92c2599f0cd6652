/**
 * Statements about a certificate: issue, transfers, financings and payment, with amounts, from the acts alone.
 *
 * Amounts move by accepted transfers (sales among them) and disbursements, end by cancellations that both agreed,
 * and by nothing else; which cents they are, only the rules know (`tallystick verify --replay`).
 */
import { compare, utf8 } from "../bytes";
import type { Members } from "../canonical";
import { Refusal } from "../refusal";
import { bodyOf } from "./bodies";
import type { Facts } from "./facts";
import type { Held, HeldHead } from "./held";
import { type Issue, issueOf } from "./issued";
import type { Request } from "./manifest";
import { proven, type Statement, state, type Value } from "./statements";

export function* aboutCertificate(facts: Facts, asked: Request): Generator<Statement> {
  yield* new Life(facts, asked.text("certificate")).statements();
}

/** What the acts so far add up to, in minor units. */
interface Sums {
  readonly balances: Map<string, number>;
  accepted: boolean;
  refused: boolean;
  transfers: number;
  moved: bigint;
  financings: number;
  paid: number;
  early: number;
  cancelled: number;
  together: boolean;
  original: string;
}

/** By whom, to whom, and what for how much. */
interface Quoted {
  readonly bank: string;
  readonly holder: string;
  readonly amount: number;
  readonly net: number;
}

class Life {
  private readonly facts: Facts;
  private readonly name: string;
  private readonly issue: Issue;
  private readonly head: HeldHead | undefined;
  private readonly sums: Sums = {
    balances: new Map(),
    accepted: false,
    refused: false,
    transfers: 0,
    moved: 0n,
    financings: 0,
    paid: 0,
    early: 0,
    cancelled: 0,
    together: false,
    original: "",
  };

  constructor(facts: Facts, name: string) {
    [this.facts, this.name, this.issue] = [facts, name, issueOf(facts, name)];
    this.head = facts.head("certificate", name);
  }

  *statements(): Generator<Statement> {
    this.checkHead();
    yield proven("certificate.issued", {
      certificate: this.name,
      issuer: this.issue.issuer,
      face_minor: this.issue.face,
      currency: this.issue.currency,
      due_on: this.issue.dueOn,
      invoice: this.issue.invoice,
      index: this.issue.index,
    });
    yield* this.issue.under;
    for (const held of this.facts.applied()) yield* this.act(held);
    yield* this.summary();
  }

  private checkHead(): void {
    if (this.head?.indexes.length === 0) {
      throw contradicted(`the log knows no certificate ${this.name}`);
    }
    if (this.head !== undefined) this.facts.requireBodies(this.head);
  }

  private *act(held: Held): Generator<Statement> {
    const { type } = held.entry;
    if (type === "finance.certificate.accept/1") yield* this.accept(held);
    else if (type === "finance.certificate.refuse/1") yield* this.refuse(held);
    else if (type === "finance.transfer.accept/1") yield* this.transfer(held);
    else if (type === "finance.disburse/1") yield* this.disburse(held);
    else if (type === "finance.disburse.return/1") yield* this.sendBack(held);
    else if (type === "finance.pay/1") yield* this.pay(held);
    else if (type === "finance.pay.due/1") yield* this.payDue(held);
    else if (type === "finance.pay.return/1") yield* this.giveBack(held);
    else if (type === "finance.recourse.receive/1") yield* this.recourse(held);
    else if (type === "finance.insurance.paid/1") yield* this.subrogate(held);
    else if (type === "finance.cancel.agree/1") yield* this.cancel(held);
  }

  private *accept(held: Held): Generator<Statement> {
    if (bodyOf(held, "finance.certificate.accept/1")?.["certificate"] !== this.name) return;
    if (this.sums.accepted) throw contradicted(`entry ${held.index} accepts it a second time`);
    const holder = this.facts.acting(held.entry.author);
    this.sums.accepted = true;
    this.sums.original = holder;
    this.sums.balances.set(holder, this.issue.face);
    yield proven("certificate.accepted", { holder, index: held.index });
  }

  private *refuse(held: Held): Generator<Statement> {
    if (bodyOf(held, "finance.certificate.refuse/1")?.["certificate"] !== this.name) return;
    this.sums.refused = true;
    yield proven("certificate.refused", { index: held.index });
  }

  private *transfer(held: Held): Generator<Statement> {
    const found = this.answered(
      held,
      "finance.transfer.accept/1",
      "offer",
      "finance.transfer.offer/1",
    );
    if (found === undefined) return;
    const [offered, offer] = found;
    const giver = this.facts.acting(offered.entry.author);
    const [taker, amount] = [String(offer["to"]), Number(offer["amount"])];
    this.move(held, giver, taker, amount);
    this.sums.transfers += 1;
    this.sums.moved += BigInt(amount);
    yield proven("certificate.transfer", {
      from: giver,
      to: taker,
      ...this.amount(amount),
      index: held.index,
    });
  }

  private *disburse(held: Held): Generator<Statement> {
    const quoted = this.quoted(held, "finance.disburse/1");
    if (quoted === undefined) return;
    const { bank, holder, amount, net } = quoted;
    const told = {
      amount_minor: amount,
      net_minor: net,
      currency: this.issue.currency,
      index: held.index,
    };
    if (bank === this.issue.issuer) {
      this.endEarly(held, holder, amount);
      yield proven("certificate.paid-early", { holder, ...told });
    } else {
      this.move(held, holder, bank, amount);
      this.sums.financings += 1;
      yield proven("certificate.financed", { bank, holder, ...told });
    }
  }

  private *sendBack(held: Held): Generator<Statement> {
    const quoted = this.quoted(held, "finance.disburse.return/1");
    if (quoted === undefined) return;
    const { bank, holder, amount } = quoted;
    if (bank === this.issue.issuer) this.endEarly(held, holder, -amount);
    else this.move(held, bank, holder, amount);
    yield proven("certificate.financing-returned", {
      bank,
      holder,
      ...this.amount(amount),
      index: held.index,
    });
  }

  /** What was quoted for this certificate, as a quote of its own or as an opened bid. */
  private quoted(held: Held, actType: string): Quoted | undefined {
    const body = bodyOf(held, actType);
    if (body === undefined) return undefined;
    const hash = String(body["quote"]);
    const found = this.facts.named(hash, "finance.quote/1");
    if (found === undefined) return this.bid(held, hash);
    const [entry, quote] = found;
    if (quote["certificate"] !== this.name) return undefined;
    const bank = this.facts.acting(entry.entry.author);
    const [amount, net] = [Number(quote["amount"]), Number(quote["net"])];
    return { bank, holder: String(quote["holder"]), amount, net };
  }

  /** A bid states its rate and figures; holder and amount are its tender's. */
  private bid(held: Held, hash: string): Quoted | undefined {
    const opened = this.facts.named(hash, "finance.bid.open/1");
    const tender = opened && this.facts.named(String(opened[1]["tender"]), "finance.tender.open/1");
    if (opened === undefined || tender === undefined) {
      this.requireAnswered(held, opened === undefined ? hash : String(opened[1]["tender"]));
      return undefined;
    }
    if (tender[1]["certificate"] !== this.name) return undefined;
    const [bank, holder] = [opened, tender].map(([one]) => this.facts.acting(one.entry.author));
    const [amount, net] = [Number(tender[1]["amount"]), Number(opened[1]["net"])];
    return { bank: String(bank), holder: String(holder), amount, net };
  }

  /** The debtor paid a holder before the certificate was due, or that came back. */
  private endEarly(held: Held, holder: string, amount: number): void {
    const { sums } = this;
    const left = (sums.balances.get(holder) ?? 0) - amount;
    if (!sums.accepted || left < 0 || sums.early + amount < 0) {
      throw contradicted(`entry ${held.index} moves more than ${holder} holds`);
    }
    sums.balances.set(holder, left);
    sums.early += amount;
  }

  private *pay(held: Held): Generator<Statement> {
    const body = bodyOf(held, "finance.pay/1");
    if (body?.["certificate"] !== this.name) return;
    const amount = Number(body["amount_minor"]);
    this.sums.paid += amount;
    if (!this.sums.accepted || this.sums.paid > this.owed()) {
      throw contradicted(`entry ${held.index} pays more than is owed`);
    }
    yield proven("certificate.paid", { ...this.amount(amount), index: held.index });
  }

  /** How much of it was for this certificate, only the rules know. */
  private *payDue(held: Held): Generator<Statement> {
    if (bodyOf(held, "finance.pay.due/1") === undefined) return;
    if (this.head?.indexes.includes(held.index) !== true) return;
    this.sums.together = true;
    yield proven("certificate.paid-together", { index: held.index });
  }

  private *giveBack(held: Held): Generator<Statement> {
    const body = bodyOf(held, "finance.pay.return/1");
    const payment = body?.["payment"] as Members | undefined;
    if (body === undefined || payment?.["certificate"] !== this.name) return;
    const amount = Number(body["amount_minor"]);
    this.sums.paid -= amount;
    if (this.sums.paid < 0 && !this.sums.together) {
      throw contradicted(`entry ${held.index} returns more than was paid`);
    }
    yield proven("certificate.payment-returned", {
      holder: String(body["payee"]),
      ...this.amount(amount),
      index: held.index,
    });
  }

  private *recourse(held: Held): Generator<Statement> {
    const found = this.answered(
      held,
      "finance.recourse.receive/1",
      "demand",
      "finance.recourse.demand/1",
    );
    if (found === undefined) return;
    const [demanded, demand] = found;
    const holder = this.facts.acting(demanded.entry.author);
    const [party, amount] = [
      String(demand["party"]),
      Number(bodyOf(held, "finance.recourse.receive/1")?.["amount_minor"]),
    ];
    this.move(held, holder, party, amount);
    yield proven("certificate.recourse", {
      from: holder,
      to: party,
      ...this.amount(amount),
      index: held.index,
    });
  }

  private *subrogate(held: Held): Generator<Statement> {
    const found = this.answered(
      held,
      "finance.insurance.paid/1",
      "claim",
      "finance.insurance.claim/1",
    );
    if (found === undefined) return;
    const [claimed, claim] = found;
    const insured = this.facts.acting(claimed.entry.author);
    const [insurer, amount] = [
      String(claim["insurer"]),
      Number(bodyOf(held, "finance.insurance.paid/1")?.["amount_minor"]),
    ];
    this.move(held, insured, insurer, amount);
    yield proven("certificate.subrogated", {
      from: insured,
      to: insurer,
      ...this.amount(amount),
      index: held.index,
    });
  }

  private *cancel(held: Held): Generator<Statement> {
    const found = this.answered(
      held,
      "finance.cancel.agree/1",
      "cancellation",
      "finance.cancel.propose/1",
    );
    if (found === undefined) return;
    const { sums } = this;
    const amount = Number(found[1]["amount"]);
    const has = sums.balances.get(sums.original) ?? 0;
    if (!sums.accepted || has < amount) {
      throw contradicted(`entry ${held.index} cancels what was passed on`);
    }
    sums.balances.set(sums.original, has - amount);
    sums.cancelled += amount;
    yield proven("certificate.cancelled", { ...this.amount(amount), index: held.index });
  }

  private owed(): number {
    return this.issue.face - this.sums.cancelled - this.sums.early;
  }

  /** What an act answers, if that is about this certificate. */
  private answered(
    held: Held,
    actType: string,
    name: string,
    answeredType: string,
  ): [Held, Members] | undefined {
    const body = bodyOf(held, actType);
    if (body === undefined) return undefined;
    const hash = String(body[name]);
    const found = this.facts.named(hash, answeredType);
    if (found === undefined) this.requireAnswered(held, hash);
    return found?.[1]["certificate"] === this.name ? found : undefined;
  }

  /** What an entry of this certificate answers must be here; any other is not about it. */
  private requireAnswered(held: Held, hash: string): void {
    if (this.head?.indexes.includes(held.index)) {
      throw missing(`${hash}, which entry ${held.index} answers`);
    }
  }

  private move(held: Held, giver: string, taker: string, amount: number): void {
    const { balances, accepted } = this.sums;
    const has = balances.get(giver) ?? 0;
    if (!accepted || has < amount) {
      throw contradicted(`entry ${held.index} moves more than ${giver} holds`);
    }
    balances.set(giver, has - amount);
    balances.set(taker, (balances.get(taker) ?? 0) + amount);
  }

  private amount(minor: number): Record<string, Value> {
    return { amount_minor: minor, currency: this.issue.currency };
  }

  private *summary(): Generator<Statement> {
    const { sums, head } = this;
    const grade = head === undefined ? "authentic" : "proven";
    yield state(grade, "certificate.moved", {
      transfers: sums.transfers,
      total_minor: sums.moved <= Number.MAX_SAFE_INTEGER ? Number(sums.moved) : sums.moved,
      financings: sums.financings,
      currency: this.issue.currency,
    });
    const holders = [...sums.balances].sort(([left], [right]) => compare(utf8(left), utf8(right)));
    for (const [holder, minor] of holders) {
      if (minor > 0) yield state(grade, "certificate.holder", { holder, ...this.amount(minor) });
    }
    yield state(grade, "certificate.status", { status: this.status() });
    if (head === undefined) yield state("authentic", "certificate.not-complete");
    else yield proven("certificate.complete", { count: head.indexes.length, size: this.facts.end });
  }

  private status(): string {
    const { sums, head, facts } = this;
    if (sums.refused) return "refused";
    if (!sums.accepted) {
      const isBlock = (index: number): boolean =>
        facts.entry(index).entry.type === "ledger.block/1";
      return head?.indexes.some(isBlock) ? "lapsed" : "offered";
    }
    if (sums.together) return "due";
    if (this.owed() === 0) return sums.early > 0 ? "settled" : "cancelled";
    if (sums.paid === 0) return "live";
    return sums.paid === this.owed() ? "settled" : "partially_paid";
  }
}

function missing(detail: string): Refusal {
  return new Refusal("bundle-entry-missing", detail);
}

function contradicted(detail: string): Refusal {
  return new Refusal("bundle-statement-refused", detail);
}
