"""An administrator of the core enterprise, and devices that ask to be enrolled."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.ledger.world import Seeded, World, core, key

from tallystick.app.bootstrap import rule_set
from tallystick.identity import AddPerson, devices
from tallystick.ledger import Answer, SigningKey, StreamAuthor, Submission, suites

administrator = "99.100/P-ADMIN00000000"
gate = "99.100.1/gate-1"


def populated(world: World) -> World:
    """With an administrator, whose key no node holds."""
    world.populate()
    person = AddPerson(person=administrator, organisation=core, roles=("administrator",))
    world.add(core, "identity.person.add/1", person)
    world.add_key(core, administrator)
    return world


@cache
def _template() -> Path:
    """A populated log, made once in this process."""
    home = Path(tempfile.mkdtemp(prefix="tallystick-devices-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    made = populated(World(f"sqlite:///{home / 'log.sqlite'}", home / "signer", rule_set()))
    made.store.close()
    return home


def copied(home: Path) -> World:
    """A copy of the populated log in this folder, opened."""
    shutil.copytree(_template(), home, dirs_exist_ok=True)
    url = f"sqlite:///{home / 'log.sqlite'}"
    return World(url, home / "signer", rule_set(), random=Seeded(str(home)), existing=True)


def enrolment(device: str = gate, **more: Any) -> tuple[devices.EnrolDevice, SigningKey]:
    """The body of an enrolment, and the device's own key."""
    reference = more.pop("key", f"300:{device}")
    own = key(reference, more.pop("suite", suites[0]))
    told = {"organisation": core, "purpose": "scanner", **more}
    jwk = told.pop("jwk", own.private.public.jwk())
    return devices.EnrolDevice(device=device, key=reference, jwk=jwk, **told), own


def enrol(world: World, device: str = gate, by: str = administrator, **more: Any) -> StreamAuthor:
    """The device, enrolled, with its stream."""
    body, own = enrolment(device, **more)
    world.add(by, devices.enrol_type, body, own)
    return StreamAuthor(world.author(device))


def said(world: World, by: str, entry_type: str, body: Any, *endorsers: SigningKey) -> str:
    """`accepted`, or the code of why not."""
    return told(world.ledger.append([world.write(by, entry_type, body, *endorsers)])[0])


def sent(world: World, *submissions: Submission) -> list[str]:
    return [told(answer) for answer in world.ledger.append(list(submissions))]


def told(answer: Answer) -> str:
    if answer.accepted:
        return "accepted"
    problem = answer.problem or answer.refusal
    return problem.code if problem else str(answer.code)
