"""A database with the Handle server's table `handles`, as source and target of records. It is none of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    create_engine,
    func,
    inspect,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tallystick.identity.exchange.errors import SourceRefused, TargetRefused
from tallystick.identity.exchange.operations import Item
from tallystick.identity.exchange.table import columns, needed, read_rows

table_name = "handles"
connect_timeout_s = 30
rows_at_once = 1000
_timeouts = {"sqlite": "timeout", "postgresql": "connect_timeout", "mysql": "connect_timeout"}


class HandlesTable:
    """The table behind a database address (as SQLAlchemy spells them)."""

    def __init__(self, address: str) -> None:
        try:
            url = make_url(address)
            named = _timeouts.get(url.get_backend_name())
            arguments = {named: connect_timeout_s} if named else {}
            self._engine: Engine = create_engine(url, connect_args=arguments)
        except (SQLAlchemyError, ImportError) as error:
            raise SourceRefused(f"the address cannot be used: {error}") from None
        self.name = url.render_as_string(hide_password=True)

    def close(self) -> None:
        self._engine.dispose()

    def count(self) -> int:
        """How many rows there are; raises `SourceRefused`."""
        with self._reading() as (connection, table):
            return connection.scalar(select(func.count()).select_from(table)) or 0

    def items(self) -> Iterator[Item]:
        """What the rows ask for, by handle and index; raises `SourceRefused`."""
        with self._reading() as (connection, table):
            yield from read_rows(_rows(connection, table))

    def write(self, batches: Iterable[Sequence[Mapping[str, Any]]]) -> int:
        """Put rows in the place of those of the same handles, all in one transaction; returns how many.

        Raises `TargetRefused`, with nothing written.
        """
        written = 0
        try:
            with self._engine.begin() as connection:
                table = self._target(connection)
                for rows in batches:
                    _replace(connection, table, rows)
                    written += len(rows)
        except SQLAlchemyError as error:
            raise TargetRefused(f"{self.name}: {_first_line(error)}") from None
        return written

    @contextmanager
    def _reading(self) -> Iterator[tuple[Connection, Table]]:
        try:
            with self._engine.connect() as connection:
                yield connection, self._source(connection)
        except SQLAlchemyError as error:
            raise SourceRefused(f"{self.name}: {_first_line(error)}") from None

    def _source(self, connection: Connection) -> Table:
        if not inspect(connection).has_table(table_name):
            raise SourceRefused(f"{self.name} has no table {table_name}")
        table = Table(table_name, MetaData(), autoload_with=connection)
        missing = sorted(needed - set(table.c.keys()))
        if missing:
            raise SourceRefused(f"the table {table_name} lacks {', '.join(missing)}")
        return table

    def _target(self, connection: Connection) -> Table:
        if not inspect(connection).has_table(table_name):
            made = _layout()
            made.create(connection)
            return made
        table = Table(table_name, MetaData(), autoload_with=connection)
        missing = sorted(set(columns) - set(table.c.keys()))
        if missing:
            raise TargetRefused(f"the table {table_name} lacks {', '.join(missing)}")
        return table


def _rows(connection: Connection, table: Table) -> Iterator[tuple[int, Mapping[str, Any]]]:
    query = table.select().order_by(table.c.handle, table.c.idx)
    found = connection.execution_options(yield_per=rows_at_once).execute(query)
    for number, row in enumerate(found.mappings(), 1):
        yield number, dict(row)


def _replace(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    fitted = [{name: _fit(table, name, row[name]) for name in columns} for row in rows]
    handles = list({row["handle"]: None for row in fitted})
    connection.execute(table.delete().where(table.c.handle.in_(handles)))
    connection.execute(table.insert(), fitted)


def _fit(table: Table, name: str, value: Any) -> Any:
    """Some servers keep texts as bytes, and truth as a number or a word."""
    kind = table.c[name].type
    if isinstance(value, str) and isinstance(kind, LargeBinary):
        return value.encode()
    if isinstance(value, bytes) and isinstance(kind, String):
        return value.decode(errors="replace")
    if isinstance(value, bool) and isinstance(kind, Integer):
        return int(value)
    if isinstance(value, bool) and isinstance(kind, String):
        return str(value).lower()
    return value


def _layout() -> Table:
    bits = [Column(name, Boolean) for name in columns[-4:]]
    return Table(
        table_name,
        MetaData(),
        Column("handle", String(255), primary_key=True),
        Column("idx", BigInteger, primary_key=True, autoincrement=False),
        Column("type", String(100)),
        Column("data", LargeBinary),
        Column("ttl_type", SmallInteger),
        Column("ttl", Integer),
        Column("timestamp", BigInteger),
        Column("refs", Text),
        *bits,
    )


def _first_line(error: SQLAlchemyError) -> str:
    """Without the statement, whose values are somebody's."""
    told = str(getattr(error, "orig", None) or error)
    return told.splitlines()[0][:300] if told else type(error).__name__
