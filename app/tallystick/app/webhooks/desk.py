"""What officers do about the webhooks of their organisation, and what its people see of them.

Webhooks are operational data and no entries: an address may hold a token, and has to be gone when it is removed; no
replica computes anything from them; and only this node delivers. What is sent says no more than the organisation may
read, whoever registered it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import Any

from tallystick.app.bootstrap import Node
from tallystick.app.joining.shown import is_officer
from tallystick.app.login import Member
from tallystick.app.webhooks.addresses import networks, parse_target
from tallystick.app.webhooks.errors import (
    DeliveryUnknown,
    NotYoursToHook,
    WebhookMalformed,
    WebhooksTooMany,
    WebhookUnknown,
)
from tallystick.app.webhooks.hooks import Hook, KeptSecret, Told, Wish, secrets_max
from tallystick.app.webhooks.signing import Secret, Seeds
from tallystick.ledger import Clock, DeliveryRow, SystemClock, instant

webhooks_max = 20
overlap_hours_default, overlap_hours_max = 24, 7 * 24
deliveries_page_max = 100
_hour_ms = 3600 * 1000
_id_bytes = 12


@dataclass
class WebhookDesk:
    """Of one node."""

    node: Node
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.seeds = Seeds(self.node.settings.folder)

    def require_officer(self, member: Member) -> str:
        """The organisation whose webhooks the person looks after. Raises `NotYoursToHook`."""
        with self.node.look() as view:
            if not is_officer(view, member, member.organisation):
                raise NotYoursToHook(member.organisation)
        return member.organisation

    def make(self, member: Member, wish: Wish) -> tuple[Hook, Secret]:
        """Told of entries from now on. Raises as `parse_target`; `NotYoursToHook`, `WebhooksTooMany`."""
        organisation = self.require_officer(member)
        parse_target(wish.address, networks(self.node.settings.webhook_networks))
        with self.node.reader.open() as snapshot:
            start = snapshot.size()
        now_ms = self.clock.now_ms()
        first = KeptSecret(number=0, seed=self.seeds.current(), since_ms=now_ms)
        told = Told(wish=wish, by=member.person, made=instant(now_ms), secrets=(first,))
        hook = Hook(f"wh_{secrets.token_hex(_id_bytes)}", organisation, "active", start, None, told)
        with self.node.store.write() as transaction:
            if len(transaction.webhooks.of(organisation)) >= webhooks_max:
                raise WebhooksTooMany(str(webhooks_max))
            transaction.webhooks.make(hook.row())
        return hook, self.secret(hook)

    def secret(self, hook: Hook) -> Secret:
        """The current one."""
        last = hook.told.secrets[-1]
        return self.seeds.secret(last.seed, hook.id, last.number, hook.told.wish.scheme)

    def of(self, organisation: str) -> list[Hook]:
        with self.node.store.read() as transaction:
            return [Hook.of(row) for row in transaction.webhooks.of(organisation)]

    def one(self, organisation: str, webhook: str) -> Hook:
        """Raises `WebhookUnknown`, also for another organisation's."""
        with self.node.store.read() as transaction:
            row = transaction.webhooks.one(webhook)
        if row is None or row.organisation != organisation:
            raise WebhookUnknown(webhook)
        return Hook.of(row)

    def counts(self, hook: Hook) -> dict[str, int]:
        with self.node.store.read() as transaction:
            return transaction.webhooks.counts(hook.id)

    def deliveries(
        self, hook: Hook, before: str = "", state: str = "", limit: int = 50
    ) -> list[DeliveryRow]:
        with self.node.store.read() as transaction:
            return transaction.webhooks.deliveries(
                hook.id, before, state, min(limit, deliveries_page_max)
            )

    def pause(self, member: Member, webhook: str) -> Hook:
        return self._changed(member, webhook, "paused")

    def resume(self, member: Member, webhook: str) -> Hook:
        """Goes on where it stopped; what waits is due at once."""
        return self._changed(member, webhook, "active")

    def rotate(self, member: Member, webhook: str, overlap_hours: int) -> tuple[Hook, Secret]:
        """A new secret signs at once; the one before signs too until the overlap is over.

        Raises `WebhookMalformed` for an overlap that is none.
        """
        if not 0 <= overlap_hours <= overlap_hours_max:
            raise WebhookMalformed(f"overlap_hours: 0 to {overlap_hours_max}")
        hook = self.one(self.require_officer(member), webhook)
        now_ms, last = self.clock.now_ms(), hook.told.secrets[-1]
        until_ms = now_ms + overlap_hours * _hour_ms
        old = last.model_copy(update={"until_ms": until_ms})
        new = KeptSecret(number=last.number + 1, seed=self.seeds.current(), since_ms=now_ms)
        told = hook.told.model_copy(update={"secrets": (old, new)[-secrets_max:]})
        changed = replace(hook, told=told)
        self._keep(changed)
        return changed, self.secret(changed)

    def remove(self, member: Member, webhook: str) -> None:
        """With its address and everything that was to be sent."""
        hook = self.one(self.require_officer(member), webhook)
        with self.node.store.write() as transaction:
            transaction.webhooks.remove(hook.id)

    def test(self, member: Member, webhook: str) -> DeliveryRow:
        """A delivery that tells of no entry, due at once."""
        hook = self.one(self.require_officer(member), webhook)
        with self.node.reader.open() as snapshot:
            size = snapshot.size()
        name = f"{size:020d}-test-{secrets.token_hex(4)}"
        row = DeliveryRow(hook.id, name, -1, "waiting", due_ms=self.clock.now_ms())
        with self.node.store.note() as transaction:
            transaction.webhooks.add([row])
        return row

    def replay(self, member: Member, webhook: str, delivery: str) -> DeliveryRow:
        """Once more, under the same id, at once. Raises `DeliveryUnknown`."""
        return self.again(self.one(self.require_officer(member), webhook), delivery)

    def again(self, hook: Hook, delivery: str) -> DeliveryRow:
        """As `replay`, for the operator too."""
        with self.node.store.note() as transaction:
            found = transaction.webhooks.delivery(hook.id, delivery)
            if found is None:
                raise DeliveryUnknown(delivery)
            due = replace(found, state="waiting", attempts=0, due_ms=self.clock.now_ms())
            transaction.webhooks.close(due)
        return due

    def shown(self, hook: Hook) -> dict[str, Any]:
        """With its public key, where there is one, and how many deliveries are in which state."""
        told = {**hook.shown(), "deliveries": self.counts(hook)}
        if hook.told.wish.scheme == "v1a":
            now_ms = self.clock.now_ms()
            told["public_keys"] = [one.shown() for one in hook.signing(self.seeds, now_ms)]
        return told

    def _changed(self, member: Member, webhook: str, state: str) -> Hook:
        hook = self.one(self.require_officer(member), webhook)
        with self.node.reader.open() as snapshot:
            index = max(0, snapshot.size() - 1)
        stopped = None
        if state != "active":
            now = instant(self.clock.now_ms())
            stopped = {"index": index, "time": now, "why": state, "by": member.person}
        changed = replace(hook, state=state, told=hook.told.model_copy(update={"stopped": stopped}))
        self._keep(changed)
        if state == "active":
            with self.node.store.note() as transaction:
                transaction.webhooks.failing(hook.id, None)
                transaction.webhooks.due(hook.id, self.clock.now_ms())
        return changed

    def _keep(self, hook: Hook) -> None:
        with self.node.store.write() as transaction:
            transaction.webhooks.change(hook.id, hook.state, hook.told.model_dump_json())


def delivery_shown(row: DeliveryRow) -> dict[str, Any]:
    """For its organisation."""
    told: dict[str, Any] = {"id": row.id, "state": row.state, "attempts": row.attempts}
    if row.index >= 0:
        told["index"] = row.index
    if row.state == "waiting":
        told["next"] = instant(row.due_ms)
    if row.tried_ms is not None:
        told["tried"] = instant(row.tried_ms)
    if row.status is not None:
        told["status"] = row.status
    if row.problem:
        told["problem"] = row.problem
    return told
