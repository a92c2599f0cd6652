"""What an answer about a handle says of its prefix: a warning, the new home, and where else to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from tallystick.identity import names
from tallystick.identity.minting import serials
from tallystick.identity.prefixes.standing import PrefixState, Row, ledger_time, state_of, used_of
from tallystick.ledger import State

#: A query parameter by which a referred question is known, and not referred again.
referred = "referred"
_warnings: Mapping[PrefixState, str] = {
    "suspended": "prefix-suspended",
    "withdrawn": "prefix-withdrawn",
    "arriving": "prefix-arriving",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the prefix of a handle stands at the ledger time of a view.

    `home`: where its handles are written now, if not here; `source`: where they come from. Both are addresses of
    servers that offer `/api/handles`.
    """

    prefix: str
    state: PrefixState
    holder: str
    home: str | None = None
    source: str | None = None

    def told(self) -> dict[str, Any]:
        """More members of an answer; none for a prefix that is active here."""
        warning = _warnings.get(self.state)
        more: dict[str, Any] = {"warning": warning} if warning else {}
        return {**more, "home": self.home} if self.home else more


def standing(state: State, handle: str) -> Standing | None:
    """None if nobody ever held the prefix in this log, or there is none in `handle`."""
    prefix = names.administered_by(handle)
    row = cast(Row | None, state.get("prefix", prefix))
    if row is None:
        return None
    home, source = row.get("home"), row.get("from")
    return Standing(
        prefix,
        state_of(row, ledger_time(state) if "expires" in row else ""),
        row["holder"],
        home["url"] if home else None,
        source["url"] if source else None,
    )


def registered(state: State, handle: str) -> str | None:
    """The prefix of a handle, if anybody ever held it in this log."""
    prefix = names.administered_by(handle)
    return None if state.get("prefix", prefix) is None else prefix


def referral(state: State, handle: str) -> str | None:
    """The address of the server to ask about a handle of which this log has no record.

    The new home of a prefix that left; where it comes from for what is still on its way, for a party that came
    along and is registered there alone, and for codes of batches whose secret stayed there.
    """
    found = standing(state, handle)
    if found is None:
        return None
    if found.home is not None:
        return found.home
    party = cast(Row | None, state.get("party", names.fold(handle)))
    if found.state == "arriving" or (party is not None and "from" in party):
        return found.source
    return _of_batch(state, handle)


def _of_batch(state: State, handle: str) -> str | None:
    """Where a code may be known that nobody has seen: its batch came along, and its secret perhaps not."""
    serial = serials.read(handle)
    if serial is None:
        return None
    batch = cast(Row | None, state.get("batch", f"{serial.prefix}/{serial.batch}"))
    return batch["from"]["url"] if batch is not None and "from" in batch else None


def asked_there(address: str, handle: str) -> str:
    """The address at which the other server answers about the handle."""
    return f"{address.rstrip('/')}/api/handles/{quote(handle)}?{referred}=true"


def data(state: State, prefix: str) -> dict[str, Any] | None:
    """A prefix as data: who holds it, its lease, its state, and where it is at home."""
    row = cast(Row | None, state.get("prefix", prefix))
    if row is None:
        return None
    told: dict[str, Any] = {
        "prefix": prefix,
        "holder": row["holder"],
        "role": row["role"],
        "state": state_of(row, ledger_time(state)),
        "expires": row.get("expires"),
        "quota": row.get("quota"),
        "used": used_of(state, prefix) if "quota" in row else None,
        "suspended": row.get("suspended"),
        "home": row.get("home"),
        "from": row.get("from"),
    }
    move = cast(Row | None, state.get("prefix-move", prefix))
    if move is not None:
        told["moving"] = {
            "records": move.get("left", move.get("count")),
            "step": _step(row, move),
        }
    return told


def _step(row: Row, move: Row) -> str:
    if "arriving" in row:
        return "arriving"
    return "carried" if "done" in move else "carrying"
