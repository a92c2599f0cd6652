"""Where the year happens: a served node whose clock the script moves on, and everybody in it registered over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import loopback
from tests.app.captures import lend_keys
from tests.ledger.world import World, key
from tests.ledger.world import root as root_handle
from tests.year.parties import Party, digest

from tallystick import finance
from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.equality import keeping
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.finance import accounts
from tallystick.identity import (
    CreateHandles,
    Decide,
    DelegatePrefix,
    HandleRecord,
    Propose,
    RegisterOrganisation,
)
from tallystick.identity.sharing import GiveRemit, Opened, Over
from tallystick.ledger import Attachment, AttachmentRef, canonical, instant

began = "2026-01-05T01:00:00.000Z"
day_ms = 24 * 3_600_000
prefix = "99.100"
firms = {
    "core": "core", "alpha": "supplier", "beta": "supplier", "gamma": "supplier",
    "east": "bank", "west": "bank", "insurer": "insurer", "court": "court",
}  # fmt: skip
suppliers, banks = ("alpha", "beta", "gamma"), ("east", "west")
#: Which bank keeps the account of a supplier, and so may say that money arrived there.
keepers = {"alpha": "west", "beta": "east", "gamma": "east"}
#: Of the area 9999, which is nobody's.
bank_code = "999999900" + "01"


@dataclass
class Stage:
    """`days`: of each day that is over, minor units that its equality report leaves unexplained, and the reasons given."""

    world: World
    node: Node
    url: str
    parties: dict[str, Party]
    accounts: dict[str, str] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    because: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Party:
        return self.parties[name]

    @property
    def now(self) -> str:
        return instant(self.world.clock.now_ms())

    @property
    def today(self) -> str:
        """In Shanghai."""
        return finance.money_date(self.now)

    def until(self, day: str) -> None:
        """Let days pass, one after the other; each is held against bank and register when it is over."""
        while self.today < day:
            self.world.ledger.seal()
            over = self.today
            self.world.clock.advance(day_ms)
            # What a day plans is carried out by the first blocks behind it.
            self.world.ledger.seal(force=True)
            self.world.ledger.seal(force=True)
            keeping.keep(self.node, over)
            self._read_equality(over)

    def record(self, what: str) -> str:
        """The digest of a bank's record, which counts once."""
        return digest(f"{what} {self.now} {os.urandom(16).hex()}")

    def _read_equality(self, day: str) -> None:
        """As the node reads it over HTTP: of all banks together."""
        asked: Any = {"since": day, "limit": 1}
        (kept,) = self["node"].get("/finance/v1/equality", **asked)["days"]
        assert kept["day"] == day, kept
        self.days[day] = int(kept["unexplained"])
        for report in kept["reports"]:
            for line in report["lines"]:
                for reason in line["because"]:
                    self.because[reason] = self.because.get(reason, 0) + 1


@contextmanager
def stage(home: Path, url: str) -> Iterator[Stage]:
    """A node with its organisations, people, devices, accounts; nobody owes anybody anything."""
    with ExitStack() as stack:
        lend_keys(home / "node")
        world = World(url, home / "signer", rules=rule_set())
        world.clock.set(began)
        address = _serve(stack, home / "node", url, world)
        parties = {}
        for name in ("node", *firms):
            handle = "99/O-NODE000000000" if name == "node" else f"{prefix}/O-{name.upper():0<12}"
            parties[name] = Party(handle, world.origin, address[1], world.clock)
            stack.callback(parties[name].close)
        made = Stage(world, address[0], address[1], parties)
        _register(made, Party(root_handle, world.origin, address[1], world.clock))
        for name in suppliers:
            made.accounts[name] = _account(made[name], made[keepers[name]])
        yield made


def _serve(stack: ExitStack, home: Path, url: str, world: World) -> tuple[Node, str]:
    port = stack.enter_context(loopback.listening())
    site = loopback.address(port, "localhost")
    node = Node.at(Settings(home=home, database_url=url, base_url=site))
    stack.enter_context(loopback.serving(create_app(node, world.ledger), port))
    return node, site


