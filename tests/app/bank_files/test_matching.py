"""What a notification is evidence of, to the cent: what matches is proposed and accepted, what differs is never."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest
from tests.app.bank_files.camt import Entry, notification, other_number
from tests.finance.desk import bank, core, maker, supplier
from tests.finance.settlement.cashier import Cashier, due, face, value_on
from tests.finance.test_views import MemoryView, Reading

from tallystick import finance
from tallystick.app.bank_files.camt import Booked, read_notification
from tallystick.app.bank_files.matching import Matched, matched
from tallystick.app.bank_files.waiting import waiting
from tallystick.ledger import Reader
from tallystick.ledger.state import Change

half = face // 2
account = f"{supplier}#A-1"
friend = "99.100/O-FRIEND"
later = "2026-07-10T05:00:00.000Z"


@pytest.fixture
def desk() -> Cashier:
    """A supplier that is paid to an account whose number ends in 1234."""
    desk = Cashier([friend])
    told = {"details": {"hash": "0" * 64}, "tail": other_number[-4:], "bank_code": "1"}
    row = {**told, "status": "confirmed", "organisation": supplier}
    paid = {"account": account, "since": 0}
    desk.state.apply([Change("bank-account", account, row), Change("payee", supplier, paid, "CNY")])
    return desk


@pytest.fixture
def live(desk: Cashier) -> str:
    return desk.live(face)


def held(desk: Cashier, *entries: Entry, by: str = bank) -> Matched:
    """What a file of these comes to for an organisation, now."""
    found = waiting(Reading(MemoryView(desk), Reader.party(by)), by)  # type: ignore[arg-type]
    return matched(read_notification(notification(entries)), found)


def play(desk: Cashier, found: Matched, by: str = bank) -> list[str]:
    """Accepted by the rules as they were proposed."""
    return [desk.play(one.type, maker(by), one.body) for one in found.proposals]


def states(found: Matched) -> list[str]:
    return [line.state for line in found.lines]


def sent(desk: Cashier, live: str) -> tuple[str, Entry]:
    """A financing whose payment has left, and the debit that the bank notifies."""
    quote = desk.financed(live, half)
    desk.instruct(quote, desk.time)
    return quote, _debit(desk, quote)


def _debit(desk: Cashier, quote: str, **more: str) -> Entry:
    row = desk.row("quote", quote)
    return Entry(amount=_text(row["net"]), reference=row["reference"], **more)  # type: ignore[arg-type]


def _text(minor: int) -> str:
    return finance.format_amount(minor).replace(",", "")


def test_a_debit_is_the_evidence_of_a_financing(desk: Cashier, live: str) -> None:
    quote, entry = sent(desk, live)
    found = held(desk, entry)
    (proposal,) = found.proposals
    assert (states(found), proposal.type) == (["matches"], "finance.disburse/1")
    evidence = hashlib.sha256(proposal.record).hexdigest()
    body = {"quote": quote, "amount_minor": desk.row("quote", quote)["net"], "evidence": evidence}
    assert proposal.document()["body"] == {**body, "paid_at": "2026-03-15T16:00:00.000Z"}
    play(desk, found)
    assert desk.row("quote", quote)["status"] == "financed"
    # The same file again says nothing new, and neither does a debit in another file.
    assert states(held(desk, entry)) == ["stated"]
    assert held(desk, entry, Entry(reference="OTHER")).proposals == ()


def test_the_payee_says_that_it_arrived(desk: Cashier, live: str) -> None:
    quote, debit = sent(desk, live)
    credit = Entry(amount=debit.amount, reference=debit.reference, side="CRDT", other="")
    own = held(desk, credit, by=supplier)
    # The notification is of its own account, which ends in 1111 and not as agreed.
    assert own.lines[0].why == "account: own ends in 1111, not 1234"
    data = notification([credit], account=other_number)
    reading = Reading(MemoryView(desk), Reader.party(supplier))
    found = matched(read_notification(data), waiting(reading, supplier))  # type: ignore[arg-type]
    assert [one.type for one in found.proposals] == ["finance.disburse/1"]
    play(desk, held(desk, debit))
    found = matched(read_notification(data), waiting(reading, supplier))  # type: ignore[arg-type]
    assert [one.type for one in found.proposals] == ["finance.disburse.receive/1"]
    play(desk, found, supplier)
    assert desk.row("quote", quote)["final"] == "receipt"
    found = matched(read_notification(data), waiting(reading, supplier))  # type: ignore[arg-type]
    assert states(found) == ["stated"]


def test_what_came_back_reopens_the_financing(desk: Cashier, live: str) -> None:
    quote, debit = sent(desk, live)
    back = Entry(debit.amount, debit.reference, "CRDT", other="", returned="AC04")
    # Nobody has said that it was paid: a person decides what that means.
    assert states(held(desk, back)) == ["differs"]
    play(desk, held(desk, debit))
    found = held(desk, debit, back)
    assert states(found) == ["stated", "matches"]
    play(desk, found)
    row = desk.row("quote", quote)
    assert (row["status"], row["returned"]["reason"]) == ("returned", "account-closed")
    assert states(held(desk, debit, back)) == ["stated", "stated"]


differing: dict[str, tuple[Callable[[Entry], Entry], str, str]] = {
    "a cent more": (lambda one: _with(one, amount=_more(one, 1)), "differs", "amount: "),
    "a cent less": (lambda one: _with(one, amount=_more(one, -1)), "differs", "amount: "),
    "another currency": (
        lambda one: _with(one, currency="USD"),
        "differs",
        "currency: USD, not CNY",
    ),
    "another account": (
        lambda one: _with(one, other="6222020200009999"),
        "differs",
        "account: other ends in 9999, not 1234",
    ),
    "the other way": (lambda one: _with(one, side="CRDT"), "differs", "a credit"),
    "the day before": (
        lambda one: _with(one, booked="<Dt>2026-03-15</Dt>"),
        "differs",
        f"day: 2026-03-15, before {value_on}",
    ),
    "another reference": (lambda one: _with(one, reference="E2E-999"), "unknown", ""),
    "no reference": (lambda one: _with(one, reference="NOTPROVIDED"), "unknown", ""),
    "not booked": (lambda one: _with(one, status="PDNG"), "pending", "PDNG"),
    "only told": (lambda one: _with(one, status="INFO"), "pending", "INFO"),
    "taken back": (lambda one: _with(one, reversal="true"), "reversal", ""),
}


def _with(entry: Entry, **changed: str) -> Entry:
    return Entry(**{**entry.__dict__, **changed})


def _more(entry: Entry, minor: int) -> str:
    return _text(finance.parse_amount(entry.amount) + minor)


@pytest.mark.parametrize("case", differing.values(), ids=differing.keys())
def test_what_differs_is_never_proposed(
    desk: Cashier, live: str, case: tuple[Callable[[Entry], Entry], str, str]
) -> None:
    _, debit = sent(desk, live)
    found = held(desk, case[0](debit))
    assert (states(found), found.proposals) == ([case[1]], ())
    assert found.lines[0].why.startswith(case[2])


def test_a_line_that_comes_twice_is_stated_once(desk: Cashier, live: str) -> None:
    _, debit = sent(desk, live)
    found = held(desk, debit, debit)
    assert (states(found), len(found.proposals)) == (["matches", "twice"], 1)


def lines_of(desk: Cashier) -> Sequence[finance.due.Instruction]:
    reading = Reading(MemoryView(desk), Reader.party(bank))
    run = finance.due.Run(core, "CNY", bank, "2026-07-10")
    return finance.due.instructions(reading, run)


def paid(line: finance.due.Instruction, **more: str) -> Entry:
    other = other_number if line.tail else ""
    day = {"booked": "<Dt>2026-07-10</Dt>", "other": other, **more}
    return Entry(_text(line.amount), line.reference, **day)  # type: ignore[arg-type]


def test_a_day_is_stated_once_all_its_payments_are_booked(desk: Cashier, live: str) -> None:
    desk.transfer(live, supplier, friend, 100_000_000)
    desk.block(due)
    entries = [paid(line) for line in lines_of(desk)]
    assert len(entries) == 2
    found = held(desk, entries[0])
    assert (states(found), found.proposals) == (["together"], ())
    assert found.lines[0].why == "1 more of 2026-07-10"
    found = held(desk, *entries)
    assert [one.type for one in found.proposals] == ["finance.pay.due/1"]
    assert found.proposals[0].places == ("1.1.1", "1.2.1")
    play(desk, found)
    assert desk.row("certificate", live)["status"] == "settled"
    assert states(held(desk, *entries)) == ["stated", "stated"]
    _received_and_back(desk, live, entries)


def _received_and_back(desk: Cashier, live: str, entries: list[Entry]) -> None:
    """By the payees' own files: one has it, one's comes back to the bank."""
    desk.time = later
    rows = {row["holder"]: row for row in desk.rows("payout", live).values()}
    by_amount = {finance.parse_amount(one.amount): one for one in entries}
    by_holder = {holder: by_amount[row["amount"]] for holder, row in rows.items()}
    credit = _with(by_holder[friend], side="CRDT", other="")
    found = held(desk, credit, by=friend)
    assert [one.type for one in found.proposals] == ["finance.pay.receive/1"]
    play(desk, found, friend)
    assert states(held(desk, credit, by=friend)) == ["stated"]
    back = _with(by_holder[supplier], side="CRDT", returned="MS02")
    found = held(desk, back)
    assert [one.type for one in found.proposals] == ["finance.pay.return/1"]
    play(desk, found)
    assert desk.owed(live) == {supplier: rows[supplier]["amount"]}
    assert states(held(desk, back)) == ["stated"]


def test_one_payment_of_several_certificates_comes_back_for_each(desk: Cashier, live: str) -> None:
    other = desk.live(2_000_000, "2")
    desk.block(due)
    (line,) = lines_of(desk)
    entry = paid(line)
    play(desk, held(desk, entry))
    desk.time = later
    back = _with(entry, side="CRDT", returned="AC01")
    found = held(desk, back)
    assert [one.type for one in found.proposals] == ["finance.pay.return/1"] * 2
    assert len({one.body.evidence for one in found.proposals}) == 2  # type: ignore[attr-defined]
    play(desk, found)
    assert desk.owed(live) == {supplier: face}
    assert desk.owed(other) == {supplier: 2_000_000}


def test_a_certificate_is_paid_by_its_name(desk: Cashier, live: str) -> None:
    desk.live(2_000_000, "2")
    desk.block(due)
    entry = Entry(_text(face), "", booked="<Dt>2026-07-10</Dt>", remittance=live)
    found = held(desk, entry)
    assert [one.type for one in found.proposals] == ["finance.pay/1"]
    assert states(held(desk, _with(entry, amount=_more(entry, -1)))) == ["differs"]
    play(desk, found)
    assert desk.row("certificate", live)["status"] == "settled"
    assert states(held(desk, entry)) == ["stated"]


def test_strangers_learn_nothing(desk: Cashier, live: str) -> None:
    """By a reference of others: to whoever has no part in it nothing waits."""
    _, debit = sent(desk, live)
    found = held(desk, debit, by=friend)
    assert (states(found), found.lines[0].target) == (["unknown"], "")


def test_a_file_of_nothing_comes_to_nothing(desk: Cashier) -> None:
    assert held(desk) == Matched((), ())
    one: Booked = read_notification(notification([Entry()])).payments[0]
    assert one.document()["amount_minor"] == 100_000
