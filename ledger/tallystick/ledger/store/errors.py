"""What can be wrong with a database, each by its name."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class StoreUnusable(TallystickError):
    code = "store-unusable"
    status = 503
    title = "The database cannot be used"
    advice = "Check TALLYSTICK_DATABASE_URL, that the server runs, and that the disk has room."


class StoreDamaged(TallystickError):
    code = "store-damaged"
    status = 500
    title = "The database holds what it cannot read"
    advice = (
        "Stop, and keep this copy as evidence. Lay down the newest backup (`tallystick restore DIR`) or a full "
        "export (`tallystick log import DIR`) in an empty database: docs/how-to/recover-from-a-disaster.md."
    )


class StoreNotDurable(StoreUnusable):
    code = "store-not-durable"
    title = "The database does not keep what it was told to keep"
    advice = (
        "Put the SQLite file on a local disk: WAL needs shared memory, which network file systems lack. Or use "
        "PostgreSQL."
    )


class SchemaBehind(TallystickError):
    code = "schema-behind"
    status = 503
    title = "The database's schema is older than this release, and this role may not change it"
    advice = (
        "Run `tallystick migrate` with the URL of the role that owns the tables, then start again."
    )


class ValueUnusable(TallystickError):
    code = "value-unusable"
    status = 400
    title = "A value in the request can be in no database"
    advice = "Numbers have at most 63 bits, and text does not hold the character U+0000."
