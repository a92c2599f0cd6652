"""A core enterprise with software of its own, and policies that two of its people signed."""

from __future__ import annotations

from typing import Any

from tests.finance.desk import Desk, bank, checker, core, maker, supplier

from tallystick import finance
from tallystick.finance.policies import PolicyApprove, PolicyConfirm, PolicyPropose
from tallystick.ledger.state import Change

service, foreign = "99.100/D-ERP", "99.100/D-OTHER-ERP"
friend = "99.100/O-FRIEND"


def desk() -> Desk:
    made = Desk([friend])
    own = {"organisation": core, "purpose": "service"}
    made.state.apply(
        [
            Change("device", service, own),
            Change("device", foreign, {**own, "organisation": supplier}),
        ]
    )
    return made


def asked(**changed: Any) -> PolicyPropose:
    told: dict[str, Any] = {
        "organisation": core,
        "service": service,
        "currency": "CNY",
        "certificate_max": 1_000_00,
        "supplier_max": 2_000_00,
        "day_max": 1_500_00,
        "total_max": 5_000_00,
        "until": "2026-12-31",
        "evidence": "device",
        "term_days_max": 180,
        "paying_bank": bank,
    }
    return PolicyPropose(**{**told, **changed})


def sign(desk: Desk, **changed: Any) -> str:
    """The name of a policy that is in force."""
    proposal = desk.play("finance.policy.propose/1", maker(core), asked(**changed))
    desk.play("finance.policy.approve/1", checker(core), PolicyApprove(proposal=proposal))
    return f"{core}#SP-{desk.index - 1}"


def confirmation(policy: str, invoice: str, amount: int, **changed: Any) -> PolicyConfirm:
    told: dict[str, Any] = {"policy": policy, "invoice": invoice, "amount": amount}
    told |= {"due_on": "2026-06-01", "lines": (finance.ConfirmLine(line=1, amount=amount),)}
    return PolicyConfirm(**{**told, **changed})


def confirm(
    desk: Desk, policy: str, invoice: str, amount: int, by: str = service, **changed: Any
) -> str:
    """The certificate."""
    body = confirmation(policy, invoice, amount, **changed)
    desk.play("finance.policy.confirm/1", by, body)
    return f"{core}#C-{desk.index - 1}"
