"""Attacks by time: acts at the millisecond of an end, clocks that lie, days that begin elsewhere, long silences.

Ledger time is the time of the last block. Whatever an author's own clock says is a claim; nothing passes twice by it,
and nothing that ended comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from tests.finance.desk import Desk, bank, checker, core, digest, maker, supplier
from tests.finance.holdings.vault import Vault, case, friend, node, other

from tallystick import finance
from tallystick.finance.errors import (
    DueDateRefused,
    Ended,
    EvidenceWrong,
    Matured,
    NotDue,
    OverPayment,
)
from tallystick.finance.holdings.errors import EndRefused, HoldEnded
from tallystick.finance.money.dates import day_start, money_date, next_day
from tallystick.finance.receivables.acts import Zone
from tallystick.ledger import RuleError

face, part = 900_000_000, 1_000_000
#: All in which a certificate may be due: half an hour off, ahead of UTC and behind it, with summer time and without.
zones: tuple[Zone, ...] = get_args(Zone)


def before(instant: str) -> str:
    """The last millisecond before it."""
    moment = datetime.fromisoformat(instant) - timedelta(milliseconds=1)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@pytest.fixture
def vault() -> Vault:
    return Vault()


def snapshot(desk: Desk) -> Any:
    return list(desk.state.documents())


# Ends


def offered(vault: Vault) -> tuple[str, str]:
    return "offer", vault.offer(vault.live(face), supplier, friend, part, hours=1)


def issued(vault: Vault) -> tuple[str, str]:
    return "certificate", vault.approve(vault.propose(vault.delivered(face), face))


def pledge_offered(vault: Vault) -> tuple[str, str]:
    return "pledge", vault.pledge(vault.live(face), supplier, bank, part)


def pledged(vault: Vault) -> tuple[str, str]:
    return "pledge", vault.pledged(vault.live(face), supplier, bank, part, days=2)


def locked(vault: Vault) -> tuple[str, str]:
    return "lock", vault.lock(vault.live(face), supplier, part, hours=5, favour=friend)


def disputed(vault: Vault) -> tuple[str, str]:
    return "dispute", vault.dispute(vault.live(face), part)


def cancelling(vault: Vault) -> tuple[str, str]:
    return "cancellation", vault.cancel(vault.live(face), part)


def frozen(vault: Vault) -> tuple[str, str]:
    return "freeze", vault.freeze(vault.live(face), supplier, part, "2026-01-20")


def quoted(vault: Vault) -> tuple[str, str]:
    name = vault.live(face)
    return "quote", vault.quote(name, supplier, face, 42_000, "2026-01-14")


Answer = Callable[[Vault, str], object]
ends: dict[str, tuple[Callable[[Vault], tuple[str, str]], Answer, str]] = {
    "offer accepted": (offered, lambda v, n: v.accept(n, friend), "expired"),
    "offer refused": (
        offered,
        lambda v, n: v.play(
            "finance.transfer.refuse/1", checker(friend), finance.TransferRefuse(offer=n)
        ),
        "expired",
    ),
    "offer withdrawn": (
        offered,
        lambda v, n: v.play(
            "finance.transfer.withdraw/1", maker(supplier), finance.TransferWithdraw(offer=n)
        ),
        "expired",
    ),
    "certificate accepted": (issued, lambda v, n: v.accept_certificate(n), "lapsed"),
    "certificate refused": (
        issued,
        lambda v, n: v.play(
            "finance.certificate.refuse/1",
            maker(supplier),
            finance.CertificateRefuse(certificate=n),
        ),
        "lapsed",
    ),
    "pledge accepted": (pledge_offered, lambda v, n: v.take_pledge(n, bank), "expired"),
    "pledge refused": (pledge_offered, lambda v, n: v.answer_pledge("refuse", n, bank), "expired"),
    "pledge withdrawn": (
        pledge_offered,
        lambda v, n: v.answer_pledge("withdraw", n, supplier),
        "expired",
    ),
    "pledge released": (pledged, lambda v, n: v.answer_pledge("release", n, bank), "ended"),
    "lock released": (
        locked,
        lambda v, n: v.play(
            "finance.lock.release/1", maker(friend), finance.LockRelease(lock=n)
        ),
        "ended",
    ),
    "dispute withdrawn": (
        disputed,
        lambda v, n: v.play(
            "finance.dispute.withdraw/1", maker(core), finance.DisputeWithdraw(dispute=n)
        ),
        "ended",
    ),
    "cancellation agreed": (cancelling, lambda v, n: v.answer_cancel("agree", n), "expired"),
    "cancellation declined": (cancelling, lambda v, n: v.answer_cancel("decline", n), "expired"),
    "cancellation withdrawn": (
        cancelling,
        lambda v, n: v.answer_cancel("withdraw", n, core),
        "expired",
    ),
    "freeze extended": (frozen, lambda v, n: v.change_freeze(n, "2026-06-30"), "ended"),
    "freeze lifted": (frozen, lambda v, n: v.change_freeze(n, None), "ended"),
    "quote accepted": (quoted, lambda v, n: v.take(n, supplier), "expired"),
}  # fmt: skip


def until(vault: Vault, kind: str, name: str) -> str:
    return str(vault.row(kind, name)["accept_until" if kind == "certificate" else "until"])


@pytest.mark.parametrize("what", ends)
def test_an_answer_counts_until_the_last_millisecond(vault: Vault, what: str) -> None:
    arrange, answer, ended = ends[what]
    kind, name = arrange(vault)
    vault.block(before(until(vault, kind, name)))
    answer(vault, name)
    assert vault.row(kind, name)["status"] != ended
    # Once: not again in the same millisecond, nor at the end that it had.
    for moment in (vault.time, before(until(vault, kind, name))):
        if what == "freeze extended":
            break
        vault.time = moment
        with pytest.raises(RuleError):
            answer(vault, name)


@pytest.mark.parametrize("what", ends)
def test_no_answer_at_the_end_even_before_a_block_says_so(vault: Vault, what: str) -> None:
    """A freeze that had ended was extended, an offer that had ended was refused or withdrawn, so that the log said that
    somebody had answered in time: as long as no block had followed."""
    arrange, answer, ended = ends[what]
    kind, name = arrange(vault)
    status = vault.row(kind, name)["status"]
    vault.time = until(vault, kind, name)
    with pytest.raises((Ended, HoldEnded)):
        answer(vault, name)
    assert vault.row(kind, name)["status"] == status
    vault.block(vault.time)
    assert vault.row(kind, name)["status"] == ended
    with pytest.raises(RuleError):
        answer(vault, name)
    done = snapshot(vault)
    vault.block(vault.time)
    assert snapshot(vault) == done, "it ends once"


def test_a_freeze_that_two_persons_meant_to_extend_in_time_ends(vault: Vault) -> None:
    """Proposed before the end and approved at it: the order had ended."""
    kind, name = frozen(vault)
    vault.block(before(until(vault, kind, name)))
    body = finance.FreezeChange(freeze=name, order=digest("later"), case=case, ends_on="2026-06-30")
    proposal = vault.play("finance.freeze.change/1", maker(node), body)
    vault.time = until(vault, kind, name)
    with pytest.raises(HoldEnded):
        vault.approve_freeze(proposal)
    vault.block(vault.time)
    assert vault.row("freeze-count", "public")["in_force"] == 0
    with pytest.raises(RuleError):
        vault.approve_freeze(proposal)


def test_units_that_a_freeze_held_move_only_behind_its_end(vault: Vault) -> None:
    kind, name = frozen(vault)
    certificate = vault.row(kind, name)["certificate"]
    vault.block(before(until(vault, kind, name)))
    with pytest.raises(RuleError):
        vault.offer(certificate, supplier, friend, face)
    vault.block(until(vault, kind, name))
    vault.transfer(certificate, supplier, friend, face)
    assert vault.balances(certificate) == {friend: face}


def test_a_freeze_is_proposed_for_no_day_that_is_over(vault: Vault) -> None:
    """Late in the evening in UTC it is the next day where the certificate is."""
    name = vault.live(face)
    vault.block("2026-01-19T16:00:00.000Z")
    with pytest.raises(EndRefused):
        vault.propose_freeze(name, supplier, part, "2026-01-19")
    vault.freeze(name, supplier, part, "2026-01-20")


# Due dates


def owed(desk: Desk, due_on: str, zone: str) -> str:
    name = desk.approve(
        desk.propose(
            desk.delivered(face), face, due_on, zone=zone, term_reason="agreed-in-contract"
        )
    )
    desk.accept_certificate(name)
    return name


@pytest.mark.parametrize("zone", zones)
@pytest.mark.parametrize("due_on", ["2026-07-10", "2026-03-29", "2026-11-01"])
def test_units_stop_and_money_begins_at_midnight_where_the_certificate_is(
    vault: Vault, zone: str, due_on: str
) -> None:
    name = owed(vault, due_on, zone)
    midnight = day_start(due_on, zone)
    waiting = vault.offer(name, supplier, other, part)
    vault.block(before(midnight))
    vault.transfer(name, supplier, friend, part)
    for paid_at in (vault.time, midnight):
        with pytest.raises((NotDue, EvidenceWrong)):
            vault.pay(name, face, paid_at)
    vault.block(midnight)
    with pytest.raises(Matured):
        vault.offer(name, supplier, friend, part)
    with pytest.raises(RuleError):
        vault.accept(waiting, other)
    vault.pay(name, face, midnight)
    assert vault.row("certificate", name)["status"] == "settled"
    with pytest.raises(RuleError):
        vault.pay(name, 1, midnight)


def test_a_leap_day_is_a_day(vault: Vault) -> None:
    vault.time = "2027-09-01T02:00:00.000Z"
    vault.contract(payment_days=1000)
    name = owed(vault, "2028-02-29", "Asia/Shanghai")
    vault.block(before(day_start("2028-02-29")))
    vault.transfer(name, supplier, friend, part)
    vault.block(day_start("2028-02-29"))
    with pytest.raises(Matured):
        vault.offer(name, supplier, friend, part)
    vault.block(before(day_start("2028-03-01")))
    assert vault.state.get("payment-date", name) is None
    vault.block(day_start("2028-03-01"))
    assert vault.row("payment-date", name)["overdue"] == "2028-03-01"
    vault.time = "2027-09-01T02:00:00.000Z"
    with pytest.raises(RuleError):
        vault.propose(vault.delivered(face, "2"), face, "2027-02-29")


def test_a_term_is_counted_from_the_day_it_is_where_the_certificate_is(vault: Vault) -> None:
    """An issuer that picks another zone gains no day above a year, and issues nothing that was due yesterday."""
    invoice = vault.delivered(face)
    vault.time = "2026-01-12T15:30:00.000Z"
    for zone in ("Asia/Tokyo", "Asia/Shanghai", "America/New_York"):
        today = money_date(vault.time, zone)
        last = (datetime.fromisoformat(today) + timedelta(days=365)).date().isoformat()
        why = {"zone": zone, "term_reason": "agreed-in-contract"}
        for wrong in (today, next_day(last)):
            with pytest.raises(DueDateRefused):
                vault.propose(invoice, 1, wrong, **why)
        vault.propose(invoice, 1, last, **why)
        vault.propose(invoice, 1, next_day(today), **why)


def test_a_long_silence_ends_everything_once_and_pays_once(vault: Vault) -> None:
    """Nothing was said for a year: what ended meanwhile has ended, whoever speaks first."""
    name = vault.live(face)
    vault.transfer(name, supplier, friend, part)
    offer = vault.offer(name, friend, other, part)
    freeze = vault.freeze(name, supplier, part, "2026-02-01")
    vault.time = "2027-07-10T02:00:00.000Z"
    with pytest.raises(RuleError):
        vault.accept(offer, other)
    with pytest.raises(HoldEnded):
        vault.change_freeze(freeze, "2028-01-01")
    with pytest.raises(EvidenceWrong):
        vault.pay(name, face, "2027-07-11T02:00:00.000Z")
    vault.pay(name, face, vault.time)
    assert vault.row("offer", offer)["status"] == "expired"
    assert vault.row("freeze", freeze)["status"] == "ended"
    paid = {key: row["paid"] for key, row in vault.rows("claim", name).items()}
    assert sum(paid.values()) == face
    for _ in range(3):
        vault.block(vault.time)
    assert {key: row["paid"] for key, row in vault.rows("claim", name).items()} == paid
    with pytest.raises((OverPayment, RuleError)):
        vault.pay(name, 1, vault.time)
