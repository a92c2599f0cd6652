"""Devices and people that were invited, asked, and wait for a person: kept beside the log until an entry says so in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from tallystick.ledger.store import bulk, tables

_i = tables.device_invitation.c


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """`token`: hex SHA-256 of it; `document`: JSON of whoever keeps the row; `device`: once it is known; `kind`: what
    is invited."""

    id: str
    token: str
    organisation: str
    state: str
    expires: str
    device: str | None
    document: str
    kind: str = "device"


class Invitations:
    """Queries and writes on the table in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, row: InvitationRow) -> None:
        told = (
            row.id,
            row.token,
            row.organisation,
            row.state,
            row.expires,
            None,
            row.document,
            row.kind,
        )
        bulk.insert(self._connection, tables.device_invitation, [told])

    def by_token(self, token_hash: str) -> InvitationRow | None:
        return self._one(_i.token == token_hash)

    def by_id(self, invitation: str) -> InvitationRow | None:
        return self._one(_i.id == invitation)

    def of_device(self, device: str) -> InvitationRow | None:
        return self._one(_i.device == device)

    def of(
        self, kind: str, organisation: str, states: Sequence[str], after: str, limit: int
    ) -> list[InvitationRow]:
        """Those of an organisation in these states that end after an instant, the first to end first."""
        query = (
            select(tables.device_invitation)
            .where(*_which(kind, organisation, states), _i.expires > after)
            .order_by(_i.expires, _i.id)
            .limit(limit)
        )
        return [InvitationRow(*row) for row in self._connection.execute(query)]

    def count(self, kind: str, organisation: str, states: Sequence[str], after: str) -> int:
        query = select(func.count()).where(*_which(kind, organisation, states), _i.expires > after)
        return self._connection.scalar(query) or 0

    def change(self, row: InvitationRow, before: str) -> bool:
        """Write the row if its state is still `before`; whether it was. Of two who try, one does."""
        done = self._connection.execute(
            update(tables.device_invitation)
            .where(_i.id == row.id, _i.state == before)
            .values(state=row.state, expires=row.expires, device=row.device, document=row.document)
        )
        return done.rowcount == 1

    def drop(self, before: str) -> None:
        """Forget those that ended before an instant, whatever became of them, but for what became of devices."""
        self._connection.execute(
            delete(tables.device_invitation).where(
                _i.expires < before, or_(_i.state != "enrolled", _i.kind != "device")
            )
        )

    def _one(self, condition: object) -> InvitationRow | None:
        query = select(tables.device_invitation).where(condition)  # type: ignore[arg-type]
        row = self._connection.execute(query).first()
        return None if row is None else InvitationRow(*row)


def _which(kind: str, organisation: str, states: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return _i.kind == kind, _i.organisation == organisation, _i.state.in_(states)
