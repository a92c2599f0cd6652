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
from tallystick.app.keystore import KeyStore
from tallystick.app.settings import Settings
from tallystick.identity import native
from tallystick.ledger import PublicKey

console = Console()
exit_none = 1
_port_max = 65_535
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
    udp: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="Ask by the native protocol, by UDP if it fits."),
    ] = "",
    tcp: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Ask by the native protocol, by TCP.")
    ] = "",
    key: Annotated[
        str,
        typer.Option(
            metavar="INDEX:HANDLE",
            help="With --udp or --tcp: ask as the owner of this key, which is in the node's key store.",
        ),
    ] = "",
    signed_by: Annotated[
        str,
        typer.Option(
            metavar="KEY",
            help="With --udp or --tcp: the answer must be signed by this Ed25519 key (base64url).",
        ),
    ] = "",
    as_of: Annotated[
        str,
        typer.Option(metavar="INDEX|TIME", help="As of an entry of the log, or a time (RFC 3339)."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What a handle says. Exit codes: 0 there are values, 1 there are none, 2 could not ask."""
    if sum(map(bool, (at, udp, tcp))) > 1:
        raise typer.BadParameter("ask over one of --at, --udp and --tcp")
    moment = (recursion.as_of(as_of),) if as_of else ()
    asked = (handle, tuple(index or ()), (*(type_ or ()), *moment))
    if udp or tcp:
        caller = _caller(key, signed_by)
        found = _native(udp or tcp, "udp" if udp else "tcp", caller).ask(*asked)
    elif key or signed_by:
        raise typer.BadParameter("--key and --signed-by go with --udp or --tcp")
    else:
        with httpx.Client() as http:
            found = recursion.OverHttp(at or Settings().base_url, http).ask(*asked)
    if as_json:
        print(json.dumps(recursion.show_found(found), ensure_ascii=False))
    else:
        _show(found)
    if not found.values:
        sys.exit(exit_none)


def _native(address: str, by: str, caller: native.Caller) -> recursion.OverNative:
    host, colon, port = address.rpartition(":")
    if not colon:
        host, port = address, str(native.port_default)
    if not host or not port.isdigit() or int(port) > _port_max:
        raise typer.BadParameter(f"{address} is no HOST:PORT")
    return recursion.OverNative(host.strip("[]"), int(port), by, caller=caller)


def _caller(reference: str, signed_by: str) -> native.Caller:
    key = KeyStore(Settings().folder).get(reference) if reference else None
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": signed_by}
    return native.Caller(key, PublicKey.from_jwk(jwk) if signed_by else None)


def _show(found: recursion.Found) -> None:
    if found.as_of is not None:
        since = found.as_of.since
        written = "" if since is None else f", as entry {since} wrote it"
        console.print(f"as of entry {found.as_of.index}{written}", highlight=False)
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
