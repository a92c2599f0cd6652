"""Clients for the same money at the same moment, on a real log: exactly one outcome each, and books that add up.

`./dev soak --only money-races` runs 1,000 of each kind on both databases.
"""

from __future__ import annotations

from pathlib import Path

from bench.log import accepted
from tests.soak.money_races import kinds, racing

from tallystick.app.bootstrap import admit
from tallystick.ledger import Checker

races_least, clients = 4, 3


def test_of_several_clients_for_the_same_money_one_is_right(
    database_url: str, tmp_path: Path
) -> None:
    """The last of a limit, one disbursement, one day's payment, one return while others pay, one recourse."""
    with racing(database_url, tmp_path, clients) as races:
        races.run(races_least)
        races.check()
        audited = races.log.audit(Checker(0, admit))
    for what, code in kinds.items():
        found = races.found[what]
        assert (found.races, found.wrong) == (races_least, []), what
        assert found.refusals == {code: races_least * (clients - 1)}
    assert races.sound
    assert audited.size == races.log.size()


def test_the_verdict_fails_where_two_are_right(sqlite_url: str, tmp_path: Path) -> None:
    with racing(sqlite_url, tmp_path) as races:
        answers = races.log.ledger.append(races.log.mint(2))
        accepted(answers)
        races.judge("recourse", 0, answers)
        assert not races.sound
