"""`tallystick handle`: who may write handles through the Handle API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import FileUnreadable, read_bytes
from tallystick.app.handles.adding import (
    NewUser,
    add_user,
    login_index_default,
    new_secret,
    remove_user,
)
from tallystick.app.handles.users import HandleUsers, Login
from tallystick.app.settings import Settings
from tallystick.identity import challenge

cli = typer.Typer(help="Handles: who may write them through the Handle API.", no_args_is_help=True)
user = typer.Typer(help="Users of the Handle API.", no_args_is_help=True)
cli.add_typer(user, name="user")
console = Console()


@user.command()
def add(
    organisation: Annotated[str, typer.Argument(help="Handle of the organisation it writes for.")],
    prefix: Annotated[
        str,
        typer.Option(help="Under which it stands; by default the first the organisation holds."),
    ] = "",
    handle: Annotated[str, typer.Option(help="Its handle, if it shall not be a new one.")] = "",
    index: Annotated[
        int, typer.Option(min=301, max=2**31, help="Index of the value by which it logs in.")
    ] = login_index_default,
    secret_file: Annotated[
        Path | None, typer.Option(help="File with its secret key; by default one is made.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="PEM file of the public key by which it logs in.")
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(help="PEM file of the certificate it shows over TLS; its key logs in too."),
    ] = None,
) -> None:
    """Make a user: prints `index:handle`, and once the secret key, unless it logs in by a public key."""
    if sum(one is not None for one in (secret_file, public_key, certificate)) > 1:
        raise typer.BadParameter("give one of --secret-file, --public-key and --certificate")
    shown = read_bytes(certificate).decode(errors="replace") if certificate else None
    jwk = _key(public_key, shown)
    secret = None
    if jwk is None:
        secret = read_bytes(secret_file).strip() if secret_file else new_secret()
    login: Login = "HS_SECKEY" if jwk is None else "HS_PUBKEY"
    new = NewUser(organisation, login, prefix, handle, index, secret, jwk, shown)
    node = Node.existing(Settings())
    with node.writer() as ledger:
        made = add_user(node, ledger, _users(node), new)
    console.print(made.identity, soft_wrap=True, highlight=False)
    if secret is not None and secret_file is None:
        console.print(secret.decode(), soft_wrap=True, highlight=False, markup=False)


@user.command("list")
def list_users() -> None:
    """Who may log in, and how."""
    table = Table(Column("user", overflow="fold"), "by", "certificate")
    for one in _users(Node.existing(Settings())).all():
        table.add_row(one.identity, one.login, "yes" if one.certificate else "")
    console.print(table)


@user.command()
def remove(
    handle: Annotated[str, typer.Argument(help="The user's handle, without the index.")],
) -> None:
    """End its logins at once, and revoke the key with which it wrote. What it wrote stays."""
    node = Node.existing(Settings())
    with node.writer() as ledger:
        remove_user(node, ledger, _users(node), handle)
    console.print(f"{handle} logs in no longer.", highlight=False)


def _users(node: Node) -> HandleUsers:
    return HandleUsers(node.settings.folder, node.master)


def _key(public_key: Path | None, certificate: str | None) -> dict[str, str] | None:
    """Raises `LoginKeyRefused` or `FileUnreadable`."""
    try:
        if certificate is not None:
            key: object = x509.load_pem_x509_certificate(certificate.encode()).public_key()
        elif public_key is not None:
            key = load_pem_public_key(read_bytes(public_key))
        else:
            return None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise FileUnreadable(f"{(certificate and 'certificate') or public_key}: {error}") from None
    made = challenge.write_key(key)
    challenge.read_key(made)
    return made
