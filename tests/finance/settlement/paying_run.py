"""`python -m tests.finance.settlement.paying_run URL HOME NUMBER`: all due days of a programme paid, one after the other.

What was paid before is told so by the rule and passed over, so that a run that was killed is simply started again.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.log import BenchLog
from bench.pens import Pens, bank, core, maker, started
from tests.soak import programme

from tallystick import finance
from tallystick.ledger import SetClock

blocks_max = 20


def main(url: str, home: str, number: str) -> None:
    clock = SetClock(started)
    log = BenchLog(url, Path(home), Pens(int(number), {}, clock))
    for day in programme.due_days:
        clock.set(f"{day}T02:00:00.000Z")
        log.ledger.seal(force=True)
        _pay(log, day)
        print(day, flush=True)
    log.close()


def _pay(log: BenchLog, day: str) -> None:
    amount = _due(log, day)
    if not amount:
        return
    body = finance.PayDue(
        issuer=core, currency="CNY", pays_on=day, amount_minor=amount,
        evidence=programme.digest(f"due {day}"), paid_at=f"{day}T02:00:00.000Z",
    )  # fmt: skip
    for _ in range(blocks_max):
        (answer,) = log.ledger.append([log.pens.write(maker(bank), "finance.pay.due/1", body)])
        if answer.problem is None or answer.problem.code != "still-recording":
            break
        log.ledger.seal(force=True)
    if answer.problem is not None:
        raise answer.problem


def _due(log: BenchLog, day: str) -> int:
    """What is still owed of a day."""
    total, after = 0, ""
    with log.reader.open() as snapshot:
        while names := snapshot.view.names("certificate", after=after, limit=500):
            rows: list[Any] = [snapshot.view.get("certificate", name) for name in names]
            total += sum(row["face"] - row["paid"] for row in rows if row["due_on"] == day)
            after = names[-1]
    return total


if __name__ == "__main__":
    main(*sys.argv[1:])
