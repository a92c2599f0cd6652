"""The bank insures what it holds of the certificate against the core enterprise's default."""

from __future__ import annotations

import tallystick.finance as finance
from tallystick.app.demo import cast
from tallystick.app.demo.applied import Newcomer
from tallystick.app.demo.money import Money
from tallystick.app.demo.stage import Stage
from tallystick.ledger import payload_hash

#: CNY 5,000,000.00 of what the core enterprise owes at once.
limit = 500_000_000
share_ppm = 900_000


def cover(stage: Stage, insurer: Newcomer) -> str:
    """Proposed and approved by two persons of the insurer, accepted by the bank; the cover's name."""
    debtor = finance.InsuredDebtor(debtor=cast.core.handle, currency="CNY", limit=limit)
    terms = finance.CoverPropose(
        insured=cast.bank.handle,
        debtors=(debtor,),
        share_ppm=share_ppm,
        valid_from="2026-01-20",
        expires_on="2026-12-31",
        grace_days=10,
        waiting_days=20,
        payment_days=15,
        penalty_day_ppm=500,
    )
    proposed = stage.sign(insurer.people["maker"], "finance.insurance.propose/1", terms)
    name = payload_hash(proposed.envelope).hex()
    approval = finance.CoverApprove(proposal=name)
    answer = finance.CoverAnswer(cover=name, accepted=True)
    stage.append(
        [
            proposed,
            stage.sign(insurer.people["checker"], "finance.insurance.approve/1", approval),
            stage.sign(cast.bank.maker, "finance.insurance.answer/1", answer),
        ]
    )
    return name


def declare(stage: Stage, name: str, money: Money) -> str:
    """All that the bank financed; the code with which the same units are refused another time."""
    declared = finance.CoverDeclare(
        cover=name, certificate=money.certificate, amount=money.financed
    )
    stage.say(cast.bank.maker, "finance.insurance.declare/1", declared)
    money.insured = money.financed
    return stage.try_to(stage.sign(cast.bank.maker, "finance.insurance.declare/1", declared))
