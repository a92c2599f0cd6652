"""A core enterprise's programme: certificates to the cent, part of them financed by three banks under limits, all paid.

On a real log whose clock is set, day by day: on each the equality report of the day is made as the node makes it, and
must leave nothing unexplained. Nothing is rounded on the way: faces and financed amounts add up exactly to what was set.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.log import BenchLog, accepted, batches
from bench.pens import Pens, bank, checker, core, gate, key, maker, node, started

from tallystick import finance, trace
from tallystick.app.equality.keeping import made
from tallystick.finance.limits.recount import differences
from tallystick.finance.receivables.book import split_minimum_minor
from tallystick.identity import AddKey, AddPerson, RegisterOrganisation
from tallystick.ledger import SetClock, Submission, payload_hash
from tallystick.trace import builders as epcis

funders = tuple(f"99.100/O-FUNDER{n:07d}" for n in range(3))
begin, value_on = "2026-03-05", "2026-03-09"
#: A week apart; each certificate falls due on one of them.
due_days = ("2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22")
last_day = "2026-06-24"
rate_ppm = 42_000
units = 1000
batch_entries = 64
#: Until all that is due on a day was recorded.
blocks_max = 50
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Firm:
    """A supplier, the face of its certificate, and what of it a bank finances (0: nothing)."""

    handle: str
    face: int
    financed: int
    funder: str
    due_on: str

    @property
    def tail(self) -> str:
        return self.handle[-7:]


@dataclass
class Programme:
    """What it came to, in minor units. `unexplained`: by day, of the equality reports."""

    suppliers: int
    wanted: tuple[int, int]
    face: int = 0
    financed: int = 0
    by_bank: dict[str, int] = field(default_factory=dict)
    settled: int = 0
    paid: int = 0
    outstanding: int = 0
    limits_differ: int = 0
    refused_above_limit: str = ""
    entries: int = 0
    unexplained: dict[str, int] = field(default_factory=dict)

    @property
    def sound(self) -> bool:
        return (
            (self.face, self.financed) == self.wanted
            and sum(self.by_bank.values()) == self.financed
            and len(self.by_bank) == len(funders)
            and self.settled == self.suppliers
            and self.paid == self.face
            and self.outstanding == self.limits_differ == 0
            and self.refused_above_limit == "funder-limit-reached"
            and len(self.unexplained) > len(due_days)
            and not any(self.unexplained.values())
        )


def play(
    log: BenchLog, clock: SetClock, suppliers: int, face: int, financed: int, seed: int, say: Say
) -> Programme:
    """The whole programme; the clock is that of the log's pens."""
    told, firms, certificates, quotes = until_due(log, clock, suppliers, face, financed, seed, say)
    for day in _days(value_on, last_day):
        if day in due_days:
            _pay(log, day, [one for one in firms if one.due_on == day], told)
            say(f"paid what was due on {day}")
        if finance.plus_days(day, -1) in due_days:
            _cancel(log, [one for one in firms if one.due_on == finance.plus_days(day, -1)], quotes)
        _close(log, clock, day, told)
    _ended(log, list(certificates.values()), told)
    return told


def until_due(
    log: BenchLog, clock: SetClock, suppliers: int, face: int, financed: int, seed: int, say: Say
) -> tuple[Programme, list[Firm], dict[str, str], dict[str, str]]:
    """All certificates live and financed, nothing due; (what it came to, firms, certificates and quotes by firm)."""
    rng = random.Random(seed)
    firms = _firms(rng, suppliers, face, financed)
    told = Programme(suppliers, (face, financed))
    log.append(_registered(log.pens, [one.handle for one in firms]))
    _limits(log, firms)
    certificates = {}
    for done, firm in enumerate(firms, start=1):
        certificates[firm.handle] = _certificate(log, firm)
        if done % 100 == 0:
            say(f"{done} of {suppliers} certificates")
    told.face = sum(row["face"] for row in _heads(log, certificates.values()))
    for day in _days(begin, value_on):
        _close(log, clock, day, told)
    quotes = {}
    for done, firm in enumerate((one for one in firms if one.financed), start=1):
        quotes[firm.handle] = _financed(log, firm, certificates[firm.handle])
        told.financed += firm.financed
        told.by_bank[firm.funder] = told.by_bank.get(firm.funder, 0) + firm.financed
        if done % 100 == 0:
            say(f"{done} financed")
    told.refused_above_limit = _above(log, firms, certificates)
    return told, firms, certificates, quotes


