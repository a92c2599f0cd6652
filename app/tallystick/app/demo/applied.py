"""An insurer applies with its papers: an officer asks back, and two admit it.

Its people bring keys of their own. An application cannot say of a key that it is played, as the other firms' are;
the log's origin says that all of it is a simulation.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF

from tallystick.app.applications import kept
from tallystick.app.applications.desk import Application, Desk
from tallystick.app.applications.verifying import Verifying, submit
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast
from tallystick.app.demo.stage import Stage, origin
from tallystick.identity import (
    Decide,
    FirstKey,
    FirstPerson,
    Possession,
    Role,
    papers_with_end,
    uscc_with_check,
)
from tallystick.ledger import (
    Answer,
    InvariantError,
    Ledger,
    SigningKey,
    Submission,
    payload_hash,
)

applied_at = "2026-01-20T06:00:00.000Z"
roles: tuple[Role, ...] = ("administrator", "security-administrator", "maker", "checker")
form = kept.Form(
    name={"zh": "演示信用保险公司", "en": "Demo Credit Insurance"},
    scheme="uscc",
    number=uscc_with_check("91999999MA0DEM0N8"),
    bank_code="999999900019",
    capacities=["insurer"],
    contact="applications@insurer.example",
)
question = (
    "The authorisation ends before the cover that you mean to give: send one that lasts longer."
)
_first, _second = (cast.operator(role) for role in ("administrator", "security-administrator"))


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The handles that the node allotted; their keys are the newcomer's own."""

    handle: str
    people: dict[Role, str]

    def key(self, role: Role) -> SigningKey:
        return cast.key(f"300:{self.people[role]}")


@dataclass(frozen=True, slots=True)
class _Log:
    ledger: Ledger

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        return self.ledger.append(submissions)


def apply(node: Node, stage: Stage) -> tuple[Newcomer, str]:
    """Who was admitted; the code with which one officer was refused as both."""
    stage.at(applied_at)
    desk = Desk(node, origin, stage.clock, stage.random)
    found, newcomer = hand_in(desk, form, "2026-02-28")
    verifying = Verifying(desk, _Log(stage.ledger))
    found = verifying.ask(found, question, _first)
    found = submit(desk, _send(desk, found, "agent-authorisation", "2027-12-31"))

    body = verifying.body(found, cast.node)
    said = stage.author(_first).write(
        "identity.propose/1", body, attachments=verifying.attachments(found), fields=True
    )
    found, _ = verifying.propose(found, cast.node, said.envelope, said.body, said.salt)
    decision = Decide(proposal=payload_hash(said.envelope).hex(), decision="approve")
    alone = stage.try_to(stage.sign(_first, "identity.decide/1", decision))
    stage.say(_second, "identity.decide/1", decision)
    with node.look() as view:
        found = verifying.settled(view, found)
    if found.state != "admitted":
        raise InvariantError(f"the application is {found.state}")
    return newcomer, alone


def hand_in(desk: Desk, form: kept.Form, ends: str) -> tuple[Application, Newcomer]:
    """An application with all papers, of which those that end do so on that day, and people, to the story's node."""
    begun = desk.start(cast.node_prefix, "a browser of the story")
    found = desk.fill(desk.own(begun.number, begun.token), form)
    for kind in kept.wanted[form.scheme]:
        found = _send(desk, found, kind, ends)
    newcomer = Newcomer(
        found.open.organisation, dict(zip(roles, found.open.persons[: len(roles)], strict=True))
    )
    people = tuple(_person(desk, found, newcomer, place) for place in range(len(roles)))
    return submit(desk, desk.set_people(found, people)), newcomer


def _send(desk: Desk, found: Application, kind: kept.PaperKind, ends: str) -> Application:
    """A page that says what it stands for; only authorisations end."""
    page = FPDF()
    page.set_creation_date(datetime.fromisoformat(applied_at))
    page.add_page()
    page.set_font("Helvetica", size=14)
    page.cell(text=f"Simulated paper of {form.name['en']}: {kind}. It is nobody's.")
    end = ends if kind in papers_with_end else None
    return desk.add_paper(found, kind, bytes(page.output()), "application/pdf", end)


def _person(desk: Desk, found: Application, newcomer: Newcomer, place: int) -> FirstPerson:
    """With a key that signs for whoever will have it."""
    role = roles[place]
    key = newcomer.key(role)
    jwk = key.private.public.jwk()
    wish = kept.Wish(person=place, roles=[role], jwk=jwk)
    signed = base64.b64encode(key.private.sign(desk.message(found, wish))).decode()
    first = FirstKey(key=key.keyid, jwk=jwk, custody="self", possession=Possession(sig=signed))
    return FirstPerson(person=newcomer.people[role], roles=(role,), keys=(first,))
