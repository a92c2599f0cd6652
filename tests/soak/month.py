"""A month of a core enterprise and its suppliers: stated, answered from own figures, billed, confirmed; and what goes back.

On a real log. Three lines in a hundred are planted so that the supplier's own figures differ from what the gate scanned
or from the order's price. Of every twentieth billed line half goes back, is stated, agreed to and credited. Nobody types
an amount: statements, answers, invoices, confirmations and credit notes follow from the log and from the suppliers' files. Order lines are the real ones of the delivery history in ../shared, where it is.
"""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.log import BenchLog, batches
from bench.pens import Pens, bank, checker, core, gate, key, maker, node, started

from tallystick import finance, trace
from tallystick.app.statements.batches import proposals
from tallystick.identity import AddKey, AddPerson, RegisterOrganisation
from tallystick.ledger import Submission, payload_hash
from tallystick.trace import builders as epcis

real_lines = (
    Path(__file__).resolve().parents[3] / "shared/data/scms/SCMS_Delivery_History_Dataset.csv"
)
planted_per_thousand = 30
returned_every = 20
batch_entries = 64
tax_ppm = 130_000
due_on = "2026-06-01"
quantity_max = 900_000_000
kinds = ("quantity", "price", "not-ours")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """As ordered and accepted, and what the supplier's own file says of it (None: nothing)."""

    quantity: int
    price: int
    own: tuple[int, Decimal] | None
    planted: str | None


@dataclass
class Month:
    """What the month came to. Times are seconds."""

    suppliers: int
    lines: int
    source: str
    planted: dict[str, set[int]] = field(default_factory=dict)
    disputed: dict[str, set[int]] = field(default_factory=dict)
    reasons_wrong: int = 0
    statements: int = 0
    proposed_s: float = 0.0
    certificates: int = 0
    face: int = 0
    worth: int = 0
    returned: int = 0
    returned_worth: int = 0
    credited: int = 0
    above: int = 0

    @property
    def sound(self) -> bool:
        """Every statement stands, exactly the planted lines are disputed, the rest is owed to the cent, and what went
        back of it is credited to the cent: all of it is above what was confirmed, but for the rounding of a line."""
        return (
            self.statements == self.suppliers
            and self.disputed == self.planted
            and not self.reasons_wrong
            and self.certificates == self.suppliers
            and self.face == self.worth
            and self.returned_worth == self.credited
            and abs(self.credited - self.above) <= self.returned
        )


def play(log: BenchLog, suppliers: int, lines_each: int, seed: int, say: Say) -> Month:
    """The whole month."""
    rng = random.Random(seed)
    source, amounts = _amounts(rng)
    month = Month(suppliers, suppliers * lines_each, source)
    firms = {f"99.100/O-MONTH{n:07d}": _lines(rng, amounts, lines_each) for n in range(suppliers)}
    log.append(_registered(log.pens, list(firms)))
    for done, (firm, lines) in enumerate(firms.items(), start=1):
        _deliver(log, firm, lines)
        if done % 25 == 0:
            say(f"{done} of {suppliers} suppliers delivered")
    log.ledger.seal()
    _propose(log, month)
    say(f"{month.statements} statements proposed in {month.proposed_s:.1f} s")
    for firm, lines in firms.items():
        _answer(log, firm, lines, month)
    say(f"{sum(map(len, month.disputed.values()))} lines disputed")
    for firm in firms:
        _confirm(log, firm, month)
    say(f"{month.certificates} certificates over {finance.format_amount(month.face)}")
    for firm in firms:
        _give_back(log, firm, month)
    log.ledger.seal()
    _credit(log, list(firms), month)
    say(f"{month.returned} lines went back, {finance.format_amount(month.credited)} credited")
    return month


def contract_of(firm: str) -> str:
    return f"{core}#FC-{firm[-7:]}"


def statement_of(firm: str) -> str:
    return finance.statements.statement_name(contract_of(firm), 1)


def order_of(firm: str) -> str:
    return f"{core}#PO-{firm[-7:]}"