def _firms(rng: random.Random, count: int, face: int, financed: int) -> list[Firm]:
    """Faces of a random size that add up exactly; of about six in ten so much is financed that this does, too."""
    faces = _parted(rng, face, count)
    chosen = sorted(rng.sample(range(count), max(3, count * 6 // 10)))
    while sum(faces[at] for at in chosen) < financed:
        chosen = sorted({*chosen, rng.randrange(count)})
    parts = _within(financed, [faces[at] for at in chosen])
    of = dict(zip(chosen, parts, strict=True))
    by = {at: funders[place % len(funders)] for place, at in enumerate(chosen)}
    return [
        Firm(
            f"99.100/O-PROGRAM{n:07d}", faces[n], of.get(n, 0), by.get(n, funders[0]),
            due_days[n % len(due_days)],
        )
        for n in range(count)
    ]  # fmt: skip


def _parted(rng: random.Random, total: int, count: int) -> list[int]:
    """`total` in `count` parts by largest remainder over random weights, none below what may be split off."""
    weights = [rng.uniform(0.2, 5.0) for _ in range(count)]
    rest = total - count * split_minimum_minor
    found = [int(rest * weight / sum(weights)) for weight in weights]
    found[0] += rest - sum(found)
    return [split_minimum_minor + part for part in found]


def _within(total: int, mosts: Sequence[int]) -> list[int]:
    """`total` over parts that each have a most, all about equally full; no part leaves less than may stand alone."""
    found, left, room = [], total, sum(mosts)
    for most in mosts:
        part = min(most, -(-left * most // room)) if room else 0
        if 0 < most - part < split_minimum_minor:
            part = most
        part = min(part, left)
        found.append(part)
        left, room = left - part, room - most
    return found


def _registered(pens: Pens, firms: Sequence[str]) -> Iterator[list[Submission]]:
    """Suppliers with a maker, banks and the core's node with a maker and a checker."""
    for firm, capacity in (
        *((one, "supplier") for one in firms),
        *((one, "bank") for one in funders),
    ):
        body = RegisterOrganisation(
            organisation=firm, name={"en": f"Firm {firm[-7:]}"}, scheme="none",
            capacities=(capacity,),  # type: ignore[arg-type]
        )  # fmt: skip
        yield [
            pens.write(node, "identity.organisation.register/1", body),
            _key(pens, node, firm, ("*",)),
        ]
        yield from _people(pens, firm, both=capacity == "bank")
    yield from _people(pens, node, both=True)


def _people(pens: Pens, firm: str, *, both: bool) -> Iterator[list[Submission]]:
    told = [(maker(firm), "maker")] + ([(checker(firm), "checker")] if both else [])
    for person, role in told:
        add = AddPerson(person=person, organisation=firm, roles=(role,))  # type: ignore[arg-type]
        yield [
            pens.write(firm, "identity.person.add/1", add),
            _key(pens, firm, person, ("finance.*",)),
        ]


def _key(pens: Pens, by: str, owner: str, types: tuple[str, ...]) -> Submission:
    new = key(f"300:{owner}")
    body = AddKey(
        key=new.keyid, jwk=new.private.public.jwk(), custody="self", types=types, played=True
    )
    return pens.write(by, "identity.key.add/1", body, new)


def _limits(log: BenchLog, firms: Sequence[Firm]) -> None:
    """The core's own, and of each bank its total and that on the core: exactly what is used of them."""
    faces = sum(one.face for one in firms)
    _limit(log, node, kind="core", subject=core, amount=faces)
    for funder in funders:
        used = sum(one.financed for one in firms if one.funder == funder)
        _limit(log, funder, kind="funder", amount=used)
        _limit(log, funder, kind="funder-core", subject=core, amount=used)


def _limit(log: BenchLog, by: str, **told: Any) -> None:
    body = finance.LimitPropose(currency="CNY", after=0, **told)
    proposed = log.pens.write(maker(by), "finance.limit.propose/1", body)
    approve = finance.LimitApprove(proposal=payload_hash(proposed.envelope).hex())
    log.append([[proposed, log.pens.write(checker(by), "finance.limit.approve/1", approve)]])


def _certificate(log: BenchLog, firm: Firm) -> str:
    """Contract, order, despatch, receiving scan, invoice, two persons of the core; accepted by its holder."""
    pens, tail = log.pens, firm.tail
    (lot,), handles = pens.items(1)
    price = finance.Price(amount=firm.face, per=units)
    contract = pens.write(
        maker(core),
        "finance.contract/1",
        finance.Contract(
            number=f"PC-{tail}", buyer=core, seller=firm.handle, currency="CNY", signed_on="2026-01-01",
            valid_from="2026-01-01", payment_days=365,
        ),
    )  # fmt: skip
    agree = finance.Agree(proposal=payload_hash(contract.envelope).hex())
    order = finance.Order(
        number=f"PP-{tail}", buyer=core, seller=firm.handle, contract=f"{core}#PC-{tail}", currency="CNY",
        ordered_on="2026-01-02",
        lines=(finance.OrderLine(line=1, text="cell", quantity=units, price=price),),
    )  # fmt: skip
    sent = finance.DespatchLine(
        line=1, order=f"{core}#PP-{tail}", order_line=1, quantity=units,
        lots=(finance.LotQuantity(lot=lot, quantity=units),),
    )  # fmt: skip
    despatch = finance.Despatch(
        number=f"PD-{tail}",
        seller=firm.handle,
        buyer=core,
        despatched_on="2026-01-05",
        lines=(sent,),
    )
    billed = finance.InvoiceLine(
        line=1, order=f"{core}#PP-{tail}", order_line=1, quantity=units, price=price
    )
    invoice = finance.Invoice(
        number=f"PI-{tail}", seller=firm.handle, buyer=core, currency="CNY", invoiced_on="2026-01-10",
        lines=(billed,),
    )  # fmt: skip
    seller = maker(firm.handle)
    log.append(
        [
            handles,
            [contract, pens.write(seller, "finance.agree/1", agree)],
            [pens.write(maker(core), "finance.order/1", order)],
            [pens.write(seller, "finance.despatch/1", despatch)],
            [_scanned(pens, firm, lot)],
            [pens.write(seller, "finance.invoice/1", invoice)],
        ]
    )
    proposal = pens.write(
        maker(core),
        "finance.confirm.propose/1",
        finance.ConfirmPropose(
            invoice=f"{firm.handle}#PI-{tail}", amount=firm.face, currency="CNY", due_on=firm.due_on,
            paying_bank=bank, lines=(finance.ConfirmLine(line=1, amount=firm.face),),
        ),
    )  # fmt: skip
    approve = finance.ConfirmApprove(proposal=payload_hash(proposal.envelope).hex())
    said = [proposal, pens.write(checker(core), "finance.confirm.approve/1", approve)]
    name = f"{core}#C-{log.append([said])[-1].index}"
    accept = finance.CertificateAccept(certificate=name)
    log.append([[pens.write(seller, "finance.certificate.accept/1", accept)]])
    return name


def _scanned(pens: Pens, firm: Firm, lot: str) -> Submission:
    lots = [trace.Quantity(lot=lot, quantity=units)]
    references = [trace.Reference(type="desadv", id=f"{firm.handle}#PD-{firm.tail}")]
    return pens.capture(
        [
            epcis.commissioning(lots=lots, time=started, read_point=gate),
            epcis.receiving(
                lots=lots, time=started, read_point=gate, references=references, source=firm.handle,
                destination=core,
            ),
        ]
    )  # fmt: skip


def _quoted(log: BenchLog, firm: Firm, certificate: str, amount: int) -> Submission:
    terms = finance.DiscountTerms(amount, rate_ppm, value_on, firm.due_on)
    figures = finance.discounted(terms)
    body = finance.Quote(
        certificate=certificate, holder=firm.handle, currency="CNY", amount=amount, rate_ppm=rate_ppm,
        value_on=value_on,
        days=figures.days, discount=figures.discount, net=figures.net, due_on=firm.due_on,
    )  # fmt: skip
    return log.pens.write(maker(firm.funder), "finance.quote/1", body)


def _financed(log: BenchLog, firm: Firm, certificate: str) -> str:
    """Quoted, searched, taken, instructed, paid by the bank and received by the supplier; the quote."""
    pens, by, seller = log.pens, maker(firm.funder), maker(firm.handle)
    quoted = _quoted(log, firm, certificate, firm.financed)
    quote, now = payload_hash(quoted.envelope).hex(), _now(log)
    search = finance.Search(
        certificate=certificate, holder=firm.handle, number=f"CX-{firm.tail}",
        evidence=digest(f"search {firm.tail}"), searched_at=now,
    )  # fmt: skip
    log.append(
        [
            [quoted],
            [pens.write(by, "finance.search/1", search)],
            [pens.write(seller, "finance.quote.accept/1", finance.QuoteAccept(quote=quote))],
        ]
    )
    with log.reader.open() as snapshot:
        row: Any = snapshot.view.get("quote", quote)
    instruct = finance.Instruct(
        quote=quote, registration=finance.Registration(number=f"ZDW-{firm.tail}", ends_on="2028-12-31"),
        reference=f"E2E-{firm.tail}", sent_at=now,
    )  # fmt: skip
    paid = finance.Disburse(
        quote=quote, amount_minor=row["net"], evidence=digest(f"paid {firm.tail}"), paid_at=now
    )
    log.append(
        [
            [pens.write(by, "finance.instruct/1", instruct)],
            [pens.write(by, "finance.disburse/1", paid)],
            [pens.write(seller, "finance.disburse.receive/1", finance.DisburseAnswer(quote=quote))],
        ]
    )
    return quote


def _above(log: BenchLog, firms: Sequence[Firm], certificates: dict[str, str]) -> str:
    """One more yuan than a bank's limit leaves; the code of the refusal."""
    firm = next(one for one in firms if one.face - one.financed >= 2 * split_minimum_minor)
    quoted = _quoted(log, firm, certificates[firm.handle], split_minimum_minor)
    (answer,) = log.ledger.append([quoted])
    return (answer.problem.code if answer.problem else answer.code) or answer.outcome


def _pay(log: BenchLog, day: str, firms: Sequence[Firm], told: Programme) -> None:
    """The debtor's bank pays all that is due on a day by one instruction for each holder.

    Blocks record holders and accounts first, so many at once: until they have, it is told to repeat.
    """
    amount = sum(one.face for one in firms)
    body = finance.PayDue(
        issuer=core, currency="CNY", pays_on=day, amount_minor=amount, evidence=digest(f"due {day}"),
        paid_at=_now(log),
    )  # fmt: skip
    for _ in range(blocks_max):
        (answer,) = log.ledger.append([log.pens.write(maker(bank), "finance.pay.due/1", body)])
        if answer.problem is None or answer.problem.code != "still-recording":
            break
        log.ledger.seal(force=True)
    accepted([answer])
    told.paid += amount


def _cancel(log: BenchLog, firms: Sequence[Firm], quotes: dict[str, str]) -> None:
    """Banks take registrations back whose financing was paid off."""
    said = [
        log.pens.write(
            maker(one.funder),
            "finance.registration.cancel/1",
            finance.RegistrationCancel(quote=quotes[one.handle], number=f"ZDW-{one.tail}"),
        )
        for one in firms
        if one.financed
    ]
    log.append(batches(said, batch_entries))


def _close(log: BenchLog, clock: SetClock, day: str, told: Programme) -> None:
    """Let the day end, and hold its books against each other."""
    log.ledger.seal(force=True)
    clock.set(f"{day}T16:00:00.000Z")
    log.ledger.seal(force=True)
    # What was planned for midnight is carried out by the block after it.
    clock.advance(2 * 3600 * 1000)
    log.ledger.seal(force=True)
    with log.reader.open() as snapshot:
        told.unexplained[day] = sum(one.unexplained for one in made(snapshot, day))


def _ended(log: BenchLog, certificates: Iterable[str], told: Programme) -> None:
    heads = _heads(log, certificates)
    told.settled = sum(row["status"] == "settled" for row in heads)
    told.outstanding = sum(row["face"] - row["paid"] for row in heads)
    with log.reader.open() as snapshot:
        told.entries = snapshot.size()
        told.limits_differ = len(list(differences(snapshot.view)))


def _heads(log: BenchLog, certificates: Iterable[str]) -> list[Any]:
    with log.reader.open() as snapshot:
        return [snapshot.view.get("certificate", name) for name in certificates]


def _days(first: str, behind: str) -> Iterator[str]:
    day = first
    while day < behind:
        yield day
        day = finance.plus_days(day, 1)


def _now(log: BenchLog) -> str:
    with log.reader.open() as snapshot:
        block: Any = snapshot.view.get("log", "block")
    return str(block["time"])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
