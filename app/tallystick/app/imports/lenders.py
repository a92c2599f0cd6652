"""Two played banks bid, sealed, for each certificate under limits of their own; the better one finances it whole.

Rates are derived from the invoice and the bank, so that every run plays the same. A certificate that falls due before
a tender could end is held until it is paid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import tallystick.finance as finance
from tallystick.app.imports.drafts import InvoiceDraft
from tallystick.app.imports.entry_ids import entry_id
from tallystick.app.imports.parties import Cast
from tallystick.app.imports.pens import Pens, Wanted
from tallystick.app.imports.plan import Planned
from tallystick.ledger import Body, SetClock

#: From 3 % to 6 % a year.
rate_ppm_min, rates_ppm = 30_000, 30_001
seal_hours, open_hours, accept_hours = 1, 4, 4
#: On the day of the tender; its bids are sealed until 10:00 or 11:00.
opened_at, paid_at = "T11:00:01.000Z", "T08:00:00.000Z"
registered_until = "2099-12-31"
limits_on = "2000-01-02"
Hashes = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate of a holder, over what was confirmed."""

    certificate: str
    invoice: Planned
    draft: InvoiceDraft

    @property
    def due_on(self) -> str:
        return self.draft.due or self.draft.date

    @property
    def holder(self) -> str:
        return self.invoice.author


@dataclass
class Lent:
    """What was financed, in minor units, by bank; how many certificates, and what they cost."""

    certificates: int = 0
    principal: int = 0
    net: int = 0
    by_bank: dict[str, int] = field(default_factory=dict)
    too_near: int = 0


