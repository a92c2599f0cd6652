"""An auditor reads across organisations: by a remit that two persons of their node gave, and not by a token."""

from __future__ import annotations

from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity import Decide, Propose
from tallystick.identity.sharing import GiveRemit, Opened, Over
from tallystick.ledger import payload_hash

until = "2030-12-31"
first, second = (cast.operator(role) for role in ("administrator", "security-administrator"))


def give_remit(stage: Stage) -> str:
    """All that the node's organisations said, receipts and documents included; the refusal of one person for two."""
    what = tuple(
        Opened(kind="part", part=part, evidence=True) for part in ("finance", "identity", "trace")
    )
    remit = GiveRemit(
        kind="remit",
        to=cast.auditor.handle,
        role="auditor",
        what=what,
        over=Over(nodes=(cast.node_prefix,)),
        until=until,
    )
    proposal = Propose(organisation=cast.node, what=remit)
    proposed = stage.sign(first, "identity.propose/1", proposal)
    stage.append([proposed])
    decision = Decide(proposal=payload_hash(proposed.envelope).hex(), decision="approve")
    twice = stage.try_to(stage.sign(first, "identity.decide/1", decision))
    stage.say(second, "identity.decide/1", decision)
    return twice
