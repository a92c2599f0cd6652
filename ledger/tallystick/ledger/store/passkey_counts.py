"""How often each passkey said that it signed, when it last logged somebody in here."""

from __future__ import annotations

from sqlalchemy import Connection, text

#: Both databases read it. Passkeys that do not count say 0 for ever (WebAuthn Level 3 §7.2, step 22).
_goes_on = text(
    "INSERT INTO passkey_count (reference, signed) VALUES (:reference, :signed)"
    " ON CONFLICT (reference) DO UPDATE SET signed = excluded.signed"
    " WHERE passkey_count.signed < excluded.signed OR (passkey_count.signed = 0 AND excluded.signed = 0)"
)


class PasskeyCounts:
    """The table in one transaction, by key reference."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def goes_on(self, reference: str, signed: int) -> bool:
        """Whether it may come after what was kept, and then kept: one statement, whoever else logs in at once."""
        told = {"reference": reference, "signed": signed}
        return self._connection.execute(_goes_on, told).rowcount == 1
