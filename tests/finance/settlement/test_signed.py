"""What a desk played is the same money on a signed log; a desk that says otherwise is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.finance.desk import bank, other_bank, supplier
from tests.finance.insurance.desk import friend
from tests.finance.settlement.almanac import Almanac
from tests.finance.settlement.signed import signed
from tests.finance.settlement.teller import Teller, calendar

from tallystick import finance
from tallystick.ledger import Change

face, part = 900_000, 200_000


def played() -> tuple[Teller, str]:
    """Financed, sold on, cancelled in part, passed on, held by a list, due on a Saturday, paid, and back again."""
    desk = Teller()
    desk.published(Almanac(1))
    rolls = {"roll": "following", "calendar": calendar}
    name = desk.approve(desk.propose(desk.delivered(face), face, "2026-03-28", **rolls))
    desk.accept_certificate(name)
    desk.transfer(name, supplier, friend, part)
    desk.answer_cancel("agree", desk.cancel(name, part))
    told = {
        "roll": "following",
        "calendar": calendar,
        "calendar_version": 1,
        "pays_on": "2026-03-30",
    }
    desk.block("2026-03-16T02:00:00.000Z")
    quote = desk.quote(name, supplier, part, 42_000, "2026-03-16", recourse="seller", **told)
    desk.take(quote, supplier)
    desk.disburse(quote, desk.time)
    desk.declare(desk.insured_by, name, part)
    desk.bought(desk.sold(name, bank, other_bank, part, 24), other_bank, desk.time)
    desk.listed(friend)
    desk.block("2026-03-30T02:00:00.000Z")
    desk.pay(name, part, desk.time)
    desk.came_back(name, other_bank)
    desk.listed(friend, on=False)
    desk.pay_due(face - 2 * part, pays_on="2026-03-30")
    desk.closed()
    return desk, name


def test_the_same_money_on_a_signed_log(tmp_path: Path, database_url: str) -> None:
    desk, name = played()
    with signed(database_url, tmp_path) as log:
        log.play(desk)
        found = log.check(desk)
        assert found.entries > len(desk.acts)
        assert (found.days, len(desk.rows("payout", name))) == (3, 5)
        assert found.documents > 30
        # One cent of one claim that the desk has otherwise.
        row = desk.row("claim", name, supplier)
        desk.state.apply([Change("claim", name, {**row, "due": row["due"] + 1}, supplier)])
        with pytest.raises(AssertionError, match='"claim"'):
            log.check(desk)


def test_a_day_that_is_not_equal_is_told(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence of what the desk paid, left out of what is looked at: so much is unexplained."""
    desk, _ = played()
    with signed(sqlite_url, tmp_path) as log:
        log.play(desk)
        kept = tuple(kind for kind in finance.equality.types if kind != "finance.pay.due/1")
        monkeypatch.setattr(finance.equality, "types", kept)
        with pytest.raises(AssertionError, match="2026-03-30"):
            log.check(desk)