def own_figures(firm: str, lines: Sequence[Line]) -> str:
    """The supplier's file."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("order", "line", "quantity", "price"))
    for number, line in enumerate(lines, start=1):
        if line.own is not None:
            table.writerow((order_of(firm), number, line.own[0], line.own[1]))
    return out.getvalue()


def _amounts(rng: random.Random) -> tuple[str, list[tuple[int, int]]]:
    """Quantities and prices in fen, real or generated; and which of them."""
    if not real_lines.exists():
        return "generated", [
            (rng.randint(1, 1000), rng.randint(100, 50_000)) for _ in range(10_000)
        ]
    rows = csv.DictReader(real_lines.read_bytes().decode("latin-1").splitlines())
    found = []
    for row in rows:
        price = int(Decimal(row["Pack Price"]) * 100)
        if price > 0:
            found.append((int(row["Line Item Quantity"]), price))
    return "real order lines", found


def _lines(rng: random.Random, amounts: Sequence[tuple[int, int]], count: int) -> list[Line]:
    return [_line(rng, *rng.choice(amounts)) for _ in range(count)]


def _line(rng: random.Random, quantity: int, price: int) -> Line:
    own = (quantity, Decimal(price).scaleb(-2))
    if rng.randrange(1000) >= planted_per_thousand:
        return Line(quantity, price, own, None)
    kind = rng.choice(kinds)
    if kind == "quantity":
        return Line(quantity, price, (quantity + rng.randint(1, 9), own[1]), kind)
    if kind == "price":
        return Line(quantity, price, (quantity, own[1] + Decimal("0.01")), kind)
    return Line(quantity, price, None, kind)


def _registered(pens: Pens, firms: Sequence[str]) -> Iterator[list[Submission]]:
    """Each with a key, a maker and nobody else."""
    for firm in firms:
        name = {"en": f"Supplier {firm[-7:]}", "zh": f"供应商{firm[-7:]}"}
        body = RegisterOrganisation(
            organisation=firm, name=name, scheme="none", capacities=("supplier",)
        )
        person = maker(firm)
        yield [
            pens.write(node, "identity.organisation.register/1", body),
            _key(pens, node, firm, ("*",)),
        ]
        add = AddPerson(person=person, organisation=firm, roles=("maker",))
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


def _deliver(log: BenchLog, firm: str, lines: Sequence[Line]) -> None:
    """Contract, order and despatch advice, and the gate's scan of all that arrived."""
    pens, tail = log.pens, firm[-7:]
    lots, handles = pens.items(len(lines))
    contract = pens.write(
        maker(core),
        "finance.contract/1",
        finance.Contract(
            number=f"FC-{tail}", buyer=core, seller=firm, currency="CNY", signed_on="2026-01-01",
            valid_from="2026-01-01", payment_days=180, statement_day=5,
        ),
    )  # fmt: skip
    agree = finance.Agree(proposal=payload_hash(contract.envelope).hex())
    order = finance.Order(
        number=f"PO-{tail}", buyer=core, seller=firm, contract=contract_of(firm), currency="CNY",
        ordered_on="2026-02-10",
        lines=tuple(
            finance.OrderLine(
                line=n, quantity=line.quantity, price=finance.Price(amount=line.price),
                tax_ppm=tax_ppm,
            )
            for n, line in enumerate(lines, start=1)
        ),
    )  # fmt: skip
    sent = tuple(
        finance.DespatchLine(
            line=n, order=order_of(firm), order_line=n, quantity=line.quantity,
            lots=(finance.LotQuantity(lot=lot, quantity=line.quantity),),
        )
        for n, (line, lot) in enumerate(zip(lines, lots, strict=True), start=1)
    )  # fmt: skip
    despatch = finance.Despatch(
        number=f"DA-{tail}", seller=firm, buyer=core, despatched_on="2026-03-04", lines=sent
    )
    log.append(
        [
            handles,
            [contract, pens.write(maker(firm), "finance.agree/1", agree)],
            [pens.write(maker(core), "finance.order/1", order)],
            [pens.write(maker(firm), "finance.despatch/1", despatch)],
            [_scanned(pens, firm, lots, lines)],
        ]
    )


def _scanned(pens: Pens, firm: str, lots: Sequence[str], lines: Sequence[Line]) -> Submission:
    found = [
        trace.Quantity(lot=lot, quantity=line.quantity)
        for lot, line in zip(lots, lines, strict=True)
    ]
    references = [trace.Reference(type="desadv", id=f"{firm}#DA-{firm[-7:]}")]
    return pens.capture(
        [
            epcis.commissioning(lots=found, time=started, read_point=gate),
            epcis.receiving(
                lots=found, time=started, read_point=gate, references=references, source=firm,
                destination=core,
            ),
        ]
    )  # fmt: skip


def _propose(log: BenchLog, month: Month) -> None:
    """All statements in one go, as `tallystick statement propose` does it."""
    began = time.monotonic()
    with log.reader.open() as snapshot:
        due = list(proposals(snapshot.view, core))
    said = [log.pens.write(maker(core), one.said.type, one.said.body) for one in due]
    log.append(batches(said, batch_entries))
    log.ledger.seal()
    month.proposed_s = time.monotonic() - began
    month.statements = len(due)


