"""A copy of the demo in which somebody stands in every relation to the core enterprise, and asks in every role.

Sessions are proven elsewhere (tests/app/login): here a token says for whom and in which role it reads, so that
roles can be tried that nobody of the demo has.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.app.test_every_route import routes_of

from tallystick.app import permissions
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast, worked
from tallystick.app.demo.stage import Seeded, Stage
from tallystick.app.login import LoginDesk
from tallystick.app.login.members import Member
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.app.webhooks.hooks import Hook, KeptSecret, Told, Wish
from tallystick.app.webhooks.signing import Seeds
from tallystick.identity import AdmitOrganisation, Decide, Propose, SuspendOrganisation
from tallystick.identity.sharing import Disclose, EndSharing, GiveRemit, Opened, Over
from tallystick.ledger import Body, DeliveryRow, SetClock, Thing, payload_hash

owner = cast.core.handle
suspended = cast.suppliers[1].handle
party = cast.suppliers[0].handle
lent, had, remitted, alike, other = (
    f"99.100/O-{name}00" for name in ("LENTTO00000", "HADONCE0000", "REGULATOR00", "SAMEROLE000", "ANOTHER0000")
)  # fmt: skip
organisations: dict[str, str] = {
    "own": owner, "party": party, "sharing": lent, "remit": remitted, "ended": had,
    "same-role": alike, "other": other, "suspended": suspended, "nobody": "",
}  # fmt: skip
everything = (
    *(Opened(kind="part", part=part, evidence=True) for part in ("finance", "identity", "trace")),
)
until = "2036-01-01"


@dataclass(frozen=True)
class Asked:
    """A route with an object of the owner in the place of every parameter, and with one that is nobody's."""

    path: str
    real: str
    unknown: str