def _register(stage: Stage, root: Party) -> None:
    node = stage["node"]
    # The root's key is that of the log's beginning; its operator has it.
    root.hold(key(f"300:{root_handle}"))
    named = RegisterOrganisation(
        organisation=node.handle, name={"zh": "节点", "en": "Node"}, scheme="none", capacities=("node",)
    )  # fmt: skip
    lease = DelegatePrefix(prefix=prefix, holder=node.handle, role="secondary")
    _all(
        root,
        [
            root.write("identity.organisation.register/1", named, root_handle),
            node.first_key(root),
            root.write("identity.prefix.delegate/1", lease, root_handle),
        ],
    )
    for name, capacity in firms.items():
        firm = stage[name]
        told = RegisterOrganisation(
            organisation=firm.handle, name={"zh": f"企业{name}", "en": name.title()}, scheme="none",
            capacities=(capacity,),  # type: ignore[arg-type]
        )  # fmt: skip
        said = [
            node.write("identity.organisation.register/1", told, node.handle),
            firm.first_key(node),
        ]
        if capacity in ("core", "supplier"):
            lease = DelegatePrefix(prefix=place_of(name), holder=firm.handle, role="enterprise")
            said.append(node.write("identity.prefix.delegate/1", lease, node.handle))
        _all(node, said)
        _all(firm, firm.people())
        if capacity in ("core", "supplier"):
            gate = CreateHandles(
                handles=(HandleRecord(handle=f"{place_of(name)}/GATE", values=()),)
            )
            firm.say("identity.handle.create/1", gate, "administrator")
            firm.device(f"{place_of(name)}/SCANNER-1")
    _all(node, node.people())
    _remit(stage)
    stage.world.ledger.seal()


def _all(by: Party, said: list[Any]) -> None:
    for row in by.send(said):
        assert row.get("outcome") == "accepted", row


def place_of(name: str) -> str:
    """The prefix of a firm's things."""
    return f"{prefix}.{list(firms).index(name) + 1}"


def _remit(stage: Stage) -> None:
    """The court's officer reads what is financed under the node, by an order, as two of the node's people decide."""
    node = stage["node"]
    remit = GiveRemit(
        kind="remit", to=stage["court"].handle, role="court",
        what=(Opened(kind="part", part="finance", evidence=True),),
        over=Over(organisations=(stage["gamma"].handle,)), until="2027-12-31", order=digest("order"),
    )  # fmt: skip
    proposal = node.say(
        "identity.propose/1", Propose(organisation=node.handle, what=remit), "administrator"
    )
    decision = Decide(proposal=proposal, decision="approve")
    node.say("identity.decide/1", decision, "security-administrator")


def _account(firm: Party, bank: Party) -> str:
    """Registered by the firm, vouched for by its bank, named by two officers; in force at once, as the first one."""
    number = f"9999{int(digest(firm.handle)[:12], 16):015d}"
    data = canonical.encode({"holder": firm.handle, "number": number})
    kept = Attachment(accounts.details_type, data, bytes.fromhex(digest(number)), "restricted")
    ref = AttachmentRef(hash=kept.hash(), type=kept.type, size=len(data), grade="restricted")
    body = accounts.AccountRegister(
        organisation=firm.handle, scheme="cnaps", bank_code=bank_code + accounts.cnaps_check(bank_code),
        bank=bank.handle, country="CN", currency="CNY", tail=number[-4:], details=ref,
    )  # fmt: skip
    said = firm.write("finance.account.register/1", body, attachments=[kept])
    name = f"{firm.handle}#A-{firm.post(said)}"
    bank.say(
        "finance.account.attest/1", accounts.AccountAttest(account=name, belongs=True), "checker"
    )
    payee = accounts.PayeePropose(organisation=firm.handle, currency="CNY", account=name)
    proposed = firm.say("finance.payee.propose/1", payee, "administrator")
    approve = accounts.PayeeApprove(proposal=proposed)
    firm.say("finance.payee.approve/1", approve, "security-administrator")
    return name
