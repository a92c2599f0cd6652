"""Of every act by which money or goods are disposed of, one that waits for the right person, on a log of the story.

All that is before it was said and is open: whoever may say the act is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.app.signing.invoiced import Invoiced

from tallystick import finance
from tallystick.app.demo import cast, goods
from tallystick.identity import Dismiss, Propose
from tallystick.ledger import Author, Body, SystemClock, instant, payload_hash

core, seller, bank = cast.core, goods.maker, cast.bank
taker = cast.suppliers[3]
due_on, falls_due = "2026-07-10", "2026-01-13T03:00:00.000Z"
_paper, _other_paper = "a" * 64, "b" * 64
_price, _dear = finance.Price(amount=100_00), finance.Price(amount=101_00)
_pieces, _tax_ppm = 10, 130_000
_gross = _pieces * _dear.amount * 113 // 100
_order, _invoice = f"{core.handle}#PO-HELD", f"{seller.handle}#INV-HELD"


@dataclass(frozen=True)
class Waiting:
    """An act, and who may say it."""

    entry_type: str
    by: str
    body: Body


class Open:
    """What was said before the acts that wait. Amounts are in fen."""

    def __init__(self, place: Invoiced) -> None:
        self._place = place
        self._now = instant(place.clock.now_ms())
        self._index = -1

    def say(self, by: str, entry_type: str, body: Body) -> str:
        """With the person's own key; the payload hash."""
        place = self._place
        author = Author(place.ledger.origin, by, cast.key(f"300:{by}"), SystemClock())
        entry = author.write(entry_type, body)
        (answer,) = place.ledger.append([entry])
        assert answer.accepted, (entry_type, answer.problem or answer.refusal)
        self._index = answer.index
        return payload_hash(entry.envelope).hex()

    def acts(self) -> list[Waiting]:
        """Each rests on a thing of its own, so that the right people can say all of them in this order."""
        due = self._due()
        return [due, *self._confirming(), *self._passing_on(), *self._holding(), *self._paying(), *self._matching(), *_governing()]  # fmt: skip

    def _confirming(self) -> list[Waiting]:
        proposal = self.say(core.maker, "finance.confirm.propose/1", promise(1_000_00))
        unaccepted = finance.CertificateAccept(certificate=self._certificate())
        return [
            Waiting("finance.confirm.propose/1", core.maker, promise(1_000_00)),
            Waiting(
                "finance.confirm.approve/1",
                core.checker,
                finance.ConfirmApprove(proposal=proposal),
            ),
            Waiting("finance.certificate.accept/1", seller.maker, unaccepted),
        ]

    def _passing_on(self) -> list[Waiting]:
        """A part for what the seller owes by a contract is offered and waits; a second waits to be offered."""
        held, owed = self._held(), self._owed()
        evidence = finance.HopEvidence(kind="contract", name=owed, amount=100_00)
        passed = finance.TransferOffer(
            certificate=held, amount=100_00, to=taker.handle, evidence=(evidence,)
        )
        offer = self.say(seller.maker, "finance.transfer.offer/1", passed)
        return [
            Waiting("finance.transfer.offer/1", seller.maker, passed),
            Waiting("finance.transfer.accept/1", taker.checker, finance.TransferAccept(offer=offer)),
        ]  # fmt: skip

    def _owed(self) -> str:
        """A contract by which the seller owes another, agreed by both."""
        body = finance.Contract(
            number="FC-ALONE", buyer=seller.handle, seller=taker.handle, currency="CNY",
            signed_on="2026-01-02", valid_from="2026-01-02", payment_days=90, total=1_000_00,
        )  # fmt: skip
        proposal = self.say(seller.maker, "finance.contract/1", body)
        self.say(taker.maker, "finance.agree/1", finance.Agree(proposal=proposal))
        return f"{seller.handle}#FC-ALONE"

    def _holding(self) -> list[Waiting]:
        held = self._held()
        offered = finance.PledgeOffer(
            certificate=held, amount=100_00, to=bank.handle, secures=_paper, days=30
        )
        offer, pledge = (self.say(seller.maker, "finance.pledge.offer/1", offered) for _ in "12")
        taken = finance.PledgeAccept(pledge=pledge, registration_number="ZDW-P-1")
        self.say(bank.checker, "finance.pledge.accept/1", taken)
        locked = finance.Lock(certificate=held, amount=100_00, hours=240, favour=bank.handle)
        lock = self.say(seller.maker, "finance.lock/1", locked)
        answer = finance.PledgeAnswer(pledge=pledge)
        return [
            Waiting("finance.pledge.offer/1", seller.maker, offered),
            Waiting("finance.pledge.accept/1", bank.checker, taken.model_copy(update={"pledge": offer})),
            Waiting("finance.pledge.release/1", bank.checker, answer),
            Waiting("finance.lock/1", seller.maker, locked),
            Waiting("finance.lock.release/1", bank.checker, finance.LockRelease(lock=lock)),
            *self._freezing(held),
        ]  # fmt: skip

    def _freezing(self, held: str) -> list[Waiting]:
        """One order waits for its second person; one is in force; of a third it is proposed that it be lifted."""
        first, second = (cast.operator(role) for role in cast.operators[:2])
        order = finance.FreezePropose(
            certificate=held, holder=seller.handle, amount=50_00, order=_paper,
            case="（2026）京01执保12号", ends_on="2026-06-30",
        )  # fmt: skip
        asked, frozen, ending = (self.say(first, "finance.freeze.propose/1", order) for _ in "123")
        for one in (frozen, ending):
            self.say(second, "finance.freeze.approve/1", finance.FreezeApprove(proposal=one))
        lift = finance.FreezeChange(freeze=frozen, order=_other_paper, case=order.case)
        lifted = lift.model_copy(update={"freeze": ending})
        change = self.say(first, "finance.freeze.change/1", lifted)
        return [
            Waiting("finance.freeze.propose/1", first, order),
            Waiting("finance.freeze.approve/1", second, finance.FreezeApprove(proposal=asked)),
            Waiting("finance.freeze.change/1", first, lift),
            Waiting("finance.freeze.approve/1", second, finance.FreezeApprove(proposal=change)),
        ]

    def _paying(self) -> list[Waiting]:
        """Three quotes: to be accepted, to be instructed, and on its way."""
        held, today = self._held(), self._now[:10]
        search = finance.Search(
            certificate=held, holder=seller.handle, number="CX-1", evidence=_paper, searched_at=self._now
        )  # fmt: skip
        terms = finance.discounted(finance.DiscountTerms(100_00, 43_000, today, due_on))
        body = finance.Quote(
            certificate=held, holder=seller.handle, amount=100_00, rate_ppm=43_000, value_on=today,
            due_on=due_on, days=terms.days, discount=terms.discount, net=terms.net,
        )  # fmt: skip
        quoted, accepted, sent = (self.say(bank.maker, "finance.quote/1", body) for _ in "123")
        self.say(bank.maker, "finance.search/1", search)
        for one in (accepted, sent):
            self.say(seller.maker, "finance.quote.accept/1", finance.QuoteAccept(quote=one))
        self.say(bank.checker, "finance.instruct/1", self._instruction(sent, "E2E-1"))
        paid = finance.Disburse(
            quote=sent, amount_minor=terms.net, evidence=_other_paper, paid_at=self._now
        )
        return [
            Waiting("finance.quote/1", bank.maker, body),
            Waiting("finance.quote.accept/1", seller.maker, finance.QuoteAccept(quote=quoted)),
            Waiting("finance.instruct/1", bank.checker, self._instruction(accepted, "E2E-2")),
            Waiting("finance.disburse/1", bank.checker, paid),
            Waiting("finance.disburse.receive/1", seller.maker, finance.DisburseAnswer(quote=sent)),
        ]

    def _due(self) -> Waiting:
        """A certificate that falls due, to be paid by the issuer's bank; the clock moves to that day."""
        name = self._held(due_on=falls_due[:10])
        self._place.ledger.seal()
        self._place.clock.set(falls_due)
        self._now = falls_due
        paid = finance.Pay(
            certificate=name, amount_minor=1_000_00, evidence=_paper, paid_at=self._now
        )
        return Waiting("finance.pay/1", bank.checker, paid)

    def _matching(self) -> list[Waiting]:
        """An invoice above the order's price is held; tolerances wait too, and one release is asked for."""
        limits = finance.TolerancesPropose(
            currency="CNY", over_delivery_ppm=0, under_delivery_ppm=0, price_ppm=0,
            price_absolute_minor=0, rounding_minor=1, release_minor=100_00, after=0,
        )  # fmt: skip
        first = self.say(core.maker, "finance.tolerances.propose/1", limits)
        self.say(
            core.checker,
            "finance.tolerances.approve/1",
            finance.TolerancesApprove(proposal=first),
        )
        wider = limits.model_copy(update={"release_minor": 200_00, "after": 1})
        second = self.say(core.maker, "finance.tolerances.propose/1", wider)
        self._billed()
        held = finance.ReleasePropose(invoice=_invoice, line=1, reasons=("price-above-order",))
        asked = self.say(core.maker, "finance.match.release.propose/1", held)
        return [
            Waiting("finance.match.release.propose/1", core.maker, held),
            Waiting("finance.match.release.approve/1", core.checker, finance.ReleaseApprove(proposal=asked)),
            Waiting("finance.tolerances.propose/1", core.maker, wider),
            Waiting("finance.tolerances.approve/1", core.checker, finance.TolerancesApprove(proposal=second)),
        ]  # fmt: skip

    def _billed(self) -> None:
        """Goods are ordered, sent, taken in by paper, and billed at more than was agreed."""
        told = {"seller": seller.handle, "buyer": core.handle}
        line = finance.OrderLine(line=1, quantity=_pieces, price=_price, tax_ppm=_tax_ppm)
        order = finance.Order(
            number="PO-HELD", contract=goods.contract, currency="CNY", ordered_on="2026-01-05",
            lines=(line,), **told,
        )  # fmt: skip
        self.say(core.maker, "finance.order/1", order)
        sent = finance.DespatchLine(line=1, order=_order, order_line=1, quantity=_pieces)
        despatch = finance.Despatch(
            number="DA-HELD", despatched_on="2026-01-06", lines=(sent,), **told
        )
        self.say(seller.maker, "finance.despatch/1", despatch)
        taken = finance.DeliveryLine(order=_order, order_line=1, quantity=_pieces)
        delivery = finance.Delivery(
            number="GR-HELD", despatch=f"{seller.handle}#DA-HELD", delivered_on="2026-01-07",
            lines=(taken,), **told,
        )  # fmt: skip
        self.say(core.maker, "finance.delivery/1", delivery)
        dear = finance.InvoiceLine(
            line=1, order=_order, order_line=1, quantity=_pieces, price=_dear, tax_ppm=_tax_ppm
        )
        invoice = finance.Invoice(
            number="INV-HELD", currency="CNY", invoiced_on="2026-01-08", gross=_gross,
            lines=(dear,), **told,
        )  # fmt: skip
        self.say(seller.maker, "finance.invoice/1", invoice)

    def _certificate(self, due_on: str = due_on) -> str:
        """Approved, and not accepted."""
        proposal = self.say(core.maker, "finance.confirm.propose/1", promise(1_000_00, due_on))
        approval = finance.ConfirmApprove(proposal=proposal)
        self.say(core.checker, "finance.confirm.approve/1", approval)
        return f"{core.handle}#C-{self._index}"

    def _held(self, due_on: str = due_on) -> str:
        """Accepted by the seller, who holds all of it."""
        name = self._certificate(due_on)
        accept = finance.CertificateAccept(certificate=name)
        self.say(seller.maker, "finance.certificate.accept/1", accept)
        return name

    def _instruction(self, quote: str, reference: str) -> finance.Instruct:
        return finance.Instruct(
            quote=quote, reference=reference, sent_at=self._now,
            registration=finance.Registration(number=f"ZDW-{reference}", ends_on="2028-12-31"),
        )  # fmt: skip


def _governing() -> list[Waiting]:
    """The core enterprise's checker is to be dismissed."""
    dismissal = Dismiss(kind="dismiss", person=core.checker, reason="left")
    asked = Propose(organisation=core.handle, what=dismissal)
    return [Waiting("identity.propose/1", core.administrator, asked)]


def promise(amount: int, due_on: str = due_on) -> finance.ConfirmPropose:
    return finance.ConfirmPropose(
        invoice=goods.invoice, amount=amount, currency="CNY", due_on=due_on,
        paying_bank=bank.handle, lines=(finance.ConfirmLine(line=1, amount=amount),),
    )  # fmt: skip
