"""Who takes part in the year: each with keys that it alone holds, and nothing but HTTP between it and the node."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from tests.app.played import proof

from tallystick import finance, scanners
from tallystick.app.login import session_cookie
from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    FoundOrganisation,
    Role,
)
from tallystick.ledger import (
    Attachment,
    Author,
    Body,
    Clock,
    PrivateKey,
    SigningKey,
    StreamAuthor,
    Submission,
    payload_hash,
    write_batch,
)
from tallystick.trace import Capture

timeout_s = 60
#: What two persons of a firm do with money, and what its officers do with its people and accounts.
roles: tuple[Role, ...] = ("maker", "checker", "administrator", "security-administrator")


class Refused(AssertionError):
    """The node refused what had to pass; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


@dataclass
class Party:
    """An organisation at its own machine. `clock`: the year's; `url`: where the node is."""

    handle: str
    origin: str
    url: str
    clock: Clock
    http: httpx.Client = field(init=False)
    _keys: dict[str, SigningKey] = field(default_factory=dict)
    _sessions: dict[str, str] = field(default_factory=dict)
    _streams: dict[str, StreamAuthor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=timeout_s)

    def person(self, role: str) -> str:
        place, _, name = self.handle.partition("/O-")
        return f"{place}/P-{role[:3].upper()}{name}"

    def key(self, handle: str) -> SigningKey:
        """Made here when it is first needed; nobody else has it."""
        if handle not in self._keys:
            self._keys[handle] = SigningKey(f"300:{handle}", PrivateKey.generate())
        return self._keys[handle]

    def author(self, handle: str) -> Author:
        return Author(self.origin, handle, self.key(handle), self.clock, os.urandom)

    def write(
        self,
        entry_type: str,
        body: Body,
        by: str = "maker",
        endorsers: Sequence[SigningKey] = (),
        attachments: Sequence[Attachment] = (),
    ) -> Submission:
        author = self.person(by) if by in roles else by
        shown = entry_type in finance.views.shown_in_part
        return self.author(author).write(
            entry_type, body, endorsers=endorsers, attachments=attachments, fields=shown
        )

    def send(self, submissions: Sequence[Submission]) -> list[dict[str, Any]]:
        """One answer for each entry."""
        answer = self.http.post("/v1/entries", content=write_batch(submissions))
        assert answer.status_code == 200, answer.text
        return cast("list[dict[str, Any]]", answer.json()["results"])

    def post(self, submission: Submission) -> int:
        """Its index; raises `Refused`."""
        (row,) = self.send([submission])
        if row.get("outcome") != "accepted":
            told = row.get("problem") or row.get("refusal") or row
            raise Refused(str(told.get("code")), str(told.get("detail", told)))
        return int(row["index"])

    def say(self, entry_type: str, body: Body, by: str = "maker") -> str:
        """The payload hash by which others answer."""
        said = self.write(entry_type, body, by)
        self.post(said)
        return payload_hash(said.envelope).hex()

    def refused(self, entry_type: str, body: Body, by: str = "maker") -> str:
        """The code with which the node refuses what must not pass."""
        try:
            self.post(self.write(entry_type, body, by))
        except Refused as refused:
            return refused.code
        raise AssertionError(f"{entry_type} of {self.handle} had to be refused")

    def ask(self, path: str, by: str = "maker", **asked: str | int) -> httpx.Response:
        """As one of its people, logged in by a signature of its key."""
        person = self.person(by)
        if person not in self._sessions:
            answer = self.http.post("/v1/login", json=proof(self.http, person, self.key(person)))
            assert answer.status_code == 200, answer.text
            self._sessions[person] = str(answer.cookies[session_cookie])
            self.http.cookies.clear()
        cookie = f"{session_cookie}={self._sessions[person]}"
        return self.http.get(path, params=asked, headers={"Cookie": cookie})

    def get(self, path: str, by: str = "maker", **asked: str | int) -> Any:
        answer = self.ask(path, by, **asked)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    # Beginning

    def hold(self, known: SigningKey) -> None:
        """A key that was made elsewhere."""
        self._keys[known.keyid.partition(":")[2]] = known

    def first_key(self, registrar: Party, owner: str = "") -> Submission:
        """Its own first key, or one of its people's: said by whoever registers it, endorsed by the key itself."""
        new = self.key(owner or self.handle)
        body = AddKey(key=new.keyid, jwk=new.private.public.jwk(), custody="self", types=("*",))
        return registrar.write("identity.key.add/1", body, registrar.handle, [new])

    def people(self) -> list[Submission]:
        """Its people with their keys, who decide for it from then on."""
        said = []
        for role in roles:
            add = AddPerson(person=self.person(role), organisation=self.handle, roles=(role,))
            said.append(self.write("identity.person.add/1", add, self.handle))
            said.append(self.first_key(self, self.person(role)))
        found = FoundOrganisation(organisation=self.handle)
        return [*said, self.write("identity.organisation.found/1", found, self.handle)]

    def device(self, name: str) -> None:
        """A scanner, registered by an administrator."""
        add = AddDevice(device=name, organisation=self.handle, purpose="scanner")
        self.post(self.write("identity.device.add/1", add, "administrator"))
        new = self.key(name)
        body = AddKey(
            key=new.keyid,
            jwk=new.private.public.jwk(),
            custody="hardware",
            types=("trace.capture/1",),
        )
        self.post(self.write("identity.key.add/1", body, "administrator", [new]))
        self._streams[name] = StreamAuthor(self.author(name))

    def capture(self, device: str, events: Sequence[Any], at: str) -> None:
        ready = scanners.prepare(list(events), at, os.urandom)
        attached = [
            Attachment(*one) if isinstance(one, tuple) else one for one in ready.attachments
        ]
        body = Capture.model_validate_json(ready.body)
        self.post(self._streams[device].write("trace.capture/1", body, attached))

    def close(self) -> None:
        self.http.close()


def digest(text: str) -> str:
    """Of a paper or a bank's record that stays outside the log."""
    return hashlib.sha256(text.encode()).hexdigest()
