"""`tallystick handle resolve`: what a handle says, asked of any Handle server."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Column, Table

import tallystick.identity.recursion as recursion
from tallystick.app.settings import Settings

console = Console()
exit_none = 1
_one_value = {"string", "base64", "hex"}


def resolve_handle(
    handle: Annotated[str, typer.Argument(help="Such as 99.100.7/SN-0001.")],
    at: Annotated[
        str, typer.Option(metavar="URL", help="Ask over HTTP here; by default this node.")
    ] = "",
    index: Annotated[list[int] | None, typer.Option(help="Only values of this index.")] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only values of this type; one ending in `.` has subtypes."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What a handle says. Exit codes: 0 there are values, 1 there are none, 2 could not ask."""
    with httpx.Client() as http:
        server = recursion.OverHttp(at or Settings().base_url, http)
        found = server.ask(handle, tuple(index or ()), tuple(type_ or ()))
    if as_json:
        print(json.dumps(recursion.show_found(found), ensure_ascii=False))
    else:
        _show(found)
    if not found.values:
        sys.exit(exit_none)


def _show(found: recursion.Found) -> None:
    if not found.values:
        console.print(f"{found.handle}: no values (code {found.code})", highlight=False)
        return
    table = Table("index", Column("type", overflow="fold"), Column("value", overflow="fold"), "ttl")
    for value in found.values:
        table.add_row(
            str(value.index), value.type, _plain(value.format, value.value), str(value.ttl)
        )
    console.print(found.handle, highlight=False)
    console.print(table)


def _plain(form: str, value: Any) -> str:
    if form in _one_value:
        return str(value)
    return json.dumps(value, ensure_ascii=False)
