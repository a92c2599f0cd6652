"""People decide in twos: one officer alone makes nobody a maker, nor does the firm's own key."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity import (
    Decide,
    GiveRoles,
    Propose,
)
from tallystick.ledger import payload_hash

firm = cast.core
first, second = firm.administrator, firm.person("security-administrator")
clerk = first[:-4] + "CLRK"


def decide(stage: Stage) -> Mapping[str, str]:
    """A clerk of the warehouse becomes a maker; the refusals of whoever tries that alone."""
    stage.append(stage.person(firm.handle, first, clerk, "warehouse"))
    what = GiveRoles(kind="roles", person=clerk, roles=("maker",))
    proposal = Propose(organisation=firm.handle, what=what)
    alone = stage.try_to(stage.sign(firm.handle, "identity.propose/1", proposal))
    proposed = stage.sign(first, "identity.propose/1", proposal)
    stage.append([proposed])
    decision = Decide(proposal=payload_hash(proposed.envelope).hex(), decision="approve")
    twice = stage.try_to(stage.sign(first, "identity.decide/1", decision))
    stage.say(second, "identity.decide/1", decision)
    return {"the firm's key alone": alone, "one officer for two": twice}
