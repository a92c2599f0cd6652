"""`tallystick mint`: batches of codes, ranges and bulk rows, signed with keys that this node holds."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import FileUnreadable, read_bytes, write_file
from tallystick.app.minting import acts_cli, afar_cli, labels_cli, proving
from tallystick.app.minting.afar import reached
from tallystick.app.minting.backing import kept
from tallystick.app.minting.saying import (
    Author,
    Labels,
    Link,
    MintingRefused,
    Recorded,
    There,
    folder_of,
    pen_of,
    told,
    values_of,
)
from tallystick.app.progress import progress
from tallystick.app.settings import Settings
from tallystick.identity import minting
from tallystick.ledger import TallystickError, Verifier, witness

cli = typer.Typer(help="Mint identifiers: batches, ranges, many at once.", no_args_is_help=True)
acts_cli.add(cli)
afar_cli.add(cli)
labels_cli.add(cli)
console = Console()
shares_bytes_max = 1 << 20
not_proven_exit = 1


@cli.command()
def batch(
    prefix: Annotated[str, typer.Argument(help="Prefix of the codes, such as 99.100.7.")],
    count: Annotated[int, typer.Argument(min=1, max=minting.batch_serials_max)],
    labels: Labels,
    author: Author,
    value: Recorded = None,
    link: Link = "",
    node_url: There = "",
) -> None:
    """Issue many unguessable codes by one entry. The label file is the only list of them."""
    node = Node.existing(Settings())
    with pen_of(node, author, node_url) as pen, progress("codes") as tick:
        issuer = minting.Issuer(folder_of(node), pen, minting.BookOfState(node.look))
        for finished in issuer.settle(prefix):
            _say(f"An earlier run is finished: {told(finished)}")
        record = tuple(values_of(value or ()))
        at = minting.template_of(record)
        link = link or (f"{Settings().base_url}{at}" if at else "")
        new = minting.NewBatch(prefix, count, labels, record, link, minting.processes_sensible())
        found = issuer.issue(new, tick)
    _say(told(found))
    _say("Back up the folder keys/batches: without its secret no code of the batch can be proven.")


@cli.command()
def show(
    prefix: Annotated[str, typer.Argument(help="Prefix whose batches are listed.")],
) -> None:
    """The batches of a prefix, to whom they went, and what is void."""
    node = Node.existing(Settings())
    table = Table("batch", "codes", "entry", "assigned", "void", "secret here")
    with node.look() as view:
        for number, found in minting.issued(view, prefix):
            assigned = sum(one["end"] - one["start"] for one in found.shares())
            void = sum(one["end"] - one["start"] for one in found.voids())
            here = "yes" if folder_of(node).has_key(prefix, number) else "no"
            numbers = (found.count, found.row["since"], assigned, void)
            table.add_row(number, *(f"{one:,}" for one in numbers), here)
    console.print(table)


@cli.command()
def prove(
    handle: str,
    out: Annotated[Path, typer.Option(help="Where to write the proof (JSON).")],
    url: Annotated[
        str, typer.Option("--from", help="A node or mirror with the leaves; the secret is here.")
    ] = "",
    token_file: afar_cli.Token = None,
) -> None:
    """Write the proof of one code: a file that `tallystick mint verify` checks without any server."""
    if url:
        with reached(url, token_file, Settings().folder) as there:
            found = there.prove(handle)
        write_file(out, found.encode())
        _say(f"{found.handle} is proven by {out}")
        return
    node = Node.existing(Settings())
    codes = minting.IssuedCodes(folder_of(node))
    with node.reader.open() as snapshot:
        found = proving.prove(snapshot, codes, handle)
    write_file(out, found.encode())
    _say(f"{found.handle} is proven by {out}")


@cli.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A proof, as `mint prove` wrote it.")],
    log_key: Annotated[str, typer.Option(help="The log's verifier key, as you pinned it.")],
    policy: Annotated[
        Path | None, typer.Option(help="Also ask for the quorum of this policy, as you pinned it.")
    ] = None,
) -> None:
    """Verify offline that a code was issued. Exit code 1 if it is not proven."""
    key = Verifier.parse(log_key)
    pinned = witness.Policy.parse(read_bytes(policy)) if policy else None
    data = read_bytes(file)
    try:
        found = proving.check(proving.read(data), key, pinned)
    except TallystickError as error:
        console.print(f"[red]NOT PROVEN[/red] {escape(error.diagnosis())}", highlight=False)
        sys.exit(not_proven_exit)
    _say(f"{found.handle} is one of {found.count:,} codes that {found.author} issued.")
    _say(
        f"The batch is entry {found.index} of {found.origin}, under its checkpoint of {found.size}."
    )
    for name, data_shown in found.record.items():
        _say(f"{name}: {data_shown}")
    _say("Whether it was seen or voided since, only the log can say.")


@cli.command()
def check(
    prefix: Annotated[str, typer.Argument(help="Only batches of this prefix.")] = "",
    number: Annotated[str, typer.Argument(help="Only this batch, such as 0001.")] = "",
) -> None:
    """Compare leaves kept here with the roots in the log, and name what is missing. Exit code 1 if anything is."""
    node = Node.existing(Settings())
    wanted = f"{prefix}/{number}" if number else f"{prefix}/" if prefix else ""
    found, codes = 0, 0
    with node.look() as view, progress("codes") as tick:
        every = [one for one in minting.every_batch(view) if _is_wanted(one.name, wanted)]
        for one in every:
            path = folder_of(node).leaves_path(one.row["prefix"], one.row["batch"])
            if path.exists():
                minting.check_leaves(path, one)
                found, codes = found + 1, codes + one.count
            tick(found, len(every))
    if number and not every:
        raise MintingRefused(f"the log has no batch {wanted}")
    _say(f"{codes:,} leaves of {found:,} batches have the roots in the log.")
    missing = kept(node).only(one.name for one in every)
    for line in missing.told():
        _say(line)
    if list(missing.told()):
        sys.exit(not_proven_exit)


def _is_wanted(name: str, wanted: str) -> bool:
    return name.startswith(wanted) if wanted.endswith("/") else wanted in ("", name)


@cli.command()
def bulk(
    file: Annotated[Path, typer.Argument(help="NDJSON: a row on each line.")],
    author: Author,
    out: Annotated[Path, typer.Option(help="Where to write the result of each row (NDJSON).")],
    node_url: There = "",
) -> None:
    """Register many handles. Exit code 1 if a row was refused; run it again as often as you like."""
    node, refused, done = Node.existing(Settings()), 0, 0
    size = _size(file)
    with (
        pen_of(node, author, node_url) as pen,
        progress("bytes") as tick,
        file.open("rb") as rows,
        out.open("wb") as results,
    ):
        bulk = minting.Bulk(pen, node.look, folder_of(node).minting_key())
        while lines := list(itertools.islice(rows, minting.rows_per_write_max)):
            found = bulk.take([line for line in lines if line.strip()])
            results.writelines(orjson.dumps(one) + b"\n" for one in found)
            refused += sum(one["outcome"] != "registered" for one in found)
            done += len(found)
            tick(rows.tell(), size)
    _say(f"{done - refused:,} registered, {refused:,} refused; each row's result is in {out}")
    if refused:
        sys.exit(not_proven_exit)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise FileUnreadable(f"{path}: {error.strerror}") from None


def _say(text: str) -> None:
    console.print(escape(text), highlight=False, soft_wrap=True)
