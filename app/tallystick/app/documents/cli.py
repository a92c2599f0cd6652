"""`tallystick document`: trade documents in whatever form a firm has them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.documents.errors import DocumentUnreadable
from tallystick.app.documents.forms.pdf import pdf_bytes_max
from tallystick.app.documents.forms.reading import read_document
from tallystick.app.documents.resolving import Hints
from tallystick.app.documents.sealing import seal_of
from tallystick.app.documents.waiting import Queue, page_rows_max
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.app.writing import Pens
from tallystick.ledger import Answer, Ledger, Submission, SystemClock, TallystickError, instant

cli = typer.Typer(
    help="Trade documents: orders, despatches, invoices, credit notes.", no_args_is_help=True
)
console = Console()
shown_max = 20
_As = Annotated[str, typer.Option("--as", help="Who sends them: an organisation or its service.")]
_Order = Annotated[str, typer.Option(help="The order, where the document names none.")]
_Contract = Annotated[str, typer.Option(help="The contract, where an order names none.")]


@dataclass(frozen=True, slots=True)
class _Book:
    """The ledger as pens write into it."""

    ledger: Ledger

    def submit(self, submissions: list[Submission]) -> list[Answer]:
        return self.ledger.append(submissions)


@cli.command("show")
def show(file: Path) -> None:
    """Read a document and print what it tells. Nothing is written, and no log is needed."""
    told = read_document(_bytes(file))
    console.print_json(data=asdict(told))


@cli.command("put")
def put(files: list[Path], author: _As, order: _Order = "", contract: _Contract = "") -> None:
    """Put documents on record, in any form. Run twice, nothing is added. Exit code 1: some were refused."""
    put_all(author, ((file.name, file) for file in files), len(files), Hints(order, contract))


@cli.command("queue")
def queue_of(author: _As) -> None:
    """Documents that wait, and what each lacks."""
    node = Node.existing(Settings())
    queue, after = Queue(node, lambda _: (_ for _ in ()).throw(LookupError())), ""
    table = Table("document", "type", "lacks")
    while rows := queue.of(author, after, page_rows_max):
        for row in rows:
            lacks = [f"{one['what']} (line {one['line']}): {one['said']}" for one in row.missing]
            table.add_row(row.id[:16], row.type, "\n".join([*lacks, row.problem]).strip())
        after = rows[-1].id
    console.print(table if table.row_count else "Nothing waits.")


@cli.command("retry")
def retry(author: _As) -> None:
    """Look at the documents that wait again."""
    with _queue(author) as (queue, pens):
        done = queue.retry(pens.of(author).organisation)
    console.print(f"{done} documents went through.")


@cli.command("drop")
def drop(document: str, author: _As) -> None:
    """Forget a document that waits; give at least 8 characters of its name."""
    node = Node.existing(Settings())
    queue, after = Queue(node, lambda _: (_ for _ in ()).throw(LookupError())), ""
    while rows := queue.of(author, after, page_rows_max):
        for row in rows:
            if len(document) >= 8 and row.id.startswith(document):
                queue.drop(author, row.id)
                console.print(f"Dropped {row.id}.")
                return
        after = rows[-1].id
    queue.drop(author, document)


@cli.command("seal")
def seal(
    file: Path,
    trust: Annotated[
        list[Path] | None, typer.Option(help="Certificates (PEM) of authorities that you trust.")
    ] = None,
) -> None:
    """What the electronic signatures of a PDF or OFD are worth, as a contract's paper states it."""
    found = seal_of(_bytes(file), instant(SystemClock().now_ms()), _pems(trust or ()))
    console.print_json(data=found.model_dump(mode="json", exclude_none=True))


def _pems(files: Sequence[Path]) -> list[bytes]:
    return [_bytes(file) for file in files]


def put_all(
    author: str, documents: Iterable[tuple[str, Path | bytes]], count: int, hints: Hints
) -> None:
    """Put documents on record or let them wait, and print what became of them; exits with 1 if any was refused."""
    counts, refused = dict[str, int](), list[tuple[str, str]]()
    with _queue(author) as (queue, pens), progress("documents") as tick:
        pen = pens.of(author)
        for done, (name, told) in enumerate(documents, 1):
            try:
                data = told if isinstance(told, bytes) else _bytes(told)
                taken, _ = queue.take(data, pen, hints)
                counts[taken.state] = counts.get(taken.state, 0) + 1
            except TallystickError as error:
                refused.append((name, f"{error.code}: {error.diagnosis()}"))
            tick(done, count)
    _print(counts, refused)
    if refused:
        sys.exit(1)


@contextmanager
def _queue(author: str) -> Iterator[tuple[Queue, Pens]]:
    """With this process as the only sequencer."""
    del author
    node = Node.existing(Settings())
    with node.writer() as ledger:
        pens = Pens(node, _Book(ledger), str(node.genesis()["origin"]))
        yield Queue(node, pens.of), pens
        ledger.seal()


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(pdf_bytes_max + 1)
    except OSError as error:
        raise DocumentUnreadable(f"{file}: {error.strerror}") from None
    return data


def _print(counts: dict[str, int], refused: list[tuple[str, str]]) -> None:
    table = Table("documents", "")
    for word, state in (
        ("put on record", "recorded"),
        ("known already", "known"),
        ("waiting", "waiting"),
    ):
        table.add_row(word, f"{counts.get(state, 0):,}")
    table.add_row("refused", f"{len(refused):,}")
    console.print(table)
    for name, reason in refused[:shown_max]:
        console.print(f"[red]{name}[/red] {reason}")
