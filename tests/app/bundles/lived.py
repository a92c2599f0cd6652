"""A real log in which keys begin and end in every way: by admission, enrolment, retirement, cloning, leaving, dismissal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.bundles import Case
from tests.identity.devices.captured import capture
from tests.identity.devices.enrolled import administrator, copied, enrol
from tests.identity.organisations.newcomer import admit, admitted, by_passkey, by_plain_key
from tests.identity.organisations.newcomer import handle as newcomer
from tests.identity.organisations.newcomer import one as first
from tests.identity.organisations.newcomer import two as second
from tests.ledger.authenticator import Authenticator, write
from tests.ledger.world import World, core, key

from tallystick import finance
from tallystick.app.bundles.make import make
from tallystick.identity import (
    Decide,
    Dismiss,
    LeavePerson,
    Propose,
    RecoverKey,
    RotateKey,
    devices,
)
from tallystick.ledger import Body, Reader, StreamAuthor, auditor_reader, log_verifier, payload_hash
from tallystick.ledger.bundle import Request
from tallystick.trace import builders

retired, old, fresh, cloned = (f"99.100.1/gate-{n}" for n in range(4))
leaving, dismissed = "99.100/P-LEAVING000000", "99.100/P-DISMISSED0000"
time = "2026-01-05T01:00:00.000Z"
officers = ("administrator",), ("security-administrator",)


@dataclass
class Lived:
    """`at`: indexes of what was said, by what it is."""

    world: World
    at: dict[str, int] = field(default_factory=dict)

    def bundle(self, *asked: Request, reader: Reader = auditor_reader) -> bytes:
        with self.world.reader.open() as snapshot:
            return make(snapshot, reader, asked)

    @property
    def log_key(self) -> str:
        with self.world.reader.open() as snapshot:
            return log_verifier(snapshot.view).encode()

    def say(self, name: str, by: str, kind: str, body: Body, *more: Any) -> str:
        """The payload hash of what was accepted."""
        sent = self.world.write(by, f"identity.{kind}/1", body, *more)
        self.at[name] = self.world.append([sent])[0].index
        return payload_hash(sent.envelope).hex()

    def captures(self, name: str, by: StreamAuthor) -> None:
        """One thing is received."""
        event = builders.receiving([item(name)], time=time)
        self.at[name] = self.world.append([capture(self.world, by, event)])[0].index

    def agrees(self, name: str, what: Any, recovered: RecoverKey | None = None) -> None:
        """By the two officers of the newcomer; the second has a passkey."""
        more = () if recovered is None else (key(recovered.key),)
        asked = Propose(organisation=newcomer, what=what)
        proposal = self.say(f"{name}-proposed", first, "propose", asked, *more)
        body = Decide(proposal=proposal, decision="approve", recovered=recovered)
        passkey = Authenticator.of(second)
        author = self.world.author(second, passkey.signing.keyid)
        sent = write(author, "identity.decide/1", body, [passkey.sign])
        self.at[name] = self.world.append([sent])[0].index


def item(name: str) -> str:
    """What is received once."""
    return f"https://id.gs1.org/8004/4000001{name}"


def lived(home: Path, *, in_parts: bool = True) -> Lived:
    """Everything happens once. Without `in_parts` fields of proposals are not signed, as they were not before."""
    with pytest.MonkeyPatch.context() as patch:
        for body in (Propose, Decide):
            patch.setattr(body, "in_parts", in_parts)
        story = Lived(copied(home))
        _devices(story)
        _admits(story)
        _goes(story)
        story.world.ledger.seal()
    return story


def _devices(story: Lived) -> None:
    world = story.world
    gate = enrol(world, retired)
    story.captures("retired-before", gate)
    gone = devices.RetireDevice(device=retired, reason="broken", suspect_from=3)
    story.say("retired", administrator, "device.retire", gone)
    story.captures("replaced-before", enrol(world, old))
    enrol(world, fresh, replaces=old)
    owner = enrol(world, cloned)
    story.captures("cloned-before", owner)
    thief = StreamAuthor(world.author(cloned), owner.seq, owner.prev)
    both = [capture(world, one, builders.receiving([item("twice")], time=at)) for one, at in (
        (owner, time), (thief, "2026-01-05T02:00:00.000Z"),
    )]  # fmt: skip
    shown = devices.SuspendDevice.of(cloned, both[0].envelope, both[1].envelope)
    story.say("cloned", core, "device.suspend", shown)


def _admits(story: Lived) -> None:
    """A firm applies with two officers, one of whom has a passkey, and two makers."""
    world = story.world
    origin = world.ledger.origin
    people = (
        by_plain_key(origin, first, officers[0]),
        by_passkey(origin, second, officers[1]),
        by_plain_key(origin, leaving, ("maker",)),
        by_plain_key(origin, dismissed, ("maker",)),
    )
    assert admitted(world, admit(people)) == "accepted"
    for name, person in (("leaving", leaving), ("dismissed", dismissed)):
        contract = finance.Contract(
            number=f"C-{name}", buyer=newcomer, seller=core, currency="CNY",
            signed_on="2026-01-04", valid_from="2026-01-04", payment_days=60,
        )  # fmt: skip
        sent = world.write(person, "finance.contract/1", contract)
        story.at[f"{name}-before"] = world.append([sent])[0].index


def _goes(story: Lived) -> None:
    """One leaves; the key of the other is lost, recovered, rotated, and ends with its person."""
    gone = LeavePerson(person=leaving, reason="left")
    story.say("left", leaving, "person.leave", gone)
    told = _successor(dismissed, 301)
    lost = RecoverKey(kind="recover", lost=f"300:{dismissed}", reason="lost", **told)
    story.agrees("recovered", lost, lost)
    new = _successor(dismissed, 302)
    rotated = RotateKey(old=f"301:{dismissed}", **new)
    author = story.world.author(dismissed, f"301:{dismissed}")
    endorsers = [key(f"302:{dismissed}"), key(f"300:{first}")]
    sent = author.write("identity.key.rotate/1", rotated, endorsers=endorsers)
    story.at["rotated"] = story.world.append([sent])[0].index
    story.agrees("dismissed", Dismiss(kind="dismiss", person=dismissed, reason="dismissed"))


def _successor(owner: str, number: int) -> dict[str, Any]:
    made = key(f"{number}:{owner}")
    jwk = made.private.public.jwk()
    return {"key": made.keyid, "jwk": jwk, "custody": "self", "types": ("*",)}


def cases(story: Lived) -> Iterator[Case]:
    """For verifiers that know nothing but the files and the log's key."""
    pins = {"log_key": story.log_key}
    for name in ("retired", "replaced", "cloned"):
        index = story.at[f"{name}-before"]
        asked = (
            Request.of("entry", index=index),
            Request.of("custody", item=item(f"{name}-before")),
        )
        yield Case(f"lived-{name}", "a device's capture", story.bundle(*asked), None, pins)
    for name in ("leaving", "dismissed"):
        asked = (Request.of("entry", index=story.at[f"{name}-before"]),)
        yield Case(f"lived-{name}", "a person's contract", story.bundle(*asked), None, pins)
        data = story.bundle(*asked, reader=Reader.party(core))
        yield Case(f"lived-{name}-for-another", "as its seller gets it", data, None, pins)
