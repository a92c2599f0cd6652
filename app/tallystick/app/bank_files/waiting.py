"""What an organisation waits for, by the references under which a bank would notify it.

reference                     of
of `finance.instruct/1`       a financing's payment: the payer's debit, the payee's credit, what came back
of `due.Instruction`          a payment at maturity to one holder's account: as above
name of a certificate         a payment at maturity of it alone: as above
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import tallystick.finance as finance
from tallystick.app.access import Reading
from tallystick.ledger import View

Row = dict[str, Any]
#: What a movement of this would be evidence of; `stated`: nothing more is to be said.
What = Literal[
    "disburse", "disburse.receive", "disburse.return", "pay", "pay.due", "pay.receive", "pay.return", "stated"
]  # fmt: skip
_rows_at_once = 200
_zone = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Expected:
    """One movement that would be known: which way, whether back, how much, and between which accounts.

    `own`, `other`: the last characters of the two accounts' numbers, where they are on record. `since`: no earlier
    day. `target`: the quote or certificate; `payments`: certificate, index and amount of payouts that it speaks of.
    """

    what: What
    credit: bool
    back: bool
    amount: int
    currency: str
    target: str
    payee: str
    since: str
    own: str = ""
    other: str = ""
    zone: str = _zone
    run: finance.due.Run | None = None
    payments: tuple[tuple[str, int, int], ...] = ()


Waiting = Mapping[str, list[Expected]]


def waiting(reading: Reading, mine: str) -> Waiting:
    """By reference. Of one organisation, as it reads its own."""
    found: defaultdict[str, list[Expected]] = defaultdict(list)
    for reference, expected in _financings(reading.view, mine):
        found[reference].append(expected)
    for run in _runs(reading, mine):
        if run.paying_bank == mine:
            lines = [one for one in finance.due.instructions(reading, run, mine) if not one.held]
            for reference, expected in _due(lines):
                found[reference].append(expected)
    for reference, expected in _payouts(reading.view, mine):
        found[reference].append(expected)
    return found


def _financings(view: View, mine: str) -> Iterator[tuple[str, Expected]]:
    for quote, row in _all(view, "quote-of", mine):
        if "reference" not in row:
            continue
        head = cast(Row, view.get("certificate", row["certificate"]))
        zone = head["zone"]
        payer = head["paying_bank"] if row["bank"] == head["issuer"] else row["bank"]
        receives, tail = mine == row["holder"], row.get("account_tail", "")
        if mine not in (payer, row["holder"]):
            continue
        told: Row = {"amount": row["net"], "currency": head["currency"], "target": quote}
        told |= {"payee": row["holder"], "since": finance.money_date(row["sent_at"], zone)}
        told |= {"zone": zone, "own" if receives else "other": tail}
        paying, open_ = (
            row["status"] == "paying",
            row["status"] == "financed" and "final" not in row,
        )
        what: What = "disburse" if paying else "stated"
        if receives and open_:
            what = "disburse.receive"
        yield row["reference"], Expected(what, receives, False, **told)
        back: What = "disburse.return" if open_ and not receives else "stated"
        if not receives and row["status"] in ("financed", "returned"):
            yield row["reference"], Expected(back, True, True, **told)


def _due(lines: list[finance.due.Instruction]) -> Iterator[tuple[str, Expected]]:
    """What can be paid on a day, as its paying bank: each payment, and each certificate as a whole."""
    certificates: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for line in lines:
        run = line.run
        yield line.reference, Expected(
            "pay.due", False, False, line.amount, run.currency, run.name, line.holder, run.pays_on,
            other=line.tail, run=run,
        )  # fmt: skip
        for part in line.parts:
            certificates[part.certificate].append((part.amount, line.tail))
    for name, parts in certificates.items():
        amount, tail = sum(one for one, _ in parts), parts[0][1] if len(parts) == 1 else ""
        yield name, Expected(
            "pay", False, False, amount, lines[0].run.currency, name, "", lines[0].run.pays_on, other=tail
        )  # fmt: skip


def _payouts(view: View, mine: str) -> Iterator[tuple[str, Expected]]:
    """Payments that stand in the ledger: that they arrived, or came back; and that they were stated."""
    groups: defaultdict[tuple[str, str, str, bool], list[tuple[str, Row]]] = defaultdict(list)
    runs: dict[tuple[str, str, str, bool], finance.due.Run] = {}
    for name, _ in _all(view, "certificate-of-party", mine):
        head = cast(Row, view.get("certificate", name))
        pays = head["paying_bank"] == mine
        for row in view.group("payout", name).values():
            told = cast(Row, row)
            if not pays and told["holder"] != mine:
                continue
            run = finance.due.run_of(view, name)
            reference = finance.due.reference(run, told["holder"], told.get("account", ""))
            for one in (reference, name):
                key = (one, f"{told['index']:012d}", told["holder"], pays)
                runs[key] = run
                groups[key].append((name, told))
    for key, rows in groups.items():
        for expected in _stated(key[3], runs[key], rows):
            yield key[0], expected


def _stated(pays: bool, run: finance.due.Run, rows: list[tuple[str, Row]]) -> Iterator[Expected]:
    """One payment of the bank, whatever certificates it was for."""
    first = rows[0][1]
    open_ = all("final" not in row and "returned" not in row for _, row in rows)
    amount, tail = sum(row["amount"] for _, row in rows), first.get("account_tail", "")
    told: Row = {
        "amount": amount,
        "currency": run.currency,
        "target": rows[0][0],
        "payee": first["holder"],
    }
    told |= {"since": finance.money_date(first["paid_at"]), "other" if pays else "own": tail}
    told |= {"payments": tuple((name, row["index"], row["amount"]) for name, row in rows)}
    if pays:
        yield Expected("stated", False, False, **told)
        yield Expected("pay.return" if open_ else "stated", True, True, **told)
    else:
        yield Expected("pay.receive" if open_ else "stated", True, False, **told)


def _runs(reading: Reading, mine: str) -> Iterator[finance.due.Run]:
    after: str | None = None
    while True:
        page = finance.due.runs(reading, mine, after, _rows_at_once)
        yield from page.rows
        if page.after is None:
            return
        after = page.after


def _all(view: View, index: str, key: str) -> Iterator[tuple[str, Row]]:
    after: tuple[str, str] | None = None
    while found := view.find(index, key, after=after, limit=_rows_at_once):
        for one in found:
            yield one.name, cast(Row, one.value)
        after = (found[-1].name, found[-1].part)
