"""The stage of the demo: one log whose clock and keys the story sets, and all parties' signatures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

import tallystick.finance as finance
import tallystick.scanners as scanners
from tallystick.app.demo import cast
from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    DelegatePrefix,
    FoundOrganisation,
    RegisterOrganisation,
    Role,
)
from tallystick.ledger import (
    Answer,
    Attachment,
    Author,
    Body,
    InvariantError,
    Ledger,
    SetClock,
    SigningKey,
    Submission,
    instant,
    read_batch,
    write_answer,
)

origin = "tallystick.example/demo/simulated"
start = "2025-12-15T01:00:00.000Z"


class Seeded:
    """Random bytes that are the same in every run of the story."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, size: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(f"tallystick demo/{self._count}".encode()).digest(size)


class StageTransport:
    """The node as devices reach it: away until somebody connects it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.away = False

    def send(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.away:
            raise scanners.NodeAway("no network in this warehouse")
        rows = read_batch(orjson.dumps(request))
        good = [row for row in rows if isinstance(row, Submission)]
        answers = self._ledger.append(good)
        receipt = self._ledger.receipt(answers) if any(a.index >= 0 for a in answers) else None
        return {"results": [write_answer(answer) for answer in answers], "receipt": receipt}


@dataclass
class Stage:
    """Ledger, clock and everybody's pens."""

    ledger: Ledger
    clock: SetClock
    random: Seeded
    folder: Path
    devices: dict[str, scanners.Device] = field(default_factory=dict)
    transports: dict[str, StageTransport] = field(default_factory=dict)

    @property
    def now(self) -> str:
        return instant(self.clock.now_ms())

    def at(self, time: str) -> None:
        """Move the story's clock on, sealing what was said before."""
        self.ledger.seal()
        self.clock.set(time)

    def author(self, handle: str, key: SigningKey | None = None) -> Author:
        signing = key or cast.key(f"300:{handle}")
        return Author(self.ledger.origin, handle, signing, self.clock, self.random)

    def sign(
        self,
        handle: str,
        entry_type: str,
        body: Body,
        endorsers: Sequence[SigningKey] = (),
        attachments: Sequence[Attachment] = (),
    ) -> Submission:
        fields = entry_type in finance.views.shown_in_part
        return self.author(handle).write(
            entry_type, body, endorsers=endorsers, attachments=attachments, fields=fields
        )

    def append(self, submissions: Sequence[Submission]) -> list[Answer]:
        """Append a batch, all of which must be accepted."""
        answers = self.ledger.append(submissions)
        for answer in answers:
            if not answer.accepted:
                raise answer.problem or answer.refusal or InvariantError(str(answer))
        return answers

    def say(self, handle: str, entry_type: str, body: Body) -> Answer:
        return self.append([self.sign(handle, entry_type, body)])[0]

    def try_to(self, submission: Submission) -> str:
        """Append what must not be accepted; the code of the refusal."""
        (answer,) = self.ledger.append([submission])
        if answer.accepted:
            raise InvariantError("the ledger accepted what it had to refuse")
        if answer.problem is not None:
            return answer.problem.code
        return answer.code or ""

    def set_up_firms(self) -> None:
        """The node, and all firms with prefixes, people and keys, who decide for themselves from then on."""
        register = "identity.organisation.register/1"
        first = RegisterOrganisation(
            organisation=cast.node,
            name={"zh": "演示二级节点", "en": "Demo Secondary Node"},
            scheme="none",
            capacities=("node",),
        )
        self.append(
            [
                self.sign(cast.root, register, first),
                self.key(cast.root, cast.node, "self"),
                self._prefix(cast.root, cast.node_prefix, cast.node, "secondary"),
            ]
        )
        batch: list[Submission] = []
        for firm in cast.firms:
            batch += self._firm(firm)
        batch += self._governed(cast.node, {role: cast.operator(role) for role in cast.operators})
        self.append(batch)

    def add_device(self, firm: cast.Firm, name: str) -> scanners.Device:
        """A scanner with its own queue on disk, registered by the firm's administrator."""
        handle = firm.device(name)
        body = AddDevice(device=handle, organisation=firm.handle, purpose="scanner")
        self.append(
            [
                self.sign(firm.administrator, "identity.device.add/1", body),
                self.key(firm.administrator, handle, "hardware", ("trace.capture/1",)),
            ]
        )
        transport = StageTransport(self.ledger)
        device = scanners.Device(
            handle,
            cast.key(f"300:{handle}"),
            self.ledger.origin,
            scanners.Queue(
                self.folder / f"{handle.replace('/', '-')}.sqlite3", handle, self.ledger.origin
            ),
            transport,
            self.clock,
            self.random,
            sending=scanners.Sending(attempts=1),
        )
        self.devices[handle], self.transports[handle] = device, transport
        return device

    def _firm(self, firm: cast.Firm) -> list[Submission]:
        node, said = cast.node, []
        organisation = RegisterOrganisation(
            organisation=firm.handle,
            name={"zh": firm.zh, "en": firm.en},
            scheme="uscc",
            number=firm.number,
            country="CN",
            capacities=(firm.capacity,),  # type: ignore[arg-type]
        )
        said.append(self.sign(node, "identity.organisation.register/1", organisation))
        said.append(self.key(node, firm.handle, "self"))
        if firm.prefix:
            said.append(self._prefix(node, firm.prefix, firm.handle, "enterprise"))
        said += self._governed(firm.handle, {role: firm.person(role) for role in firm.roles})
        return said

    def _governed(self, organisation: str, people: Mapping[Role, str]) -> list[Submission]:
        """The organisation's people with their keys, who decide about it from then on."""
        said: list[Submission] = []
        for role, person in people.items():
            said += self.person(organisation, organisation, person, role)
        founded = FoundOrganisation(organisation=organisation)
        return [*said, self.sign(organisation, "identity.organisation.found/1", founded)]

    def person(self, organisation: str, by: str, handle: str, role: Role) -> list[Submission]:
        """A person with one role and a key of its own."""
        body = AddPerson(person=handle, organisation=organisation, roles=(role,))
        return [self.sign(by, "identity.person.add/1", body), self.key(by, handle, "self")]

    def key(self, by: str, owner: str, custody: str, types: tuple[str, ...] = ("*",)) -> Submission:
        """The registration of somebody's first key."""
        new = cast.key(f"300:{owner}")
        body = AddKey(
            key=new.keyid,
            jwk=new.private.public.jwk(),
            custody=custody,  # type: ignore[arg-type]
            types=types,
            played=True,
        )
        return self.sign(by, "identity.key.add/1", body, [new])

    def _prefix(self, by: str, prefix: str, holder: str, role: str) -> Submission:
        body = DelegatePrefix(prefix=prefix, holder=holder, role=role)  # type: ignore[arg-type]
        return self.sign(by, "identity.prefix.delegate/1", body)
