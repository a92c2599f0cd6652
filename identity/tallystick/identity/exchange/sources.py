"""Where handles come from: a file in one of the forms, or a database with the Handle server's table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from tallystick.identity.exchange.batch_file import line_bytes_max as batch_line_bytes_max
from tallystick.identity.exchange.batch_file import read_batch
from tallystick.identity.exchange.csv_file import read_csv
from tallystick.identity.exchange.errors import SourceRefused
from tallystick.identity.exchange.ndjson import line_bytes_max as ndjson_line_bytes_max
from tallystick.identity.exchange.ndjson import read_ndjson
from tallystick.identity.exchange.operations import Item, Source

if TYPE_CHECKING:
    from tallystick.identity.exchange.store import HandlesTable

Form = Literal["batch", "csv", "ndjson", "sql"]
forms: tuple[Form, ...] = ("batch", "csv", "ndjson", "sql")
_suffixes: dict[str, Form] = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}


def form_of(address: str, said: str = "") -> Form:
    """The form that was said, or that the name shows; raises `SourceRefused`."""
    if said:
        for form in forms:
            if form == said:
                return form
        raise SourceRefused(f"the form {said} is none of {', '.join(forms)}")
    return "sql" if "://" in address else _suffixes.get(Path(address).suffix.lower(), "batch")


def source_of(address: str, form: Form) -> Source:
    """Reads the source from its beginning each time; raises `SourceRefused` while it is read."""
    if form == "sql":
        return lambda: _of_table(address)
    path = Path(address)
    if form == "csv":
        return lambda: _of_csv(path)
    return lambda: _of_lines(path, form)


def _of_table(address: str) -> Iterator[Item]:
    with closing(table_of(address)) as table:
        yield from table.items()


def table_of(address: str) -> HandlesTable:
    """The Handle server's table at a database address; raises `SourceRefused`."""
    # SQLAlchemy takes a while to load, and files do without.
    from tallystick.identity.exchange.store import HandlesTable

    return HandlesTable(address)


def _of_csv(path: Path) -> Iterator[Item]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from read_csv(stream)
    except OSError as error:
        raise SourceRefused(f"{path}: {error.strerror}") from None


def _of_lines(path: Path, form: Form) -> Iterator[Item]:
    try:
        with path.open("rb") as stream:
            if form == "ndjson":
                yield from read_ndjson(_lines(stream, ndjson_line_bytes_max))
            else:
                yield from read_batch(_lines(stream, batch_line_bytes_max))
    except OSError as error:
        raise SourceRefused(f"{path}: {error.strerror}") from None


def _lines(stream: BinaryIO, bytes_max: int) -> Iterator[bytes]:
    """Lines, of which one that is too long comes cut, but longer than any may be."""
    while line := stream.readline(bytes_max + 1):
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(bytes_max)
