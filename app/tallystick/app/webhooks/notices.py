"""Notices of webhooks that were stopped by themselves, for officers; by this node, and of no state."""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.app.bootstrap import Node
from tallystick.app.joining.shown import is_officer
from tallystick.app.login import Member
from tallystick.app.notices.inbox import Notice, register_beside
from tallystick.app.webhooks.hooks import Hook
from tallystick.ledger import View


def stopped(node: Node, view: View, member: Member) -> Iterator[Notice]:
    with node.store.read() as transaction:
        hooks = [Hook.of(row) for row in transaction.webhooks.of(member.organisation)]
    found = [one for one in hooks if one.state in ("failing", "gone") and one.told.stopped]
    if not found or not is_officer(view, member, member.organisation):
        return
    for hook in found:
        why = hook.told.stopped or {}
        told = {"webhook": hook.told.wish.label or hook.id, "why": hook.state}
        yield Notice("webhook-stopped", int(why["index"]), f"/webhooks/{hook.id}", True, told)


register_beside(stopped.__name__, stopped)
