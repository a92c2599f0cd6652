"""How much may be financed: the core's limit by its node, and each bank's own; nobody reads another's."""

from __future__ import annotations

from typing import Any

import tallystick.finance as finance
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.ledger import payload_hash

#: CNY 20,000,000.00 for what the core enterprise promises, 5,000,000.00 for what each bank finances of it.
of_core, of_bank = 2_000_000_000, 500_000_000
_first, _second = (cast.operator(role) for role in cast.operators[:2])


def set_limits(stage: Stage) -> None:
    """Each proposed by one person and approved by another."""
    core = cast.core.handle
    _set(stage, _first, _second, kind="core", subject=core, amount=of_core)
    for bank in (cast.bank, cast.other_bank):
        _set(stage, bank.maker, bank.checker, kind="funder", amount=of_bank)
        _set(stage, bank.maker, bank.checker, kind="funder-core", subject=core, amount=of_bank)


def _set(stage: Stage, first: str, second: str, **told: Any) -> None:
    body = finance.LimitPropose(currency="CNY", after=0, **told)
    proposed = stage.sign(first, "finance.limit.propose/1", body)
    approval = finance.LimitApprove(proposal=payload_hash(proposed.envelope).hex())
    stage.append([proposed, stage.sign(second, "finance.limit.approve/1", approval)])
