"""A copy of the demo in which somebody stands in every relation to the core enterprise, and asks in every role.

Sessions are proven elsewhere (tests/app/login): here a token says for whom and in which role it reads, so that
roles can be tried that nobody of the demo has.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.app.pages.beside import Beside, until
from tests.app.pages.more import More
from tests.app.pages.objects import Objects
from tests.app.test_every_route import routes_of
from tests.identity.organisations import newcomer

from tallystick.app import permissions
from tallystick.app.applications.desk import Application, Desk
from tallystick.app.bootstrap import Node
from tallystick.app.demo import applied, cast
from tallystick.app.demo.stage import Seeded, Stage, origin
from tallystick.app.login import LoginDesk
from tallystick.app.login.members import Member
from tallystick.app.readers import Readers
from tallystick.app.settings import Settings
from tallystick.identity import (
    AdmitOrganisation,
    Decide,
    Propose,
    SuspendOrganisation,
    uscc_with_check,
)
from tallystick.identity.sharing import Disclose, EndSharing, GiveRemit, Opened, Over
from tallystick.ledger import Body, SetClock, SystemClock, Thing, payload_hash

lent, had, remitted, alike, other = (
    f"99.100/O-{name}00" for name in ("LENTTO00000", "HADONCE0000", "REGULATOR00", "SAMEROLE000", "ANOTHER0000")
)  # fmt: skip
suspended = cast.suppliers[1].handle
everything = (
    *(Opened(kind="part", part=part, evidence=True) for part in ("finance", "identity", "trace")),
)
_applicant = uscc_with_check("91999999MA0CELLN7")


@dataclass(frozen=True)
class Asked:
    """A route with an object of the owner in the place of every parameter, and with one that is nobody's.

    `named`: what stands in either, and may so stand in an answer.
    """

    path: str
    real: str
    unknown: str
    named: tuple[str, ...]


class Copy:
    """The demo's node with more organisations in it, and what there is of its owner.

    `party`: a firm that has dealings with the owner; `capacity`: the owner's.
    """

    def __init__(self, demo: Path, home: Path, owner: cast.Firm, party: cast.Firm) -> None:
        shutil.copytree(demo, home, dirs_exist_ok=True)
        self.owner, self.party = owner, party
        self.organisations: dict[str, str] = {
            "own": owner.handle, "party": party.handle, "sharing": lent, "remit": remitted,
            "node": cast.node, "ended": had, "same-role": alike, "other": other, "suspended": suspended, "nobody": "",
        }  # fmt: skip
        self.node = Node.at(Settings(home=home, database_url="", verify_processes=0))
        with self.node.look() as view:
            block: Any = view.get("log", "block")
        clock = SetClock(block["time"])
        with self.node.writer(clock) as book:
            self.stage = Stage(book, clock, Seeded(), home)
            with self.node.look() as view:
                self.more = More(self.stage, view)
            self._relate()
            self.beside = Beside(self.node, self.stage, owner)
            book.seal()
        self.beside.anchored()
        self.readers = Readers(home)
        self.tokens = {
            name: self.readers.add(f"whole-{name}", organisation)
            for name, organisation in self.organisations.items()
            if organisation
        }
        self.application = self._applied()
        self.objects = Objects(
            self.node, owner, self.more, self.agreement, self.beside, self.application
        )

    def _relate(self) -> None:
        stage = self.stage
        for handle, capacity in ((lent, "bank"), (had, "bank"), (remitted, "regulator"), (alike, self.owner.capacity), (other, "bank")):  # fmt: skip
            body = AdmitOrganisation(
                kind="admit", organisation=handle, name={"en": "Somebody"}, scheme="none",
                capacities=(capacity,),  # type: ignore[arg-type]
                people=newcomer.alone(origin, handle),
            )  # fmt: skip
            self._decide(Propose(organisation=cast.node, what=body))
        disclosed = Disclose(to=lent, what=everything, purpose="other", until=until)
        by = self.owner.checker
        stage.say(by, "identity.disclose/1", disclosed)
        # Of what is not shared with any of them.
        nothing = (Opened(kind="items", names=(f"{self.owner.prefix}/NONE",)),)
        items = {"to": cast.bank.handle, "what": nothing}
        apart = stage.sign(by, "identity.disclose/1", disclosed.model_copy(update=items))
        self.agreement = payload_hash(apart.envelope).hex()
        again = disclosed.model_copy(update={"to": had})
        gone = stage.sign(by, "identity.disclose/1", again)
        stage.append([apart, gone])
        ended = EndSharing(agreement=payload_hash(gone.envelope).hex(), reason="done")
        stage.say(by, "identity.share.end/1", ended)
        self._by_the_node()

    def _applied(self) -> Application:
        """Somebody's, to the node."""
        desk = Desk(self.node, origin, SystemClock(), self.stage.random)
        found, _ = applied.hand_in(
            desk, applied.form.model_copy(update={"number": _applicant}), until
        )
        return found

    def _by_the_node(self) -> None:
        remit = GiveRemit(
            kind="remit", to=remitted, role="regulator", what=everything,
            over=Over(organisations=(self.owner.handle,)), until=until,
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

    def persons(self) -> dict[tuple[str, str], str]:
        """Who has a role in the log; all others are tried by somebody whom it does not know."""
        own = {("own", role): self.owner.person(role) for role in self.owner.roles}
        return {**own, **{("node", role): cast.operator(role) for role in cast.operators}}

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
                for row in view.find(index, self.owner.handle, limit=50)
            ]
        return [*found, self.beside.webhook]

    def asked(self, path: str, parameters: Collection[str]) -> Asked:
        """`parameters`: those of the route that stand behind the question mark."""
        real, unknown, named = path, path, []
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            mine, nobodys = self.objects.in_path(path, name)
            real = real.replace("{" + name + "}", quote(mine))
            unknown = unknown.replace("{" + name + "}", quote(nobodys))
            named += [mine, nobodys]
        asked = [(one, *self.objects.in_query(path, one)) for one in sorted(parameters)]
        mine, nobodys = (
            urlencode([(row[0], row[place]) for row in asked if row[place]]) for place in (1, 2)
        )
        named += [value for row in asked for value in row[1:] if len(value) > 2]
        return Asked(path, f"{real}?{mine}", f"{unknown}?{nobodys}", tuple(named))


def routes(app: Any) -> dict[str, frozenset[str]]:
    """Every route that is read and asks for its reader, with its parameters."""
    return {
        route.path: route.parameters
        for route in sorted(routes_of(app.routes), key=lambda one: one.path)
        if route.name == route.path and route.reads and route.path not in ("/login", "/v1/login")
    }


@contextmanager
def played(monkeypatch: pytest.MonkeyPatch, copies: Sequence[Copy]) -> Iterator[None]:
    """The cookie says organisation and role."""
    of_home = {copy.node.settings.home: copy.organisations for copy in copies}
    persons = {copy.node.settings.home: copy.persons() for copy in copies}

    def member(desk: LoginDesk, token: str) -> Member | None:
        name, _, role = token.partition("~")
        organisation = of_home[desk.node.settings.home].get(name, "")
        if not organisation:
            return None
        person = persons[desk.node.settings.home].get((name, role))
        nobody = f"99.100/P-TRIED{role.upper()[:8]}"
        return Member(person or nobody, organisation, frozenset({role}), "300:x")

    with monkeypatch.context() as patched:
        patched.setattr(LoginDesk, "member", member)
        yield


__all__ = ["Asked", "Copy", "Thing", "permissions", "played", "routes"]