def _answer(log: BenchLog, firm: str, lines: Sequence[Line], month: Month) -> None:
    """The supplier's file decides, as in `tallystick statement compare --as`."""
    told, name = finance.statements, statement_of(firm)
    with log.reader.open() as snapshot:
        rows: list[Mapping[str, Any]] = [
            dict(row) for row in snapshot.view.group("statement-line", name).values()
        ]
    found = told.differences(rows, told.read_own(own_figures(firm, lines)))
    answer = told.StatementAnswer(statement=name, disputed=told.disputes(found), others="agree")
    log.append([[log.pens.write(maker(firm), "finance.statement.answer/1", answer)]])
    planted = {n: line.planted for n, line in enumerate(lines, start=1) if line.planted}
    by_order_line = {row["line"]: row["order_line"] for row in rows}
    month.planted[firm] = set(planted)
    month.disputed[firm] = {by_order_line[one.line] for one in found}
    month.reasons_wrong += sum(planted.get(by_order_line[one.line]) != one.reason for one in found)
    month.worth += sum(row["net"] + row["tax"] for row in rows if row["order_line"] not in planted)


def _confirm(log: BenchLog, firm: str, month: Month) -> None:
    """The invoice of the agreed lines, and a certificate over what its match allows."""
    pens, number = log.pens, f"INV-{firm[-7:]}"
    with log.reader.open() as snapshot:
        body = finance.statements.invoice(snapshot.view, statement_of(firm), number, "2026-03-05")
    if body is None:
        return
    log.append([[pens.write(maker(firm), "finance.invoice/1", body)]])
    invoice = f"{firm}#{number}"
    with log.reader.open() as snapshot:
        match = finance.match_invoice(snapshot.view, invoice)
    proposal = pens.write(
        maker(core),
        "finance.confirm.propose/1",
        finance.ConfirmPropose(
            invoice=invoice, amount=match.confirmable, currency="CNY", due_on=due_on,
            paying_bank=bank,
            lines=tuple(
                finance.ConfirmLine(line=line.line, amount=line.confirmable)
                for line in match.lines
            ),
        ),
    )  # fmt: skip
    approval = finance.ConfirmApprove(proposal=payload_hash(proposal.envelope).hex())
    said = [proposal, pens.write(checker(core), "finance.confirm.approve/1", approval)]
    certificate = f"{core}#C-{log.append([said])[-1].index}"
    accept = finance.CertificateAccept(certificate=certificate)
    log.append([[pens.write(maker(firm), "finance.certificate.accept/1", accept)]])
    with log.reader.open() as snapshot:
        head: Mapping[str, Any] = snapshot.view.get("certificate", certificate) or {}
    month.certificates += head["status"] == "live"
    month.face += head["face"]


def _give_back(log: BenchLog, firm: str, month: Month) -> None:
    """Half of what came of every so many billed lines leaves by the gate, under one return authorisation."""
    despatch = f"{firm}#DA-{firm[-7:]}"
    with log.reader.open() as snapshot:
        stated = snapshot.view.group("statement-line", statement_of(firm)).values()
        sent = snapshot.view.group("despatch-line", despatch)
        billed: list[Any] = [row for row in stated if "invoice" in row]
        lots = []
        for row in billed[::returned_every]:
            line: Any = sent[f"{row['order_line']:06d}"]
            (lot,) = line["lots"]
            lots.append(trace.Quantity(lot=lot["lot"], quantity=-(-lot["quantity"] // 2)))
    references = [
        trace.Reference(type="desadv", id=despatch), trace.Reference(type="rma", id=f"{core}#RMA-1")
    ]  # fmt: skip
    event = epcis.shipping(
        lots=lots, time=started, read_point=gate, references=references, source=core,
        destination=firm,
    )  # fmt: skip
    log.append([[log.pens.capture([event])]])
    month.returned += len(lots)


def _credit(log: BenchLog, firms: Sequence[str], month: Month) -> None:
    """Stated by the core; each supplier agrees to what is below zero, and credits what follows from that."""
    told, pens = finance.statements, log.pens
    with log.reader.open() as snapshot:
        due = list(proposals(snapshot.view, core))
    log.append(
        batches(
            [pens.write(maker(core), one.said.type, one.said.body) for one in due], batch_entries
        )
    )
    log.ledger.seal()
    for firm in firms:
        name = told.statement_name(contract_of(firm), 2)
        with log.reader.open() as snapshot:
            rows: list[Any] = list(snapshot.view.group("statement-line", name).values())
        below = [row for row in rows if row["quantity"] < 0]
        answer = told.StatementAnswer(statement=name, agreed=tuple(row["line"] for row in below))
        log.append([[pens.write(maker(firm), "finance.statement.answer/1", answer)]])
        with log.reader.open() as snapshot:
            notes, unbilled = told.credits_of(snapshot.view, name, f"CN-{firm[-7:]}", "2026-03-05")
        said = [pens.write(maker(firm), "finance.credit/1", note) for note in notes]
        log.append([said])
        with log.reader.open() as snapshot:
            heads: list[Any] = [
                snapshot.view.get("credit", f"{firm}#{one.number}") for one in notes
            ]
        month.returned_worth -= sum(row["net"] + row["tax"] for row in below)
        month.credited += sum(head["gross"] for head in heads if not unbilled)
        month.above += sum(head["above"] for head in heads)
