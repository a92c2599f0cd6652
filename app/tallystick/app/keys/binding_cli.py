"""`tallystick key bind`: a key and the certificate that a certification authority (CA) gave its organisation."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.naming.speaking import SaidWrongly, body
from tallystick.app.saying import Way, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import (
    BindKey,
    ListAnchor,
    WithdrawAnchor,
    anchor_kind,
    binding_bytes,
    key_at,
    read_ca_answer,
    speaker,
)
from tallystick.ledger import Attachment, PublicKey

console = Console()
Reference = Annotated[str, typer.Argument(metavar="KEY", help="Such as 300:99.100/O-….")]
Author = Annotated[str, typer.Option(metavar="KEY[=FILE]", help="Who says it.")]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
_media_types = {"ocsp": "application/ocsp-response", "crl": "application/pkix-crl"}


def bind(
    key: Reference,
    certificate: Annotated[
        list[Path],
        typer.Option(
            help="The organisation's certificate (PEM or DER), then intermediate ones; of SM2 each before its issuer's."
        ),
    ],
    anchor: Annotated[str, typer.Option(help="SHA-256 of the CA; `key anchors` lists them.")],
    signature: Annotated[
        Path,
        typer.Option(
            help="What the certificate's key signed: the bytes of `key to-bind`. ECDSA and SM2 in DER."
        ),
    ],
    author: Author,
    status: Annotated[
        Path | None, typer.Option(help="What the CA answered about it: OCSP or CRL, in DER.")
    ] = None,
    url: Url = "",
) -> None:
    """Bind a key, once, to a certificate of a listed CA that names the organisation's number."""
    node = Node.existing(Settings())
    told: dict[str, Any] = {
        "key": key, "anchor": anchor, "chain": tuple(_der(one) for one in certificate),
        "signature": base64.b64encode(read_bytes(signature)).decode(),
    }  # fmt: skip
    attached: Sequence[Attachment] = ()
    if status is not None:
        data = read_bytes(status)
        found = read_ca_answer(data)
        answer = Attachment(_media_types[found.kind], data, secrets.token_bytes(32))
        named = {"hash": answer.hash(), "type": answer.type, "size": len(answer.data)}
        told["status"] = {"kind": found.kind, "time": found.time, "answer": named}
        if len(certificate) == 1:
            told["chain"] += (_certificate_of(node, anchor),)
        attached = (answer,)
    said, signer = body(BindKey, told), signing_key(node, author)
    _enter(Way(node, url).say("identity.key.bind/1", said, [signer], attached))


def to_bind(
    key: Reference,
    out: Annotated[Path, typer.Option(help="The file to write, for the UKey to sign.")],
) -> None:
    """Write the exact bytes that the certificate's key signs: SHA-256 with RSA (PKCS #1) or ECDSA, or SM3 with SM2."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        found = key_at(snapshot.view, key, snapshot.size() - 1)
        organisation = speaker(snapshot.view, key.partition(":")[2]).organisation
    fingerprint = PublicKey.from_jwk(found.row["jwk"]).fingerprint()
    origin = str(node.genesis()["origin"])
    out.write_bytes(binding_bytes(origin, key, fingerprint, organisation))


def anchors() -> None:
    """The certification authorities that the root authority listed."""
    table = Table("CA", Column("SHA-256", overflow="fold"), "since", "until")
    with Node.existing(Settings()).reader.open() as snapshot:
        for name in snapshot.view.names(anchor_kind, limit=1000):
            row: Any = snapshot.view.get(anchor_kind, name)
            table.add_row(row["name"], name, str(row["since"]), str(row.get("until", "")))
    console.print(table)


def list_anchor(
    certificate: Annotated[Path, typer.Argument(help="The CA's own certificate (PEM or DER).")],
    name: Annotated[str, typer.Option(help="How people call it.")],
    author: Author,
    url: Url = "",
) -> None:
    """List a certification authority, as the root authority."""
    node = Node.existing(Settings())
    said = body(ListAnchor, {"certificate": _der(certificate), "name": name})
    _enter(Way(node, url).say("identity.anchor.list/1", said, [signing_key(node, author)]))


def withdraw_anchor(
    anchor: Annotated[str, typer.Argument(help="SHA-256 of its certificate.")],
    reason: Annotated[Literal["distrusted", "replaced", "ended"], typer.Option(help="Why.")],
    author: Author,
    url: Url = "",
) -> None:
    """Bind no further key under a certification authority, as the root authority."""
    node = Node.existing(Settings())
    said = body(WithdrawAnchor, {"anchor": anchor, "reason": reason})
    _enter(Way(node, url).say("identity.anchor.withdraw/1", said, [signing_key(node, author)]))


def add_to(cli: typer.Typer) -> None:
    """These commands beside those about replacing keys."""
    for command in (bind, to_bind, anchors):
        cli.command()(command)
    cli.command("anchor-list")(list_anchor)
    cli.command("anchor-withdraw")(withdraw_anchor)


def _certificate_of(node: Node, anchor: str) -> str:
    """A listed CA's own. Raises `SaidWrongly`."""
    with node.reader.open() as snapshot:
        row: Any = snapshot.view.get(anchor_kind, anchor)
    if row is None:
        raise SaidWrongly(f"anchor: {anchor} is not listed")
    return str(row["certificate"])


def _der(file: Path) -> str:
    """In base64. Raises `SaidWrongly`."""
    data = read_bytes(file)
    is_text = data.lstrip().startswith(b"-----BEGIN")
    try:
        read = x509.load_pem_x509_certificate if is_text else x509.load_der_x509_certificate
        certificate = read(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SaidWrongly(f"certificate: {file}: {error}") from None
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def _enter(index: int | None) -> None:
    console.print(f"Entry {index}.", markup=False, highlight=False)
