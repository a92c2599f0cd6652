"""Short ways to say things about names and relations in a small log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.ledger.world import World, core, key, supplier

from tallystick.identity import (
    AddRelation,
    ClaimName,
    ContestName,
    CreateHandles,
    HandleRecord,
    HandleValue,
    ReleaseName,
    RemoveRelation,
    SettleName,
)
from tallystick.ledger import Answer

sgtin = "09506000134352(21)SN-1"
mine, also_mine, theirs = "99.100.1/PACK-1", "99.100.1/PACK-2", "99.100.2/PACK-1"
bodies: dict[str, type[Any]] = {
    "name.claim": ClaimName,
    "name.contest": ContestName,
    "name.release": ReleaseName,
    "name.settle": SettleName,
    "relation.add": AddRelation,
    "relation.remove": RemoveRelation,
}


def populated(url: str, home: Path) -> World:
    made = World(url, home)
    made.populate()
    records(made)
    return made


def records(world: World) -> None:
    """Two records of the core enterprise, one of the supplier."""
    value = HandleValue(index=1, type="NAME", data="x")
    for owner, handles in ((core, (mine, also_mine)), (supplier, (theirs,))):
        made = tuple(HandleRecord(handle=handle, values=(value,)) for handle in handles)
        world.add(owner, "identity.handle.create/1", CreateHandles(handles=made))


def say(world: World, author: str, verb: str, *endorsers: str, **told: Any) -> Answer:
    """One entry; names are of `sgtin` unless said."""
    if verb.startswith("name."):
        told = {"scheme": "sgtin", "code": sgtin, **told}
    signing = [key(f"300:{one}") for one in endorsers]
    entry = world.write(author, f"identity.{verb}/1", bodies[verb](**told), *signing)
    (answer,) = world.ledger.append([entry])
    return answer


def done(answer: Answer) -> int:
    assert answer.accepted, answer.problem
    assert answer.index is not None
    return answer.index


def code(answer: Answer) -> str:
    return answer.problem.code if answer.problem else answer.outcome
