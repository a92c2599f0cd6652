"""What a delivery says: by default that there is an entry, and where; more only where the table of grades lets it.

An organisation is told of entries that it is a party of, as its programs read them (`Reader.may_read`), at the time
of the delivery: what it may not read any more by then is withheld. Bodies go only to those who asked for them, as
far as class and grade let leave by webhook (`grading.table`): never what is restricted, core or personal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from tallystick.app.bootstrap import Node
from tallystick.app.leaving import leaves_to
from tallystick.app.reads.seen import Looked
from tallystick.app.webhooks.hooks import Hook
from tallystick.ledger import DeliveryRow, Reader, Snapshot, instant

#: A larger body is fetched by the link.
body_bytes_told_max = 64 * 1024
planned_at_once = 500
#: While so many wait, no more are planned: a receiver that is away for days has them later.
waiting_max = 10_000
program_roles = frozenset({"program"})
test_type = "tallystick.test"


def planned(snapshot: Snapshot, hook: Hook, now_ms: int) -> tuple[list[DeliveryRow], int]:
    """What is to be sent of the next entries that were not looked at, and where those end."""
    size = snapshot.size()
    rows = snapshot.of_party(hook.organisation, hook.next, size, planned_at_once)
    end = rows[-1].index + 1 if len(rows) == planned_at_once else size
    chosen = [
        DeliveryRow(hook.id, f"{row.index:020d}", row.index, "waiting", due_ms=now_ms)
        for row in rows
        if hook.wants(row.type) and _concerns(snapshot, hook, row.index)
    ]
    return chosen, end


def message_id(row: DeliveryRow) -> str:
    """The same for every attempt."""
    return f"msg_{row.webhook}_{row.id.lstrip('0') or '0'}"


def told(
    node: Node, snapshot: Snapshot, hook: Hook, row: DeliveryRow, looked: Looked, now_ms: int
) -> bytes | None:
    """The bytes to send; None for what the organisation may not read now."""
    if row.index < 0:
        tried = {"id": row.id, "webhook": hook.id}
        return orjson.dumps({"type": test_type, "timestamp": instant(now_ms), "data": tried})
    reader = Reader.party(hook.organisation, program_roles)
    found = snapshot.disclose(row.index, reader)
    if found.body is None and found.masked is None:
        return None
    base = node.settings.base_url.rstrip("/")
    data: dict[str, Any] = {
        "id": found.row.id,
        "index": row.index,
        "outcome": found.row.outcome,
        "link": f"{base}/v1/entries/{row.index}",
    }
    if hook.told.wish.content == "body":
        data |= dict(_body(node, snapshot, hook, row.index, looked))
    event = {"type": found.row.type, "timestamp": found.row.time, "data": data}
    return orjson.dumps(event)


def _body(
    node: Node, snapshot: Snapshot, hook: Hook, index: int, looked: Looked
) -> Iterator[tuple[str, Any]]:
    """As far as it may leave; masked in part, or not at all."""
    own = Reader.party(hook.organisation, program_roles).noting(looked)
    country = hook.told.wish.country
    reader = leaves_to(snapshot.view, node.settings, own, "webhook", "", country)
    found = snapshot.disclose(index, reader)
    for name, data in (("body", found.body), ("masked", found.masked)):
        if data is not None and len(data) <= body_bytes_told_max:
            yield name, orjson.loads(data)


def _concerns(snapshot: Snapshot, hook: Hook, index: int) -> bool:
    named = hook.told.wish.parties
    return not named or not set(named).isdisjoint(snapshot.parties(index))