class Copy:
    """The demo's node with more organisations in it, and what there is of its owner."""

    def __init__(self, demo: Path, home: Path) -> None:
        shutil.copytree(demo, home, dirs_exist_ok=True)
        self.node = Node.at(Settings(home=home, database_url="", verify_processes=0))
        with self.node.look() as view:
            block: Any = view.get("log", "block")
        clock = SetClock(block["time"])
        with self.node.writer(clock) as book:
            self.stage = Stage(book, clock, Seeded(), home)
            self._relate()
            book.seal()
        self.webhook = self._hooked()
        self.readers = Readers(home)
        self.tokens = {
            name: self.readers.add(f"whole-{name}", organisation)
            for name, organisation in organisations.items()
            if organisation
        }
        self.names = self._names()

    def _relate(self) -> None:
        stage = self.stage
        for handle, capacity in ((lent, "bank"), (had, "bank"), (remitted, "regulator"), (alike, "core"), (other, "bank")):  # fmt: skip
            body = AdmitOrganisation(
                kind="admit", organisation=handle, name={"en": "Somebody"}, scheme="none",
                capacities=(capacity,),  # type: ignore[arg-type]
            )  # fmt: skip
            self._decide(Propose(organisation=cast.node, what=body))
        disclosed = Disclose(to=lent, what=everything, purpose="other", until=until)
        stage.say(cast.core.checker, "identity.disclose/1", disclosed)
        # Of what is not shared with any of them.
        items = {"to": cast.bank.handle, "what": (Opened(kind="items", names=("99.100.1/NONE",)),)}
        stage.say(cast.core.checker, "identity.disclose/1", disclosed.model_copy(update=items))
        again = disclosed.model_copy(update={"to": had})
        gone = stage.sign(cast.core.checker, "identity.disclose/1", again)
        stage.append([gone])
        ended = EndSharing(agreement=payload_hash(gone.envelope).hex(), reason="done")
        stage.say(cast.core.checker, "identity.share.end/1", ended)
        self._by_the_node()

    def _hooked(self) -> str:
        """A webhook of the owner's, with a delivery."""
        seed = Seeds(self.node.settings.folder).current()
        wish = Wish(address="https://hooks.example/in")
        secret = KeptSecret(number=0, seed=seed, since_ms=0)
        told = Told(wish=wish, by=cast.core.checker, made=until, secrets=(secret,))
        hook = Hook(f"wh_{'c' * 24}", owner, "active", 0, None, told)
        with self.node.store.write() as transaction:
            transaction.webhooks.make(hook.row())
            transaction.webhooks.add([DeliveryRow(hook.id, "0" * 20, 0, "waiting")])
        return hook.id

    def _by_the_node(self) -> None:
        remit = GiveRemit(
            kind="remit", to=remitted, role="regulator", what=everything,
            over=Over(organisations=(owner,)), until=until,
        )  # fmt: skip
        halt = SuspendOrganisation(kind="suspend", organisation=suspended, reason="request")
        for what in (remit, halt):
            self._decide(Propose(organisation=cast.node, what=what))

    def _decide(self, proposal: Body) -> None:
        first, second = (
            cast.operator(role) for role in ("administrator", "security-administrator")
        )
        said = self.stage.sign(first, "identity.propose/1", proposal)
        self.stage.append([said])
        decision = Decide(proposal=payload_hash(said.envelope).hex(), decision="approve")
        self.stage.say(second, "identity.decide/1", decision)

    def _names(self) -> dict[str, str]:
        """Objects of the owner, by the parameters of routes that name them."""
        with self.node.look() as view:

            def first(index: str) -> str:
                return next((row.name for row in view.find(index, owner, limit=1)), "0" * 64)

            certificate, item = first("certificate-of-party"), first("item-by-maker")
            credential, pending = first("credential-by-holder"), first("pending-by-organisation")
            kinds = {kind: first(f"{kind}-of") for kind in ("order", "despatch", "invoice", "delivery")}  # fmt: skip
            kinds["invoice"] = next(
                row.name
                for row in view.find("invoice-of", owner, limit=99)
                if row.value["seller"] == party
            )
            sharing = next(
                row.name
                for row in view.find("sharing-by-owner", owner, limit=9)
                if row.value["to"] == cast.bank.handle
            )
            record = next(row.name for row in view.find("handle-by-owner", owner, limit=1))
            invoices: Any = view.get("invoice", kinds["invoice"])
        assert invoices is not None
        return {
            "certificates": certificate, "items": item, "credential": credential, "proposal": pending,
            "agreement": sharing, "record": record, **kinds,
        }  # fmt: skip

    def foreign(self) -> list[str]:
        """What is the owner's alone: its people, devices, proposals, its webhook."""
        with self.node.look() as view:
            found = [
                row.name
                for index in (
                    "person-by-organisation",
                    "device-by-organisation",
                    "pending-by-organisation",
                )
                for row in view.find(index, owner, limit=50)
            ]
        return [*found, self.webhook]

    def asked(self, path: str) -> Asked:
        real, unknown = path, path
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            mine, nobodys = self._value(path, name)
            real = real.replace("{" + name + "}", quote(mine))
            unknown = unknown.replace("{" + name + "}", quote(nobodys))
        query = (
            f"organisation={quote(owner)}&buyer={quote(owner)}&supplier={quote(owner)}&holder={quote(owner)}"
            f"&issuer={quote(owner)}&party={quote(owner)}&end=9&first=1&second=9&kind=handle&name=x&index=3&line=1"
            f"&author={quote(owner)}&limit=5&amount=10000"
        )
        return Asked(path, f"{real}?{query}", f"{unknown}?{query}".replace("O-CBCEC", "O-CBCEX"))

    def _value(self, path: str, name: str) -> tuple[str, str]:
        names = self.names
        if "/subcontracts/" in path:
            return worked.order, worked.order + "9"
        if "/certificates" in path:
            return names["certificates"], names["certificates"] + "9"
        for kind in ("order", "despatch", "invoice", "delivery"):
            if f"/{kind}s/" in path or (kind == "delivery" and "/deliveries/" in path):
                return names[kind], names[kind] + "9"
        if name in ("credential", "proposal", "agreement"):
            return names[name], "0" * 64
        if (
            "/tenders/" in path
            or "/guarantees/" in path
            or "/facilities/" in path
            or "/insurance/" in path
        ):
            return "0" * 64, "1" * 64
        if name == "webhook":
            return self.webhook, f"wh_{'0' * 24}"
        if name in ("identifier:path", "handle:path"):
            item = names["record"] if "/records" in path or "/api/" in path else names["items"]
            return item, item[:-1] + ("X" if item[-1] != "X" else "Y")
        plain = {"number": ("1", "999999"), "paper": ("0" * 64, "1" * 64), "index": ("3", "999999"), "first": ("1", "999999"), "path:path": ("000.p/9", "x.p/9"), "prefix": ("99.100.1", "99.100.999"), "digest": ("0" * 64, "1" * 64), "known": ("0" * 32, "1" * 32)}  # fmt: skip
        return plain.get(name, (owner, owner.replace("O-CBCEC", "O-CBCEX")))


def routes(app: Any) -> list[str]:
    """Every route that is read and asks for its reader."""
    return sorted(
        {
            route.path
            for route in routes_of(app.routes)
            if route.name == route.path
            and route.reads
            and route.path not in ("/login", "/v1/login")
        }
    )


@contextmanager
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The cookie says organisation and role."""

    def member(_desk: LoginDesk, token: str) -> Member | None:
        name, _, role = token.partition("~")
        organisation = organisations.get(name, "")
        if not organisation:
            return None
        return Member(f"99.100/P-TRIED{role.upper()[:8]}", organisation, frozenset({role}), "300:x")

    with monkeypatch.context() as patched:
        patched.setattr(LoginDesk, "member", member)
        yield


__all__ = ["Asked", "Copy", "Thing", "organisations", "owner", "permissions", "played", "routes"]
