"""A guarantee: a bank stands in for a supplier under its contract; a part is demanded and paid, the rest released."""

from __future__ import annotations

import hashlib

import tallystick.finance as finance
from tallystick.app.demo import cast, goods
from tallystick.app.demo.stage import Stage
from tallystick.ledger import payload_hash

#: CNY 500,000.00, of which 120,000.00 are demanded.
amount, demanded = 50_000_000, 12_000_000
titles = ("违约声明 Statement of default",)


def guarantee(stage: Stage) -> str:
    """Asked for by the supplier, issued by two of the bank, demanded by the core; the code of a demand without papers."""
    asked = finance.GuaranteeRequest(
        underlying="contract", name=goods.contract, bank=cast.bank.handle,
        beneficiary=cast.core.handle, currency="CNY", amount=amount, valid_from="2026-01-20",
        expires_on="2026-12-31", documents=titles,
        form=finance.Form(name="URDG 758", sha256=_digest("form")),
    )  # fmt: skip
    request = stage.sign(goods.maker.maker, "finance.guarantee.request/1", asked)
    name = payload_hash(request.envelope).hex()
    put = finance.GuaranteePropose(guarantee=name)
    proposed = stage.sign(cast.bank.maker, "finance.guarantee.propose/1", put)
    approval = finance.GuaranteeApprove(proposal=payload_hash(proposed.envelope).hex())
    approved = stage.sign(cast.bank.checker, "finance.guarantee.approve/1", approval)
    stage.append([request, proposed, approved])
    presented = tuple(finance.Presented(title=one, sha256=_digest(one)) for one in titles)
    bare = finance.GuaranteeDemand(guarantee=name, amount=demanded, documents=())
    refused = stage.try_to(stage.sign(cast.core.maker, "finance.guarantee.demand/1", bare))
    whole = bare.model_copy(update={"documents": presented})
    demand = stage.sign(cast.core.maker, "finance.guarantee.demand/1", whole)
    paid = finance.DemandPaid(
        guarantee=name, demand=payload_hash(demand.envelope).hex(), currency="CNY",
        amount=demanded, evidence=_digest("paid"), paid_at=stage.now,
    )  # fmt: skip
    released = finance.GuaranteeRelease(guarantee=name)
    stage.append(
        [
            demand,
            stage.sign(cast.bank.maker, "finance.guarantee.paid/1", paid),
            stage.sign(cast.core.maker, "finance.guarantee.release/1", released),
        ]
    )
    return refused


def _digest(text: str) -> str:
    return hashlib.sha256(f"tallystick demo guarantee\n{text}".encode()).hexdigest()
