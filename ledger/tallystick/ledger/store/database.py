"""The database: SQLite (WAL, synchronous=FULL) or PostgreSQL, behind one engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.store import bulk
from tallystick.ledger.store.scrubbing import Progress, Scrubbed, scrub_database
from tallystick.ledger.store.tables import metadata
from tallystick.ledger.store.transaction import Transaction
from tallystick.ledger.vault import Vault

busy_timeout_ms = 10_000
statement_timeout_ms = 120_000
copy_rows = 2000
lock_timeout_ms = 10_000
_signs_of_damage = ("Could not decode to UTF-8", "malformed", "invalid page", "is not a database")
#: First key of PostgreSQL's advisory lock that makes one writer at a time ("TALY").
advisory_lock = 0x54414C59


class StoreUnusable(TallystickError):
    code = "store-unusable"
    status = 503
    title = "The database cannot be used"
    advice = "Check TALLYSTICK_DATABASE_URL, that the server runs, and that the disk has room."


class StoreDamaged(TallystickError):
    code = "store-damaged"
    status = 500
    title = "The database holds what it cannot read"
    advice = "Keep this copy as evidence, and restore the newest good one."


class ValueUnusable(TallystickError):
    code = "value-unusable"
    status = 400
    title = "A value in the request can be in no database"
    advice = "Numbers have at most 63 bits, and text does not hold the character U+0000."


class Store:
    """One log's database. `write` is the unit of work: everything in it commits, or nothing."""

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        """Without a vault no attachment can be opened or taken in."""
        self.url = url
        self.vault = vault
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write transaction, serialised against all other writers; durable when it ends."""
        try:
            connection = self.engine.connect().execution_options(tallystick_write=True)
            with connection, connection.begin():
                if self.dialect == "postgresql":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({advisory_lock})")
                yield Transaction(connection, self.vault)
        except (OperationalError, DBAPIError) as error:
            raise StoreUnusable(str(error.orig)) from error

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent snapshot."""
        try:
            connection = self.engine.connect()
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection, connection.begin():
                yield Transaction(connection, self.vault)
        except (DataError, OverflowError) as error:
            raise ValueUnusable(str(getattr(error, "orig", error))) from error
        except DBAPIError as error:
            said = str(error.orig)
            damaged = any(sign in said for sign in _signs_of_damage)
            raise (StoreDamaged if damaged else StoreUnusable)(said) from error

    def migrate(self) -> None:
        """Bring the schema up to date; safe to repeat."""
        from tallystick.ledger.migrations import upgrade

        try:
            upgrade(self.engine, vault=self.vault)
        except (OperationalError, SQLAlchemyError) as error:
            raise StoreUnusable(str(error)) from error

    def copy_to(self, other: Store) -> None:
        """Copy every table as it is, in one snapshot, into an empty store."""
        other.migrate()
        with self.read() as source, other.write() as target:
            for table in metadata.sorted_tables:
                rows = source.rows(table.name)
                while chunk := list(islice(rows, copy_rows)):
                    bulk.insert(target.connection, table, chunk)

    def scrub(self, progress: Progress = lambda _done, _total: None) -> Scrubbed:
        """Get what was deleted out of the database's own files; raises `ScrubIncomplete`."""
        return scrub_database(self.engine, progress)

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except SQLAlchemyError:
        raise StoreUnusable("the database URL cannot be read") from None
    if parsed.drivername == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            parsed, poolclass=QueuePool, connect_args={"check_same_thread": False}
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        options = f"-c lock_timeout={lock_timeout_ms} -c statement_timeout={statement_timeout_ms}"
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={"options": options, "connect_timeout": 10},
            pool_pre_ping=True,
        )
    raise StoreUnusable(f"{parsed.drivername} is neither sqlite nor postgresql")


def _configure_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        # What is deleted is overwritten, so that an erased attachment stands in no free page.
        "secure_delete=ON",
        f"busy_timeout={busy_timeout_ms}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("tallystick_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
