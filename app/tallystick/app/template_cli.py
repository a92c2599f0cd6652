"""`tallystick handle template`: what the records of a prefix hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.organisations import accepted
from tallystick.app.settings import Settings
from tallystick.identity.templates import (
    TemplateFile,
    WithdrawTemplate,
    document_of,
    read_template,
    templates_of,
    versions_of,
)
from tallystick.ledger import Author, Body

cli = typer.Typer(help="Say what the records of a prefix hold.", no_args_is_help=True)
console = Console()
as_help = "Handle of the organisation that holds the prefix; this node holds its key."
Speaking = Annotated[str, typer.Option("--as", help=as_help)]


@cli.command()
def publish(
    file: Annotated[
        Path, typer.Argument(help="A template (JSON), also as an IDHub node takes it.")
    ],
    author: Speaking,
) -> None:
    """Publish the next version of a template; prints the name by which records refer to it."""
    _publish(read_template(read_bytes(file)), author)


@cli.command()
def copy(
    source: Annotated[str, typer.Argument(help="The version to copy, as version:handle.")],
    template: Annotated[str, typer.Argument(help="The handle of the copy, under your prefix.")],
    author: Speaking,
) -> None:
    """Publish somebody's template under a prefix of your own."""
    with Node.existing(Settings()).reader.open() as snapshot:
        found = document_of(snapshot.view, source)
    told: dict[str, Any] = {
        name: found[name] for name in ("name", "note", "fields") if name in found
    }
    copied = {**told, "template": template, "copied_from": source}
    _publish(TemplateFile.model_validate(copied, strict=False), author)


@cli.command()
def withdraw(
    template: Annotated[str, typer.Argument(help="Its handle.")],
    version: Annotated[int, typer.Option(min=1, help="The version.")],
    author: Speaking,
) -> None:
    """Let no record begin under this version; those there are stay."""
    body = WithdrawTemplate(template=template, version=version)
    _write(Node.existing(Settings()), author, "identity.template.withdraw/1", body)


@cli.command("list")
def list_all(prefix: Annotated[str, typer.Argument(help="The prefix, such as 99.7.")]) -> None:
    """Every version of every template of a prefix."""
    table = Table("template", "name", "fields", "published", "withdrawn")
    with Node.existing(Settings()).reader.open() as snapshot:
        for row in templates_of(snapshot.view, prefix):
            table.add_row(
                f"{row['version']}:{row['template']}",
                " · ".join(row["name"].values()),
                str(len(row["fields"])),
                row["time"],
                row.get("withdrawn", ""),
            )
    console.print(table)


@cli.command()
def show(
    template: Annotated[str, typer.Argument(help="A version, as version:handle.")],
) -> None:
    """The fields of a version."""
    table = Table("index", "type", "name", "holds", "must", "read by", title=template)
    with Node.existing(Settings()).reader.open() as snapshot:
        for field in document_of(snapshot.view, template)["fields"]:
            table.add_row(
                str(field["index"]),
                field["type"],
                " · ".join(field["name"].values()),
                " ".join(filter(None, (field["data"], field.get("unit"), field.get("pattern")))),
                ", ".join(word for word in ("required", "unique", "final") if field.get(word)),
                ", ".join(field.get("readers", ())) or field.get("grade", "public"),
            )
    console.print(table)


def _publish(told: TemplateFile, author: str) -> None:
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        number = len(versions_of(snapshot.view, told.template)) + 1
    _write(node, author, "identity.template/1", told.version(number))
    print(f"{number}:{told.template}")


def _write(node: Node, author: str, entry_type: str, body: Body) -> None:
    key = node.keys.get(f"300:{author}")
    with node.writer() as ledger:
        pen = Author(ledger.origin, author, key, ledger.clock)
        accepted(ledger.append([pen.write(entry_type, body)]))
        ledger.seal()
