"""`tallystick certificate`: a self-signed certificate for trying TLS out, or for a user of the Handle API."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rich.console import Console

from tallystick.app.files import FileUnwritable, write_file
from tallystick.ledger import Clock, SystemClock, replace_durably

days_default, days_max = 90, 825
hosts_default = ("localhost", "127.0.0.1", "::1")
certificate_file, key_file = "certificate.pem", "key.pem"
console = Console()


@dataclass(frozen=True, slots=True)
class Pair:
    """Certificate and private key, in PEM."""

    certificate: bytes
    key: bytes


def make(
    clock: Clock, hosts: tuple[str, ...], days: int, user: str = "", *, between: bool = False
) -> Pair:
    """For a server of these names and addresses; with `user` (`index:handle`) for a client instead; `between`: both."""
    key = ec.generate_private_key(ec.SECP256R1())
    oid = NameOID.USER_ID if user else NameOID.COMMON_NAME
    name = x509.Name([x509.NameAttribute(oid, user or hosts[0])])
    start = datetime.datetime.fromtimestamp(clock.now_ms() // 1000, datetime.UTC)
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH if user else ExtendedKeyUsageOID.SERVER_AUTH]
    if between:
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start - datetime.timedelta(minutes=5))
        .not_valid_after(start + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    if not user:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def certificate(
    folder: Annotated[Path, typer.Argument(help="Folder for certificate.pem and key.pem.")],
    host: Annotated[
        list[str] | None, typer.Option(help="A name or address of the server; repeat for each.")
    ] = None,
    user: Annotated[
        str, typer.Option(help="For a client: the user of the Handle API, `index:handle`.")
    ] = "",
    between: Annotated[
        bool,
        typer.Option(
            "--between", help="For the way between API processes and `tallystick sequencer`."
        ),
    ] = False,
    days: Annotated[
        int, typer.Option(min=1, max=days_max, help="It is valid so long.")
    ] = days_default,
) -> None:
    """Make a self-signed certificate: for trying TLS out, never for the public; or for a user of the Handle API."""
    if user and between:
        raise typer.BadParameter("--user and --between are for two different certificates")
    made = make(SystemClock(), tuple(host or hosts_default), days, user, between=between)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_durably(folder / key_file, made.key, secret=True)
    except OSError as error:
        raise FileUnwritable(f"{folder}: {error.strerror}") from None
    write_file(folder / certificate_file, made.certificate)
    for name in (certificate_file, key_file):
        console.print(str(folder / name), highlight=False, soft_wrap=True)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
