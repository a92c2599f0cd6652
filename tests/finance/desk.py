"""A log without storage: acts are judged by the real rules and applied to a state in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from tallystick import finance
from tallystick.finance.draft import Row
from tallystick.ledger import graded
from tallystick.ledger.fields import AttachmentRef, Body
from tallystick.ledger.rules import Act, EntryType, RuleSet, Signer
from tallystick.ledger.state import Change, HeadName, Kind, MemoryState
from tallystick.trace.summary import Capture, EventSummary, Quantity, Reference

core, supplier, bank, other_bank = (f"99.100/O-{name}" for name in ("CORE", "SUP", "BANK", "BNK2"))
zero = "0" * 64


class Block(Body):
    height: int


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def maker(organisation: str) -> str:
    return organisation.replace("O-", "P-") + "-MAKER"


def checker(organisation: str) -> str:
    return organisation.replace("O-", "P-") + "-CHECKER"


def scanner(organisation: str) -> str:
    return organisation.replace("O-", "D-") + "-SCANNER"


def rule_set() -> RuleSet:
    rules = RuleSet()
    rules.add_kinds(Kind("organisation"), Kind("person"), Kind("device"))
    rules.add(
        EntryType(
            "trace.capture/1",
            Capture,
            lambda _state, _act: [],
            "events",
            data=graded("trade", "partner"),
        ),
        EntryType(
            "ledger.block/1",
            Block,
            lambda _state, _act: [],
            "a block",
            data=graded("trade", "partner"),
        ),
    )
    finance.register(rules)
    return rules


class Desk:
    def __init__(self, firms: Sequence[str] = ()) -> None:
        self.rules = rule_set()
        self.state = MemoryState()
        self.index = 0
        self.time = "2026-01-12T02:00:00.000Z"
        self.acts: list[Act[Any]] = []
        self.effects: list[list[Change]] = []
        for handle, capacity in ((core, "core"), (bank, "bank"), (other_bank, "bank")):
            self.enrol(handle, capacity)
        for handle in (supplier, *firms):
            self.enrol(handle, "supplier")

    def enrol(self, handle: str, capacity: str) -> None:
        organisation = {
            "name": {"en": handle, "zh": handle},
            "scheme": "none",
            "verified": True,
            "node": "99.100",
            "capacities": [capacity],
        }
        mine = {"organisation": handle}
        self.state.apply(
            [
                Change("organisation", handle, organisation),
                Change("person", maker(handle), {**mine, "roles": ["maker"]}),
                Change("person", checker(handle), {**mine, "roles": ["checker"]}),
                Change("device", scanner(handle), {**mine, "purpose": "scanner"}),
            ]
        )

    def act(self, kind: str, author: str, body: Body, custody: str = "self") -> Act[Any]:
        name = f"{self.index} {kind} {author} {body!r}"
        signer = Signer(f"300:{author}", author, custody, f"public key of {author}")
        return Act(
            index=self.index,
            type=kind,
            author=author,
            id=name,
            payload_hash=digest(name),
            time=self.time,
            body=body,
            signers=(signer,),
        )

    def play(self, kind: str, author: str, body: Body, custody: str = "self") -> str:
        """Judge and apply; the payload hash."""
        act = self.act(kind, author, body, custody)
        effects = self.rules.judge(self.state, act)
        self.state.apply(effects)
        self.acts.append(act)
        self.effects.append(effects)
        self.index += 1
        return act.payload_hash

    def touching(self, head: HeadName) -> list[str]:
        """The types of the acts that touched a name in the map of heads, oldest first."""
        done = zip(self.acts, self.effects, strict=True)
        return [act.type for act, effects in done if head in self.rules.touched(effects)]

    def block(self, time: str) -> None:
        """Let ledger time pass."""
        self.time = time
        self.play("ledger.block/1", "99.100/L-LOG", Block(height=self.index))

    def row(self, kind: str, name: str, part: str = "") -> Row:
        found = self.state.get(kind, name, part)
        assert found is not None, (kind, name, part)
        return cast(Row, found)

    def rows(self, kind: str, name: str) -> dict[str, Row]:
        return cast("dict[str, Row]", dict(self.state.group(kind, name)))

    # Trade

    def contract(self, seller: str = supplier, buyer: str = core, **terms: Any) -> str:
        """The contract of a pair, agreed by both; made where there is none."""
        number = str(terms.pop("number", f"FC-{seller.rpartition('/')[2]}"))
        name = f"{buyer}#{number}"
        if self.state.get("contract", name) is None:
            stated = {"currency": "CNY", "payment_days": 730, **terms}
            stated = {"signed_on": "2026-01-01", "valid_from": "2026-01-01", **stated}
            body = finance.Contract(number=number, buyer=buyer, seller=seller, **stated)
            proposal = self.play("finance.contract/1", maker(buyer), body)
            self.play("finance.agree/1", maker(seller), finance.Agree(proposal=proposal))
        return name

    def order(
        self,
        number: str,
        *lines: finance.OrderLine,
        seller: str = supplier,
        buyer: str = core,
        contract: str = "",
    ) -> str:
        body = finance.Order(
            number=number,
            buyer=buyer,
            seller=seller,
            contract=contract or self.contract(seller, buyer),
            currency="CNY",
            ordered_on="2026-01-02",
            lines=lines,
        )
        self.play("finance.order/1", maker(buyer), body)
        return f"{buyer}#{number}"

    def despatch(
        self, number: str, *lines: finance.DespatchLine, seller: str = supplier, buyer: str = core
    ) -> str:
        body = finance.Despatch(
            number=number, seller=seller, buyer=buyer, despatched_on="2026-01-05", lines=lines
        )
        self.play("finance.despatch/1", maker(seller), body)
        return f"{seller}#{number}"

    def invoice(self, number: str, *lines: finance.InvoiceLine, seller: str = supplier) -> str:
        body = finance.Invoice(
            number=number,
            seller=seller,
            buyer=core,
            currency="CNY",
            invoiced_on="2026-01-10",
            lines=lines,
        )
        self.play("finance.invoice/1", maker(seller), body)
        return f"{seller}#{number}"

    def scan(
        self,
        despatch: str,
        items: Sequence[str] = (),
        lots: Sequence[tuple[str, int] | Quantity] = (),
        *,
        author: str = scanner(core),
        disposition: str | None = None,
        back: bool = False,
        also: Sequence[str] = (),
        seller: str = supplier,
        buyer: str = core,
    ) -> str:
        """A receiving event (or, `back`, a return) of the buyer's device; `also`: further despatches it names."""
        references = [Reference(type="desadv", id=name) for name in (despatch, *also)]
        if back:
            references.append(Reference(type="rma", id=f"{buyer}#RMA-1"))
        event = EventSummary(
            digest=digest(f"{self.index}{items}{lots}"),
            cbv_hash=f"ni:///sha-256;{zero}?ver=CBV2.0",
            type="ObjectEvent",
            time=self.time,
            biz_step="shipping" if back else "receiving",
            disposition=disposition,
            action="OBSERVE",
            items=tuple(items),
            lots=tuple(
                one if isinstance(one, Quantity) else Quantity(lot=one[0], quantity=one[1])
                for one in lots
            ),
            references=tuple(references),
            source=buyer if back else seller,
            destination=seller if back else buyer,
        )
        return self.capture(event, author=author)

    def capture(self, *events: EventSummary, author: str = scanner(core)) -> str:
        document = AttachmentRef(hash=zero, type="application/ld+json", size=1)
        return self.play("trace.capture/1", author, Capture(events=events, document=document))

    # Certificates

    def delivered(self, amount: int, number: str = "1", seller: str = supplier) -> str:
        """An invoice over goods that were ordered, despatched and received, worth `amount`."""
        price = finance.Price(amount=amount, per=1000)
        order = self.order(
            f"PO-{number}",
            finance.OrderLine(line=1, text="cell", quantity=1000, price=price),
            seller=seller,
        )
        lot = f"99.100.7/LOT-{number}"
        line = finance.DespatchLine(
            line=1,
            order=order,
            order_line=1,
            quantity=1000,
            lots=(finance.LotQuantity(lot=lot, quantity=1000),),
        )
        despatch = self.despatch(f"DA-{number}", line, seller=seller)
        self.scan(despatch, lots=[(lot, 1000)], seller=seller)
        billed = finance.InvoiceLine(line=1, order=order, order_line=1, quantity=1000, price=price)
        return self.invoice(f"INV-{number}", billed, seller=seller)

    def propose(self, invoice: str, amount: int, due_on: str = "2026-07-10", **more: Any) -> str:
        body = finance.ConfirmPropose(
            invoice=invoice,
            amount=amount,
            currency="CNY",
            due_on=due_on,
            paying_bank=bank,
            lines=(finance.ConfirmLine(line=1, amount=amount),),
            **more,
        )
        return self.play("finance.confirm.propose/1", maker(core), body)

    def approve(self, proposal: str, author: str = checker(core)) -> str:
        body = finance.ConfirmApprove(proposal=proposal)
        self.play("finance.confirm.approve/1", author, body)
        return f"{core}#C-{self.index - 1}"

    def live(
        self,
        amount: int,
        number: str = "1",
        seller: str = supplier,
        due_on: str = "2026-07-10",
    ) -> str:
        """A certificate confirmed and accepted."""
        invoice = self.delivered(amount, number, seller)
        name = self.approve(self.propose(invoice, amount, due_on))
        self.accept_certificate(name, seller)
        return name

    def accept_certificate(self, name: str, holder: str = supplier) -> str:
        body = finance.CertificateAccept(certificate=name)
        return self.play("finance.certificate.accept/1", maker(holder), body)

    def hop(self, giver: str, taker: str, amount: int, number: str = "HOPS") -> finance.HopEvidence:
        """Evidence that the giver owes the taker: the contract of the two, which states a large total."""
        name = f"{giver}#{number}"
        if giver != taker:
            number = f"{number}-{taker.rpartition('/')[2]}"
            name = self.contract(taker, giver, number=number, total=10**15)
        return finance.HopEvidence(kind="contract", name=name, amount=amount)

    def offer(self, name: str, holder: str, to: str, amount: int, hours: int = 168) -> str:
        evidence = self.hop(holder, to, amount)
        body = finance.TransferOffer(
            certificate=name, amount=amount, to=to, evidence=(evidence,), valid_hours=hours
        )
        return self.play("finance.transfer.offer/1", maker(holder), body)

    def accept(self, offer: str, to: str) -> str:
        body = finance.TransferAccept(offer=offer)
        return self.play("finance.transfer.accept/1", checker(to), body)

    def transfer(self, name: str, holder: str, to: str, amount: int) -> None:
        self.accept(self.offer(name, holder, to, amount), to)

    def quote(
        self,
        name: str,
        holder: str,
        amount: int,
        rate_ppm: int,
        value_on: str,
        by: str = bank,
        **more: Any,
    ) -> str:
        due_on = self.row("certificate", name)["due_on"]
        terms = finance.DiscountTerms(amount, rate_ppm, value_on, due_on)
        figures = finance.discounted(terms)
        stated = {
            "days": figures.days,
            "discount": figures.discount,
            "net": figures.net,
            "due_on": due_on,
            **more,
        }
        body = finance.Quote(
            certificate=name,
            holder=holder,
            amount=amount,
            rate_ppm=rate_ppm,
            value_on=value_on,
            **stated,
        )
        return self.play("finance.quote/1", maker(by), body)

    def take(self, quote: str, holder: str) -> str:
        """The holder accepts; its bank has searched the register before."""
        row = self.row("quote", quote)
        if row["bank"] != core:
            self.search(row["certificate"], holder, row["bank"])
        body = finance.QuoteAccept(quote=quote)
        return self.play("finance.quote.accept/1", maker(holder), body)

    def search(self, name: str, holder: str, by: str = bank) -> str:
        body = finance.Search(
            certificate=name,
            holder=holder,
            number=f"CX-{self.index}",
            evidence=digest(f"search {self.index}"),
            searched_at=self.time,
        )
        return self.play("finance.search/1", maker(by), body)

    def instruct(self, quote: str, sent_at: str, by: str = bank) -> str:
        registration = finance.Registration(number=f"ZDW-{self.index}", ends_on="2028-12-31")
        body = finance.Instruct(
            quote=quote,
            registration=None if by == core else registration,
            reference=f"E2E-{self.index}",
            sent_at=sent_at,
        )
        return self.play("finance.instruct/1", maker(by), body)

    def pay_out(self, quote: str, paid_at: str, by: str = bank) -> str:
        body = finance.Disburse(
            quote=quote,
            amount_minor=self.row("quote", quote)["net"],
            evidence=self.evidence(),
            paid_at=paid_at,
        )
        return self.play("finance.disburse/1", maker(by), body)

    def disburse(self, quote: str, paid_at: str, by: str = bank) -> str:
        """Instructed, paid, and received by the holder, so that it is final."""
        self.instruct(quote, paid_at, by)
        made = self.pay_out(quote, paid_at, by)
        self.paid_in(quote)
        return made

    def paid_in(self, quote: str) -> str:
        holder = self.row("quote", quote)["holder"]
        body = finance.DisburseAnswer(quote=quote)
        return self.play("finance.disburse.receive/1", maker(holder), body)

    def evidence(self) -> str:
        """The digest of a bank's record, of which there is one for each payment."""
        return digest(f"evidence {self.index}")

    def pay(self, name: str, amount: int, paid_at: str, by: str = bank) -> str:
        body = finance.Pay(
            certificate=name, amount_minor=amount, evidence=self.evidence(), paid_at=paid_at
        )
        return self.play("finance.pay/1", maker(by), body)

    def balances(self, name: str) -> dict[str, int]:
        sums: dict[str, int] = {}
        for row in self.rows("holding", name).values():
            sums[row["holder"]] = sums.get(row["holder"], 0) + row["end"] - row["start"]
        return dict(sorted(sums.items()))

    def check_partition(self, name: str) -> None:
        edge = 0
        for part, row in self.rows("holding", name).items():
            assert int(part) == row["start"] == edge < row["end"]
            edge = row["end"]
        assert edge == self.row("certificate", name)["face"]
