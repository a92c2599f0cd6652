"""People decide in twos: one officer alone makes nobody a maker, nor does the firm's own key."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage
from tallystick.identity import (
    AddPerson,
    Decide,
    FoundOrganisation,
    GiveRoles,
    Propose,
)
from tallystick.ledger import Submission, payload_hash

firm = cast.core
first, second, clerk = (
    firm.handle.replace("/O-", "/P-")[:-4] + end for end in ("0FF1", "0FF2", "CLRK")
)


def found(stage: Stage) -> Mapping[str, str]:
    """The firm's own people decide from here on; the refusals of whoever tries alone."""
    said: list[Submission] = []
    for person, role in ((first, "administrator"), (second, "security-administrator")):
        said += _person(stage, firm.handle, person, role)
    body = FoundOrganisation(organisation=firm.handle)
    said.append(stage.sign(firm.handle, "identity.organisation.found/1", body))
    stage.append(said)
    stage.append(_person(stage, first, clerk, "warehouse"))
    what = GiveRoles(kind="roles", person=clerk, roles=("maker",))
    proposal = Propose(organisation=firm.handle, what=what)
    alone = stage.try_to(stage.sign(firm.handle, "identity.propose/1", proposal))
    proposed = stage.sign(first, "identity.propose/1", proposal)
    stage.append([proposed])
    decision = Decide(proposal=payload_hash(proposed.envelope).hex(), decision="approve")
    twice = stage.try_to(stage.sign(first, "identity.decide/1", decision))
    stage.say(second, "identity.decide/1", decision)
    return {"the firm's key alone": alone, "one officer for two": twice}


def _person(stage: Stage, by: str, person: str, role: str) -> list[Submission]:
    body = AddPerson(person=person, organisation=firm.handle, roles=(role,))  # type: ignore[arg-type]
    return [
        stage.sign(by, "identity.person.add/1", body),
        stage.key(by, person, "self", ("*",)),
    ]