@dataclass
class Lenders:
    """Plays the banks of `cast` with `pens` and the clock of a simulated ledger."""

    cast: Cast
    pens: Pens
    clock: SetClock
    lent: Lent = field(default_factory=Lent)

    def limit(self, by_core: Mapping[str, int], currency: str) -> None:
        """Each bank's own: in all, and on each core enterprise, what that confirms at most."""
        for bank in self.cast.lenders:
            self._limit(bank, "funder", None, sum(by_core.values()), currency)
            for core, amount in sorted(by_core.items()):
                self._limit(bank, "funder-core", core, amount, currency)

    def finance(self, held: Sequence[Held], day: str) -> None:
        """Tender, bids and their opening on this day; search, acceptance and payment on the next."""
        value_on = finance.plus_days(day, 1)
        able = [one for one in held if one.due_on > value_on]
        self.lent.too_near += len(held) - len(able)
        if not able:
            return
        tenders = [self._tender(one, value_on) for one in able]
        seals = [self._seal(one, bank) for one in able for bank in self.cast.lenders]
        opens = [self._open(one, bank, value_on) for one in able for bank in self.cast.lenders]
        self.pens.write([*tenders, *seals])
        self._at(f"{day}{opened_at}", opens)
        self.pens.write(opens, tenders)
        taken = [want for one in able for want in self._taken(one, day)]
        self.pens.write(taken, opens)
        paid = [want for one in able for want in self._paid(one, value_on)]
        self._at(f"{value_on}{paid_at}", paid)
        answers = self.pens.write(paid, opens)
        for one in able:
            if answers[self._id(one, "disburse.receive")].accepted:
                self._count(one, value_on)

    def _at(self, instant: str, wanted: Sequence[Wanted]) -> None:
        """Ledger time of a block of its own, unless all was written before."""
        if not self.pens.knows(wanted):
            self.pens.ledger.seal()
            self.clock.set(instant)
            self.pens.ledger.seal(force=True)

    def _limit(self, bank: str, kind: str, core: str | None, amount: int, currency: str) -> None:
        told = {"kind": kind, "currency": currency, "amount": amount, "after": 0, "subject": core}
        body = finance.LimitPropose.model_validate(told)
        name = f"{kind} {core or ''}"
        proposal = entry_id(bank, "finance.limit.propose/1", name, limits_on)
        self.pens.write(
            [
                Wanted(proposal, "finance.limit.propose/1", self.cast.maker_of(bank), body),
                Wanted(
                    entry_id(bank, "finance.limit.approve/1", name, limits_on),
                    "finance.limit.approve/1",
                    self.cast.checker_of(bank),
                    lambda hashes: finance.LimitApprove(proposal=hashes[proposal]),
                ),
            ]
        )

    def _tender(self, one: Held, value_on: str) -> Wanted:
        body = finance.TenderOpen(
            certificate=one.certificate, amount=one.draft.gross, funders=self.cast.lenders,
            seal_hours=seal_hours, open_hours=open_hours, accept_hours=accept_hours, value_on=value_on,
        )  # fmt: skip
        return self._said(one, "tender.open", one.holder, body)

    def _seal(self, one: Held, bank: str) -> Wanted:
        def body(hashes: Hashes) -> finance.BidSeal:
            tender = hashes[self._id(one, "tender.open")]
            sealed = finance.commitment(tender, bank, rate_of(one, bank), salt_of(one, bank))
            return finance.BidSeal(tender=tender, commitment=sealed)

        return self._said(one, "bid.seal", bank, body)

    def _open(self, one: Held, bank: str, value_on: str) -> Wanted:
        rate = rate_of(one, bank)
        figures = _figures(one, rate, value_on)

        def body(hashes: Hashes) -> finance.BidOpen:
            return finance.BidOpen(
                tender=hashes[self._id(one, "tender.open")], rate_ppm=rate, salt=salt_of(one, bank),
                due_on=one.due_on, days=figures.days, discount=figures.discount, net=figures.net,
            )  # fmt: skip

        return self._said(one, "bid.open", bank, body)

    def _taken(self, one: Held, day: str) -> Iterator[Wanted]:
        """The better bank searches the register, and the holder accepts its bid."""
        bank, name = self._best(one), one.invoice.name
        search = finance.Search(
            certificate=one.certificate, holder=one.holder, number=_number("CX", name),
            evidence=_digest(f"search {name}"), searched_at=f"{day}{paid_at}",
        )  # fmt: skip
        yield self._said(one, "search", bank, search)
        yield self._said(
            one, "quote.accept", one.holder,
            lambda hashes: finance.QuoteAccept(quote=hashes[self._id(one, "bid.open", bank)]),
        )  # fmt: skip

    def _paid(self, one: Held, value_on: str) -> Iterator[Wanted]:
        bank, name = self._best(one), one.invoice.name
        quote, at = self._id(one, "bid.open", bank), f"{value_on}{paid_at}"
        net = _figures(one, rate_of(one, bank), value_on).net
        registration = finance.Registration(number=_number("ZD", name), ends_on=registered_until)
        yield self._said(
            one, "instruct", bank,
            lambda hashes: finance.Instruct(
                quote=hashes[quote], registration=registration, reference=_number("E2E", name), sent_at=at
            ),
        )  # fmt: skip
        yield self._said(
            one, "disburse", bank,
            lambda hashes: finance.Disburse(
                quote=hashes[quote], amount_minor=net, evidence=_digest(f"paid {name}"), paid_at=at
            ),
        )  # fmt: skip
        yield self._said(
            one, "disburse.receive", one.holder,
            lambda hashes: finance.DisburseAnswer(quote=hashes[quote]),
        )  # fmt: skip

    def _best(self, one: Held) -> str:
        """The lower rate; of equal ones the bank that sealed first."""
        return min(self.cast.lenders, key=lambda bank: rate_of(one, bank))

    def _count(self, one: Held, value_on: str) -> None:
        bank = self._best(one)
        lent = self.lent
        lent.certificates += 1
        lent.principal += one.draft.gross
        lent.net += _figures(one, rate_of(one, bank), value_on).net
        lent.by_bank[bank] = lent.by_bank.get(bank, 0) + one.draft.gross

    def _said(
        self, one: Held, act: str, organisation: str, body: Body | Callable[[Hashes], Body]
    ) -> Wanted:
        name = self._id(one, act, organisation if act.startswith("bid.") else "")
        return Wanted(name, f"finance.{act}/1", self.cast.maker_of(organisation), body)

    def _id(self, one: Held, act: str, bank: str = "") -> str:
        draft = one.invoice.draft
        return entry_id(one.holder, f"finance.{act} {bank}".strip(), one.invoice.name, draft.date)


def rate_of(one: Held, bank: str) -> int:
    """Parts in a million a year."""
    digest = hashlib.sha256(f"rate\n{bank}\n{one.invoice.name}".encode()).digest()
    return rate_ppm_min + int.from_bytes(digest[:8], "big") % rates_ppm


def salt_of(one: Held, bank: str) -> str:
    return _digest(f"salt\n{bank}\n{one.invoice.name}")


def _figures(one: Held, rate_ppm: int, value_on: str) -> finance.Discounted:
    terms = finance.DiscountTerms(one.draft.gross, rate_ppm, value_on, one.due_on)
    return finance.discounted(terms)


def _number(kind: str, name: str) -> str:
    return f"{kind}-{_digest(name)[:16]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
