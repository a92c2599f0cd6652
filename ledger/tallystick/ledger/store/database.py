"""The database: SQLite (WAL, synchronous=FULL) or PostgreSQL, behind one engine."""

from __future__ import annotations

import selectors
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import QueuePool

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.store import alone, bulk, partitions, replication, roles
from tallystick.ledger.store.replication import Replication
from tallystick.ledger.store.tables import entry, entry_name, metadata
from tallystick.ledger.store.terms import SequencerBusy
from tallystick.ledger.store.transaction import Transaction

busy_timeout_ms = 10_000
statement_timeout_ms = 120_000
copy_rows = 2000
#: A batch changes more pages than SQLite's own 2 MiB hold, and would write some of them twice.
sqlite_cache_kib = 64 * 1024
#: 64 MiB of write-ahead log: pages that every batch changes reach the file once for many batches.
sqlite_checkpoint_pages = 16_000
lock_timeout_ms = 10_000
#: A server whose machine is gone is given up after about 25 seconds.
_gone_soon = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_signs_of_damage = ("Could not decode to UTF-8", "malformed", "invalid page", "is not a database")
#: First key of PostgreSQL's advisory lock that makes one writer at a time ("TALY").
advisory_lock = 0x54414C59


class StoreUnusable(TallystickError):
    code = "store-unusable"
    status = 503
    title = "The database cannot be used"
    advice = "Check TALLYSTICK_DATABASE_URL, that the server runs, and that the disk has room."


class SchemaBehind(TallystickError):
    code = "schema-behind"
    status = 503
    title = "The database's schema is older than this release, and this role may not change it"
    advice = (
        "Run `tallystick migrate` with the URL of the role that owns the tables, then start again."
    )


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

    def __init__(self, url: str, replicated: Replication | None = None) -> None:
        self.url = url
        self.replicated = replicated or Replication()
        self.engine = _engine(url)
        self.dialect = self.engine.dialect.name
        self._session: alone.SessionLock | None = None
        if self.replicated.standbys and self.dialect != "postgresql":
            raise replication.StandbysTooFew(f"{self.dialect} has no standbys")

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write transaction, serialised against all other writers; durable when it ends.

        And replicated, if the store requires standbys; raises `ReplicationUnconfirmed` if that is not known.
        """
        try:
            connection = self.engine.connect().execution_options(tallystick_write=True)
            with connection:
                with connection.begin():
                    if self.dialect == "postgresql":
                        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({advisory_lock})")
                    yield Transaction(connection)
                    if self.dialect == "postgresql":
                        self.replicated.commit(connection)
                if self.dialect == "postgresql":
                    self.replicated.check(connection)
        except (OperationalError, DBAPIError) as error:
            raise StoreUnusable(str(error.orig)) from error
        except psycopg.Error as error:
            raise StoreUnusable(str(error)) from error

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """One consistent snapshot."""
        try:
            connection = self.engine.connect()
            if self.dialect == "postgresql":
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection, connection.begin():
                yield Transaction(connection)
        except (DataError, OverflowError) as error:
            raise ValueUnusable(str(getattr(error, "orig", error))) from error
        except DBAPIError as error:
            said = str(error.orig)
            damaged = any(sign in said for sign in _signs_of_damage)
            raise (StoreDamaged if damaged else StoreUnusable)(said) from error
        except psycopg.Error as error:
            raise StoreUnusable(str(error)) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process may append to this database; raises `SequencerBusy`."""
        if self.dialect != "postgresql":
            path = self.engine.url.database
            with alone.locked_file(Path(f"{path}.sequencer")) if path else nullcontext():
                yield
            return
        session = alone.SessionLock(self.engine)
        try:
            if not session.acquire():
                raise SequencerBusy("a session of the database holds the sequencer's lock")
        except DBAPIError as error:
            raise StoreUnusable(str(error.orig)) from error
        self._session = session
        try:
            yield
        finally:
            self._session = None
            session.release()

    def keep_alone(self) -> None:
        """While `alone`: see that it still is so; raises `SequencerFenced`."""
        if self._session is not None:
            try:
                self._session.keep()
            except DBAPIError as error:
                raise StoreUnusable(str(error.orig)) from error

    def migrate(self) -> None:
        """Bring the schema up to date; safe to repeat."""
        from tallystick.ledger.migrations import upgrade

        try:
            upgrade(self.engine)
        except ProgrammingError as error:
            behind = isinstance(error.orig, psycopg.errors.InsufficientPrivilege)
            raise (SchemaBehind if behind else StoreUnusable)(str(error.orig)) from error
        except (OperationalError, SQLAlchemyError) as error:
            raise StoreUnusable(str(error)) from error

    def grant(self, role: str) -> None:
        """Make this the role that serves and appends; raises `RoleRefused`, `RolesNotHere`."""
        if self.dialect != "postgresql":
            raise roles.RolesNotHere(self.dialect)
        with self.write() as transaction:
            roles.grant(transaction.connection, role)

    def granted(self) -> list[str]:
        """The roles that `grant` was called for."""
        if self.dialect != "postgresql":
            return []
        with self.read() as transaction:
            return roles.granted(transaction.connection)

    def may_change_entries(self) -> bool:
        """Whether the role that this store connects as could; SQLite's triggers refuse it."""
        if self.dialect != "postgresql":
            return False
        with self.read() as transaction:
            return roles.may_change_entries(transaction.connection)

    def copy_to(self, other: Store) -> None:
        """Copy every table as it is, in one snapshot, into an empty store."""
        other.migrate()
        with self.read() as source, other.write() as target:
            for table in metadata.sorted_tables:
                rows = source.rows(table.name)
                while chunk := list(islice(rows, copy_rows)):
                    if other.dialect == "postgresql" and table.name in partitions.partitioned:
                        partitions.make_room(target.connection, chunk[-1][0])
                    bulk.insert(target.connection, table, chunk)
                    if other.dialect == "postgresql" and table is entry:
                        names = [(row[2], row[1], row[0]) for row in chunk]
                        bulk.insert(target.connection, entry_name, names)

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
        # What a role or a database sets otherwise would undo what receipts promise, or hide a warning.
        options = (
            f"-c lock_timeout={lock_timeout_ms} -c statement_timeout={statement_timeout_ms}"
            " -c synchronous_commit=on -c client_min_messages=notice"
        )
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={"options": options, "connect_timeout": 10, **_gone_soon},
        )
        event.listen(engine, "checkout", _require_open)
        event.listen(engine, "connect", replication.listen)
        return engine
    raise StoreUnusable(f"{parsed.drivername} is neither sqlite nor postgresql")


def _require_open(connection, _record, _proxy) -> None:  # type: ignore[no-untyped-def]
    """A server that ended a connection has said so on it: nothing else is there to read between two uses.

    Asked of the socket, not of the server, which would cost every read a round trip.
    """
    ready = selectors.DefaultSelector()
    try:
        ready.register(connection.fileno(), selectors.EVENT_READ)
        if ready.select(0):
            raise DisconnectionError("the server ended this connection")
    finally:
        ready.close()


def _configure_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={busy_timeout_ms}",
        f"cache_size=-{sqlite_cache_kib}",
        f"wal_autocheckpoint={sqlite_checkpoint_pages}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("tallystick_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
