"""Statements about a certificate: issue, transfers, financings and payment, with amounts, from the acts alone.

What a verifier needs of the rules here is that amounts move by accepted transfers (sales among them) and
disbursements, end by cancellations that both agreed, and by nothing else; which cents they are, only the rules know (`--replay`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import tallystick.finance as finance
from tallystick.app.bundles.facts import Facts, certificate_head
from tallystick.app.bundles.issued import issue_of
from tallystick.app.bundles.statements import Statement, authentic, proven
from tallystick.ledger import block_type
from tallystick.ledger.bundle import HeldEntry, HeldHead, Request, errors

accept_type, refuse_type = "finance.certificate.accept/1", "finance.certificate.refuse/1"
offer_type, transfer_type = "finance.transfer.offer/1", "finance.transfer.accept/1"
quote_type, disburse_type = "finance.quote/1", "finance.disburse/1"
tender_type, opened_type = "finance.tender.open/1", "finance.bid.open/1"
sent_back_type = "finance.disburse.return/1"
pay_type, pay_due_type = "finance.pay/1", "finance.pay.due/1"
returned_type = "finance.pay.return/1"
demand_type, recourse_type = "finance.recourse.demand/1", "finance.recourse.receive/1"
claim_type, claim_paid_type = "finance.insurance.claim/1", "finance.insurance.paid/1"
cancel_type, cancelled_type = "finance.cancel.propose/1", "finance.cancel.agree/1"


def about_certificate(facts: Facts, asked: Request) -> Iterator[Statement]:
    return _Life(facts, asked.text("certificate")).statements()


def standing(facts: Facts, certificate: str) -> tuple[dict[str, int], str]:
    """What each organisation holds by the acts, and the status."""
    life = _Life(facts, certificate)
    (*_,) = life.statements()
    return life.standing()


@dataclass(frozen=True, slots=True)
class _Quoted:
    """By whom, to whom, and what for how much, in minor units."""

    bank: str
    holder: str
    amount: int
    net: int


@dataclass
class _Sums:
    """What the acts so far add up to, in minor units."""

    balances: dict[str, int] = field(default_factory=dict)
    accepted: bool = False
    refused: bool = False
    transfers: int = 0
    moved: int = 0
    financings: int = 0
    paid: int = 0
    early: int = 0
    cancelled: int = 0
    together: bool = False
    original: str = ""


class _Life:
    def __init__(self, facts: Facts, name: str) -> None:
        self._facts, self._name = facts, name
        self._head = facts.head(certificate_head, name)
        self._sums = _Sums()
        self._issue = issue_of(facts, name)

    def statements(self) -> Iterator[Statement]:
        issue = self._issue
        self._check_head()
        yield proven(
            "certificate.issued",
            certificate=self._name,
            issuer=issue.issuer,
            face_minor=issue.amount,
            currency=issue.currency,
            due_on=issue.due_on,
            invoice=issue.invoice,
            index=issue.index,
        )
        yield from issue.under
        for held in self._facts.applied():
            yield from self._act(held)
        yield from self._summary()

    def standing(self) -> tuple[dict[str, int], str]:
        """Balances above 0 and status, once the statements are made."""
        held = {holder: amount for holder, amount in self._sums.balances.items() if amount}
        return held, self._status(self._head)

    def _check_head(self) -> None:
        head = self._head
        if head is not None and head.absent:
            raise errors.StatementRefused(f"the log knows no certificate {self._name}")
        if head is not None:
            self._facts.require_bodies(head)

    def _act(self, held: HeldEntry) -> Iterator[Statement]:
        act = {
            accept_type: self._accept,
            refuse_type: self._refuse,
            transfer_type: self._transfer,
            disburse_type: self._disburse,
            sent_back_type: self._send_back,
            pay_type: self._pay,
            pay_due_type: self._pay_due,
            returned_type: self._return,
            recourse_type: self._recourse,
            claim_paid_type: self._subrogate,
            cancelled_type: self._cancel,
        }.get(held.entry.type)
        return iter(()) if act is None else act(held)

    def _accept(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, accept_type, finance.CertificateAccept)
        if body is None or body.certificate != self._name:
            return
        if self._sums.accepted:
            raise errors.StatementRefused(f"entry {held.index} accepts it a second time")
        holder = self._facts.acting(held.entry.author)
        self._sums.accepted, self._sums.original = True, holder
        self._sums.balances[holder] = self._issue.amount
        yield proven("certificate.accepted", holder=holder, index=held.index)

    def _refuse(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, refuse_type, finance.CertificateRefuse)
        if body is not None and body.certificate == self._name:
            self._sums.refused = True
            yield proven("certificate.refused", index=held.index)

    def _transfer(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, transfer_type, finance.TransferAccept)
        if body is None:
            return
        found = self._facts.named(body.offer, offer_type, finance.TransferOffer)
        if found is None:
            return self._require_answered(held, body.offer)
        offered, offer = found
        if offer.certificate != self._name:
            return
        giver = self._facts.acting(offered.entry.author)
        self._move(held, giver, offer.to, offer.amount)
        self._sums.transfers += 1
        self._sums.moved += offer.amount
        yield proven(
            "certificate.transfer",
            **{"from": giver, "to": offer.to, **self._amount(offer.amount), "index": held.index},
        )

    def _disburse(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, disburse_type, finance.Disburse)
        if body is None:
            return
        quote = self._quoted(held, body.quote)
        if quote is None:
            return
        told: dict[str, str | int] = {"bank": quote.bank, "holder": quote.holder}
        if quote.bank == self._issue.issuer:
            self._end_early(held, quote.holder, quote.amount)
            told = {"holder": quote.holder}
        else:
            self._move(held, quote.holder, quote.bank, quote.amount)
            self._sums.financings += 1
        says = "certificate.financed" if "bank" in told else "certificate.paid-early"
        amounts = {"amount_minor": quote.amount, "net_minor": quote.net}
        yield proven(says, **told, **amounts, currency=self._issue.currency, index=held.index)

    def _send_back(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, sent_back_type, finance.DisburseEnd)
        if body is None:
            return
        quote = self._quoted(held, body.quote)
        if quote is None:
            return
        if quote.bank == self._issue.issuer:
            self._end_early(held, quote.holder, -quote.amount)
        else:
            self._move(held, quote.bank, quote.holder, quote.amount)
        yield proven(
            "certificate.financing-returned",
            bank=quote.bank,
            holder=quote.holder,
            **self._amount(quote.amount),
            index=held.index,
        )

    def _quoted(self, held: HeldEntry, named: str) -> _Quoted | None:
        """What was quoted for this certificate; `named`: the quote, or the opened bid, that an entry answers."""
        found = self._facts.named(named, quote_type, finance.Quote)
        if found is None:
            return self._bid(held, named)
        quoted, quote = found
        if quote.certificate != self._name:
            return None
        bank = self._facts.acting(quoted.entry.author)
        return _Quoted(bank, quote.holder, quote.amount, quote.net)

    def _bid(self, held: HeldEntry, named: str) -> _Quoted | None:
        """A bid states its rate and figures; holder and amount are its tender's."""
        opened = self._facts.named(named, opened_type, finance.BidOpen)
        if opened is None:
            self._require_answered(held, named)
            return None
        bidding, bid = opened
        tender = self._facts.named(bid.tender, tender_type, finance.TenderOpen)
        if tender is None:
            self._require_answered(held, bid.tender)
            return None
        asking, asked = tender
        if asked.certificate != self._name:
            return None
        bank, holder = (self._facts.acting(one.entry.author) for one in (bidding, asking))
        return _Quoted(bank, holder, asked.amount, bid.net)

    def _end_early(self, held: HeldEntry, holder: str, amount: int) -> None:
        """The debtor paid a holder before the certificate was due, or that came back."""
        sums = self._sums
        left = sums.balances.get(holder, 0) - amount
        if not sums.accepted or left < 0 or sums.early + amount < 0:
            raise errors.StatementRefused(f"entry {held.index} moves more than {holder} holds")
        sums.balances[holder] = left
        sums.early += amount

    def _pay(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, pay_type, finance.Pay)
        if body is None or body.certificate != self._name:
            return
        self._sums.paid += body.amount_minor
        if not self._sums.accepted or self._sums.paid > self._owed():
            raise errors.StatementRefused(f"entry {held.index} pays more than is owed")
        yield proven("certificate.paid", **self._amount(body.amount_minor), index=held.index)

    def _pay_due(self, held: HeldEntry) -> Iterator[Statement]:
        """How much of it was for this certificate, only the rules know."""
        body = self._facts.body(held, pay_due_type, finance.PayDue)
        if body is None or self._head is None or held.index not in self._head.indexes:
            return
        self._sums.together = True
        yield proven("certificate.paid-together", index=held.index)

    def _return(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, returned_type, finance.Returned)
        if body is None or body.payment.certificate != self._name:
            return
        self._sums.paid -= body.amount_minor
        if self._sums.paid < 0 and not self._sums.together:
            raise errors.StatementRefused(f"entry {held.index} returns more than was paid")
        yield proven(
            "certificate.payment-returned",
            holder=body.payee,
            **self._amount(body.amount_minor),
            index=held.index,
        )

    def _recourse(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, recourse_type, finance.RecourseReceived)
        if body is None:
            return
        found = self._facts.named(body.demand, demand_type, finance.RecourseDemand)
        if found is None:
            return self._require_answered(held, body.demand)
        demanded, demand = found
        if demand.certificate != self._name:
            return
        holder = self._facts.acting(demanded.entry.author)
        self._move(held, holder, demand.party, body.amount_minor)
        yield proven(
            "certificate.recourse",
            **{"from": holder, "to": demand.party, **self._amount(body.amount_minor)},
            index=held.index,
        )

    def _subrogate(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, claim_paid_type, finance.ClaimPaid)
        if body is None:
            return
        found = self._facts.named(body.claim, claim_type, finance.InsuranceClaim)
        if found is None:
            return self._require_answered(held, body.claim)
        claimed, claim = found
        if claim.certificate != self._name:
            return
        insured = self._facts.acting(claimed.entry.author)
        self._move(held, insured, claim.insurer, body.amount_minor)
        yield proven(
            "certificate.subrogated",
            **{"from": insured, "to": claim.insurer, **self._amount(body.amount_minor)},
            index=held.index,
        )

    def _cancel(self, held: HeldEntry) -> Iterator[Statement]:
        body = self._facts.body(held, cancelled_type, finance.CancelAnswer)
        if body is None:
            return
        found = self._facts.named(body.cancellation, cancel_type, finance.CancelPropose)
        if found is None:
            return self._require_answered(held, body.cancellation)
        asked = found[1]
        if asked.certificate != self._name:
            return
        sums = self._sums
        if not sums.accepted or sums.balances.get(sums.original, 0) < asked.amount:
            raise errors.StatementRefused(f"entry {held.index} cancels what was passed on")
        sums.balances[sums.original] -= asked.amount
        sums.cancelled += asked.amount
        yield proven("certificate.cancelled", **self._amount(asked.amount), index=held.index)

    def _owed(self) -> int:
        return self._issue.amount - self._sums.cancelled - self._sums.early

    def _require_answered(self, held: HeldEntry, named: str) -> None:
        """What an entry of this certificate answers must be here; any other is not about it."""
        if self._head is not None and held.index in self._head.indexes:
            raise errors.BundleEntryMissing(f"{named}, which entry {held.index} answers")

    def _move(self, held: HeldEntry, giver: str, taker: str, amount: int) -> None:
        balances = self._sums.balances
        if not self._sums.accepted or balances.get(giver, 0) < amount:
            raise errors.StatementRefused(f"entry {held.index} moves more than {giver} holds")
        balances[giver] -= amount
        balances[taker] = balances.get(taker, 0) + amount

    def _amount(self, minor: int) -> dict[str, str | int]:
        return {"amount_minor": minor, "currency": self._issue.currency}

    def _summary(self) -> Iterator[Statement]:
        sums, head = self._sums, self._head
        made = authentic if head is None else proven
        yield made(
            "certificate.moved",
            transfers=sums.transfers,
            total_minor=sums.moved,
            financings=sums.financings,
            currency=self._issue.currency,
        )
        for holder in sorted(sums.balances, key=str.encode):
            if sums.balances[holder]:
                yield made(
                    "certificate.holder", holder=holder, **self._amount(sums.balances[holder])
                )
        yield made("certificate.status", status=self._status(head))
        if head is None:
            yield authentic("certificate.not-complete")
        else:
            yield proven("certificate.complete", count=len(head.indexes), size=self._facts.end)

    def _status(self, head: HeldHead | None) -> str:
        sums = self._sums
        if sums.refused:
            return "refused"
        if not sums.accepted:
            entries = self._facts.bundle.entries
            blocks = head and any(entries[i].entry.type == block_type for i in head.indexes)
            return "lapsed" if blocks else "offered"
        if sums.together:
            return "due"
        if not self._owed():
            return "settled" if sums.early else "cancelled"
        if not sums.paid:
            return "live"
        return "settled" if sums.paid == self._owed() else "partially_paid"
