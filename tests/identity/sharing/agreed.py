"""Two firms of a small log that let each other read."""

from __future__ import annotations

from typing import Any

from tests.ledger.world import World, core, node, supplier

from tallystick.app.sharing import SharingDesk
from tallystick.identity import RegisterOrganisation
from tallystick.identity.sharing import (
    AcceptSharing,
    Disclose,
    EndSharing,
    OfferSharing,
    Opened,
)
from tallystick.ledger import Body, Reader, payload_hash

checker, maker = "99.100/P-CHECKER000000", "99.100/P-MAKER00000000"
bank, auditor = "99.100/O-BANK000000000", "99.100/O-AUDITOR000000"
notes = Opened(kind="entries", types=("test.note/1",))
until = "2026-06-30"


def said(world: World, by: str, kind: str, body: Body) -> tuple[str, str]:
    """What became of it, and its name."""
    submission = world.write(by, f"identity.{kind}/1", body)
    (answer,) = world.ledger.append([submission])
    told = answer.problem.code if answer.problem else (answer.code or answer.outcome)
    return told, payload_hash(submission.envelope).hex()


def disclosed(
    world: World, *what: Opened, to: str = supplier, by: str = checker, **more: Any
) -> str:
    """The agreement's name; it must be accepted."""
    body = Disclose(**{"to": to, "what": what, "purpose": "quality", "until": until, **more})
    told, name = said(world, by, "disclose", body)
    assert told == "accepted", told
    return name


def offered(world: World, *what: Opened, **more: Any) -> tuple[str, str]:
    body = OfferSharing(
        **{"to": supplier, "what": what, "purpose": "quality", "until": until, **more}
    )
    return said(world, checker, "share.offer", body)


def accepted(world: World, by: str, name: str) -> str:
    return said(world, by, "share.accept", AcceptSharing(agreement=name))[0]


def ended(world: World, by: str, name: str) -> str:
    return said(world, by, "share.end", EndSharing(agreement=name, reason="done"))[0]


def admit(world: World, handle: str, capacity: str, country: str = "") -> None:
    body = RegisterOrganisation(
        organisation=handle,
        name={"en": "Somebody"},
        scheme="none",
        capacities=(capacity,),  # type: ignore[arg-type]
        **({"country": country} if country else {}),
    )
    world.add(node, "identity.organisation.register/1", body)
    world.add_key(node, handle)


def reads(world: World, organisation: str, index: int, desk: SharingDesk | None = None) -> bool:
    """Whether an organisation gets the body of an entry."""
    shared = desk or SharingDesk()
    with world.reader.open() as snapshot:
        given = shared.of(lambda: snapshot, frozenset({"sharing", "remit"}))
        return snapshot.disclose(index, Reader.party(organisation).holding(given)).body is not None


__all__ = [
    "accepted",
    "admit",
    "auditor",
    "bank",
    "checker",
    "core",
    "disclosed",
    "ended",
    "maker",
    "notes",
    "offered",
    "reads",
    "said",
    "supplier",
    "until",
]
