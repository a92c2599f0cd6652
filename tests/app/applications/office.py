"""A node whose two officers look at applications, served in this process; and an applicant."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from tests.app.captures import lend_keys
from tests.identity.organisations.newcomer import number as credit_code
from tests.ledger.world import World, key, node, supplier

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import AddPerson, FoundOrganisation
from tallystick.ledger import SetClock, pae

here = "https://testserver"
prefix = "99.100"
first, second, other = "99/P-OFFICER00001", "99/P-OFFICER00002", "99.100/P-STRANGER00001"
pdf = b"%PDF-1.7 a business licence of nobody"
form: dict[str, Any] = {
    "name": {"zh": "新来电子有限公司", "en": "Newcomer Electronics"},
    "scheme": "uscc",
    "number": credit_code,
    "bank_code": "999999900019",
    "capacities": ["supplier"],
    "contact": "applicant@newcomer.example",
}
wanted = (
    ("business-licence", ""), ("legal-representative", ""), ("beneficial-owner", ""),
    ("agent-authorisation", "2027-01-01"), ("bank-account", ""),
)  # fmt: skip


@dataclass
class Office:
    world: World
    client: TestClient
    app: Any
    clock: SetClock

    def log_in(self, person: str) -> TestClient:
        """As somebody who signs with a plain key."""
        self.client.cookies.clear()
        told = self.client.post("/v1/login/challenge").json()
        sig = key(f"300:{person}").private.sign(base64.b64decode(told["message"]))
        proof = {"person": person, "nonce": told["nonce"], "sig": base64.b64encode(sig).decode()}
        assert self.client.post("/v1/login", json=proof).status_code == 200
        return self.client

    def begin(self) -> Applicant:
        self.client.cookies.clear()
        made = self.client.post("/v1/applications", json={"node": prefix})
        assert made.status_code == 201, made.text
        told = made.json()
        return Applicant(self.client, told["number"], told["token"])

    def propose(self, number: str, by: str = first, **change: Any) -> Any:
        """What became of it when an officer signs the draft."""
        client = self.log_in(by)
        path = f"/v1/applications/{number}"
        answer = client.get(f"{path}/draft", params={"author": by})
        if answer.status_code != 200:
            return answer
        draft = answer.json()
        signed = pae(base64.b64decode(draft["payload"]))
        sig = base64.b64encode(key(f"300:{by}").private.sign(signed)).decode()
        envelope = {
            "payload": draft["payload"],
            "payloadType": "application/vnd.tallystick.entry+json",
            "signatures": [{"keyid": f"300:{by}", "sig": sig}],
        }
        told = {"envelope": envelope, "body": draft["body"], "salt": draft["salt"], **change}
        return client.post(f"{path}/proposal", json=told)


@dataclass
class Applicant:
    client: TestClient
    number: str
    token: str
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v1/applications/{self.number}/own"

    def call(self, method: str, rest: str = "", **more: Any) -> Any:
        headers = {"Application-Token": self.token, **more.pop("headers", {})}
        answer = self.client.request(method, self.path + rest, headers=headers, **more)
        if answer.status_code < 300:
            self.state = answer.json()
        return answer

    def paper(self, kind: str, ends: str = "", data: bytes = pdf, **more: Any) -> Any:
        params = {"kind": kind, **({"ends": ends} if ends else {})}
        return self.call("POST", "/papers", params=params, content=data, **more)

    def person(self, position: int, *roles: str) -> dict[str, Any]:
        """With a plain key that signs for it."""
        handle = self.call("GET").json()["persons"][position]
        made = key(f"300:{handle}")
        jwk = made.private.public.jwk()
        wish = {"person": position, "roles": list(roles), "jwk": jwk}
        told = self.call("POST", "/people/message", json=wish).json()
        assert told["key"] == made.keyid
        sig = base64.b64encode(made.private.sign(base64.b64decode(told["message"]))).decode()
        first = {"key": made.keyid, "jwk": jwk, "custody": "self", "possession": {"sig": sig}}
        return {"person": handle, "roles": list(roles), "keys": [first]}

    def people(self) -> Any:
        roles = enumerate(("administrator", "security-administrator"))
        rows = [self.person(position, role) for position, role in roles]
        return self.call("PUT", "/people", json=rows)

    def complete(self) -> Applicant:
        assert self.call("PUT", json=form).status_code == 200
        for kind, ends in wanted:
            assert self.paper(kind, ends).status_code == 201
        assert self.people().status_code == 200
        return self

    def submitted(self) -> Applicant:
        done = self.complete().call("POST", "/submission")
        assert done.status_code == 200, done.text
        return self


@contextmanager
def opened(home: Path, url: str) -> Iterator[Office]:
    lend_keys(home / "node")
    world = World(url, home / "signer", rules=rule_set())
    world.populate()
    for person, role in ((first, "administrator"), (second, "security-administrator")):
        body = AddPerson(person=person, organisation=node, roles=(role,))  # type: ignore[arg-type]
        world.add(node, "identity.person.add/1", body)
        world.add_key(node, person)
    found = FoundOrganisation(organisation=node)
    world.add(node, "identity.organisation.found/1", found)
    stranger = AddPerson(person=other, organisation=supplier, roles=("administrator",))
    world.add(supplier, "identity.person.add/1", stranger)
    world.add_key(supplier, other)
    where = Settings(home=home / "node", database_url=url, base_url=here)
    app = create_app(Node.at(where), world.ledger)
    with TestClient(app, base_url=here) as client:
        yield Office(world, client, app, world.clock)
