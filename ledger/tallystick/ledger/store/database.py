"""The database: SQLite (WAL, synchronous=FULL) or PostgreSQL, behind one engine."""

from __future__ import annotations

import selectors
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    DisconnectionError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.pool import QueuePool

from tallystick.ledger.errors import TallystickError
from tallystick.ledger.store import alone, integrity, probe, replication, roles
from tallystick.ledger.store.copying import Progress, copy_file, copy_tables, make_standalone
from tallystick.ledger.store.errors import (
    SchemaBehind,
    StoreDamaged,
    StoreUnusable,
    ValueUnusable,
)
from tallystick.ledger.store.replication import Replication
from tallystick.ledger.store.scrubbing import Scrubbed, scrub_database
from tallystick.ledger.store.terms import SequencerBusy
from tallystick.ledger.store.transaction import Transaction
from tallystick.ledger.vault import Vault

busy_timeout_ms = 10_000
statement_timeout_ms = 120_000
#: A batch changes more pages than SQLite's own 2 MiB hold, and would write some of them twice.
sqlite_cache_kib = 64 * 1024
#: 64 MiB of write-ahead log: pages that every batch changes reach the file once for many batches.
sqlite_checkpoint_pages = 16_000
lock_timeout_ms = 10_000
#: A server whose machine is gone is given up after about 25 seconds.
_gone_soon = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
_signs_of_damage = ("Could not decode to UTF-8", "malformed", "invalid page", "is not a database")
#: Hot paths use the driver's own cursors.
_driver_errors = (sqlite3.Error, psycopg.Error)
#: First key of PostgreSQL's advisory lock that makes one writer at a time ("TALY").
advisory_lock = 0x54414C59


class Store:
    """One log's database. `write` is the unit of work: everything in it commits, or nothing."""

    def __init__(
        self, url: str, replicated: Replication | None = None, vault: Vault | None = None
    ) -> None:
        """Without a vault no attachment can be opened or taken in."""
        self.url = url
        self.replicated = replicated or Replication()
        self.vault = vault
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
                    yield Transaction(connection, self.vault)
                    if self.dialect == "postgresql":
                        self.replicated.commit(connection)
                if self.dialect == "postgresql":
                    self.replicated.check(connection)
        except (DBAPIError, *_driver_errors) as error:
            raise _refusal(error) from error

    @contextmanager
    def note(self) -> Iterator[Transaction]:
        """A write on operational tables alone: on PostgreSQL it waits for no batch of the log, and for no standby
        that receipts promise. Durable when it ends.
        """
        try:
            connection = self.engine.connect().execution_options(tallystick_write=True)
            with connection, connection.begin():
                yield Transaction(connection, self.vault)
        except (DBAPIError, *_driver_errors) as error:
            raise _refusal(error) from error

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
        except (DBAPIError, *_driver_errors) as error:
            raise _refusal(error) from error

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

    def require_writable(self) -> None:
        """Commit what changes nothing, durably; raises `StoreUnusable`."""
        with self.write() as transaction:
            probe.write(transaction.connection)

    def migrate(self) -> None:
        """Bring the schema up to date; safe to repeat."""
        from tallystick.ledger.migrations import CommandError, upgrade

        try:
            upgrade(self.engine, vault=self.vault)
        except ProgrammingError as error:
            behind = isinstance(error.orig, psycopg.errors.InsufficientPrivilege)
            raise SchemaBehind(str(error.orig)) if behind else _refusal(error) from error
        except (DBAPIError, *_driver_errors) as error:
            raise _refusal(error) from error
        except (CommandError, SQLAlchemyError) as error:
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
            copy_tables(source, target)

    def copy_into_file(self, path: Path, progress: Progress | None = None) -> None:
        """Everything as of now into an empty SQLite file, while others go on writing. Raises OSError."""
        try:
            if self.dialect == "sqlite":
                copy_file(self.engine, path, progress)
                return
            other = Store(f"sqlite:///{path}")
            try:
                other.migrate()
                with self.read() as source, other.write() as target:
                    copy_tables(source, target, progress)
            finally:
                other.close()
        except (sqlite3.Error, DBAPIError) as error:
            raise OSError(str(error)) from error

    @staticmethod
    def make_standalone(path: Path) -> None:
        """A SQLite file by itself, of live rows alone (`copying`). Raises OSError."""
        try:
            make_standalone(path)
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def revision(self) -> str:
        """Of its schema; empty if it has none."""
        from tallystick.ledger.migrations import current

        try:
            return current(self.engine)
        except DBAPIError as error:
            raise _refusal(error) from error

    def knows_revision(self) -> bool:
        """Whether this version can read the schema."""
        from tallystick.ledger.migrations import is_known

        return is_known(self.revision())

    def check_integrity(self, *, whole: bool = False) -> str:
        """What was checked, in words; raises `StoreDamaged`. SQLite alone can be asked (`integrity`)."""
        if self.dialect != "sqlite":
            return "PostgreSQL checks its pages as it reads them, if the cluster has data checksums"
        with self.read() as transaction:
            found = integrity.check(transaction.connection, whole=whole)
        if found.problem:
            raise StoreDamaged(found.problem)
        return found.said

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
            parsed,
            poolclass=QueuePool,
            # The connection that was used last remembers most of what is asked for now.
            pool_use_lifo=True,
            connect_args={"check_same_thread": False},
            hide_parameters=True,
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
            hide_parameters=True,
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


def _refusal(error: Exception) -> TallystickError:
    """By its name, whether SQLAlchemy wrapped what the driver said or not."""
    said = str(getattr(error, "orig", error))
    damaged = any(sign in said for sign in _signs_of_damage)
    return (StoreDamaged if damaged else StoreUnusable)(said)


def _configure_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    connection.isolation_level = None
    # Before WAL: another process may hold the file at this moment. On macOS a sync alone is no sync.
    try:
        _set_pragmas(connection)
    except sqlite3.Error as error:
        raise _refusal(error) from error


def _set_pragmas(connection: sqlite3.Connection) -> None:
    for pragma in (
        f"busy_timeout={busy_timeout_ms}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "fullfsync=ON",
        # What is deleted is overwritten, so that an erased attachment stands in no free page.
        "secure_delete=ON",
        f"cache_size=-{sqlite_cache_kib}",
        f"wal_autocheckpoint={sqlite_checkpoint_pages}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    integrity.require_durable(connection)


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("tallystick_write")
    # By the driver itself: every read begins with this.
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if write else "BEGIN")
