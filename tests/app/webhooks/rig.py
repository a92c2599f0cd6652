"""A founded firm whose officers have webhooks, and the worker's rounds over them by a clock that is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from fastapi.testclient import TestClient
from tests.app.joining.rig import Rig
from tests.app.webhooks.receiver import Receiver, loopback, receiving
from tests.identity.people.firm import first, propose, second
from tests.ledger.world import core

from tallystick.app.bootstrap import Node
from tallystick.app.login import Member
from tallystick.app.webhooks.desk import WebhookDesk
from tallystick.app.webhooks.hooks import Hook, Wish
from tallystick.app.webhooks.rounds import Rounds
from tallystick.identity import GiveRoles
from tallystick.ledger import SetClock

officer = Member(first, core, frozenset({"administrator"}), f"300:{first}")
warehouse = Member("99.100/P-NOBODY000000", core, frozenset({"warehouse"}), "300:x")
start = "2026-01-06T00:00:00.000Z"
propose_type = "identity.propose/1"


@dataclass
class Hooked:
    rig: Rig
    node: Node
    receiver: Receiver
    clock: SetClock

    def __post_init__(self) -> None:
        self.desk = WebhookDesk(self.node, self.clock)
        self.rounds = Rounds(self.node, self.clock, chance=lambda low, high: (low + high) / 2)

    def hook(self, **wish: Any) -> Hook:
        told = {"address": self.receiver.url, "types": (propose_type,), **wish}
        return self.desk.make(officer, Wish(**told))[0]

    def say(self, count: int = 1) -> list[str]:
        """So many entries that the firm is a party of; names of proposals."""
        names = []
        for _ in range(count):
            what = GiveRoles(
                kind="roles", person=second, roles=("security-administrator", "warehouse")
            )
            told, name = propose(self.rig.world, first, what)
            assert told == "accepted", told
            names.append(name)
        return names

    def round(self) -> int:
        self.rounds.plan()
        return self.rounds.work()

    def now(self, hook: Hook) -> Hook:
        return self.desk.one(core, hook.id)

    def now_of(self) -> str:
        return officer.organisation

    def states(self, hook: Hook) -> list[tuple[str, int, str | None]]:
        rows = self.desk.deliveries(hook)
        return [(row.state, row.attempts, row.problem) for row in reversed(rows)]

    def browser(self, person: str = first) -> TestClient:
        return self.rig.login(person)


@contextmanager
def hooked(rig: Rig) -> Iterator[Hooked]:
    """With a receiver of its own; its webhooks are gone at the end."""
    with receiving() as receiver:
        settings = rig.node.settings.model_copy(update={"webhook_networks": loopback()})
        # The node that serves is asked for its settings each time.
        rig.node.settings = settings
        yield Hooked(rig, replace(rig.node), receiver, SetClock(start))
    with rig.node.store.write() as transaction:
        for row in transaction.webhooks.all():
            transaction.webhooks.remove(row.id)
