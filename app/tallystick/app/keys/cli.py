"""`tallystick key`: keys of organisations, people and devices, from this node's store."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import make
from tallystick.app.files import read_bytes, write_file
from tallystick.app.keys import officers_cli
from tallystick.app.keys.saying import Way, countersigned, read_draft, signing_key
from tallystick.app.naming.speaking import SaidWrongly, body
from tallystick.app.settings import Settings
from tallystick.identity import KeyAt, RotateKey, index_of, key_at, keys_at, speaker
from tallystick.ledger import (
    ED25519,
    Entry,
    Envelope,
    PrivateKey,
    SigningKey,
    auditor_reader,
    canonical,
    log_verifier,
)
from tallystick.ledger.bundle import Request

cli = typer.Typer(
    help="Keys of organisations, people and devices: valid when, replaced, recovered.",
    no_args_is_help=True,
)
officers_cli.add_to(cli)
console = Console()
rotate_type = "identity.key.rotate/1"
Reference = Annotated[str, typer.Argument(metavar="KEY", help="Such as 300:99.100.7/scanner-12.")]
Url = Annotated[
    str, typer.Option("--node", help="Send it to this running node; else into this store.")
]
Draft = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Do not send it: write it there for others to sign."),
]
Signers = Annotated[
    list[str] | None,
    typer.Option(
        "--sign",
        metavar="KEY[=FILE]",
        help="Who else signs: a key of this node, or with its private key in a file.",
    ),
]
At = Annotated[
    str, typer.Option("--at", metavar="INDEX|TIME", help="By default the last entry of the log.")
]


@cli.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it (PEM).")],
    suite: Annotated[str, typer.Option(help="ed25519 or ecdsa-p256-sha256.")] = ED25519,
) -> None:
    """Make a private key on the machine where it stays; prints its public half (JWK)."""
    private = PrivateKey.generate(suite)
    private.save(file)
    print(canonical.encode(private.public.jwk()).decode())


@cli.command()
def valid(
    key: Reference,
    at: At = "",
    proof: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the proof, for `tallystick verify`."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Was this key valid at this index, and in whose custody? Exit codes: 0 valid, 1 not valid."""
    with Node.existing(Settings()).reader.open() as snapshot:
        index = index_of(snapshot, at) if at else snapshot.size() - 1
        found = key_at(snapshot.view, key, index)
        data = b""
        if proof is not None:
            data = make(snapshot, auditor_reader, [Request.of("key-at", key=key, index=index)])
        log = log_verifier(snapshot.view)
    if as_json:
        sys.stdout.write(canonical.encode(found.document()).decode() + "\n")
    else:
        _say(_sentence(found))
    if proof is not None:
        write_file(proof, data)
        # Beside the answer, so that --json stays JSON.
        typer.echo(f"tallystick verify {proof} --log-key {log.encode()}", err=True)
    if found.state != "valid":
        sys.exit(1)


@cli.command("list")
def list_keys(
    owner: Annotated[str, typer.Argument(help="An organisation, a person, a device or a log.")],
    at: At = "",
) -> None:
    """All keys ever registered for a handle, and how they stand at an index."""
    table = Table("key", "state", "custody", "binding", "since", "until", Column("types"))
    with Node.existing(Settings()).reader.open() as snapshot:
        index = index_of(snapshot, at) if at else snapshot.size() - 1
        for one in keys_at(snapshot.view, owner, index):
            told = one.document()
            state = f"{told['state']}, suspect" if told["suspect"] else told["state"]
            until = str(told.get("until", ""))
            table.add_row(
                one.key, state, told["custody"], told["binding"], str(told["since"]), until,
                " ".join(told["types"]),
            )  # fmt: skip
    console.print(table)


@cli.command()
def rotate(
    old: Reference,
    fresh: Annotated[str, typer.Argument(metavar="NEW", help="The new key's reference.")],
    new_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Its private key; without it one is made and kept here."),
    ] = None,
    author: Annotated[
        str,
        typer.Option(
            metavar="KEY[=FILE]", help="Who says it: by default the old key, of a device its firm."
        ),
    ] = "",
    sign: Signers = None,
    custody: Annotated[
        Literal["node", "self", "hardware"] | None,
        typer.Option(help="Of the new key; that of the old one if not said."),
    ] = None,
    suspect_from: Annotated[
        int | None, typer.Option(min=0, help="Entries of the old key from here on are suspect.")
    ] = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Put a new key in the place of an old one that still signs; a person or device needs its firm's key too."""
    node = Node.existing(Settings())
    with node.reader.open() as snapshot:
        row = key_at(snapshot.view, old.partition("=")[0], snapshot.size() - 1).row
    keys = _signers(node, [author or old, *(sign or ())])
    old_reference = old.partition("=")[0]
    if all(one.keyid != old_reference for one in keys) and draft is None:
        keys.append(signing_key(node, old))
    held = custody or row["custody"]
    private = _new(new_key, held)
    told = {
        "old": old_reference, "key": fresh, "jwk": private.public.jwk(), "custody": held,
        "types": tuple(row["types"]), "suspect_from": suspect_from, "played": row.get("played"),
    }  # fmt: skip
    said = body(RotateKey, told)
    _require_no_stream(node, keys[0])
    if new_key is None:
        node.keys.add(SigningKey(fresh, private))
    way = Way(node, url, draft)
    _told(way.say(rotate_type, said, [*keys, SigningKey(fresh, private)]), draft)


@cli.command("sign")
def sign_draft(
    file: Annotated[Path, typer.Argument(metavar="DRAFT", help="What --draft wrote.")],
    sign: Signers = None,
    send: Annotated[bool, typer.Option("--send", help="It is signed by all: send it.")] = False,
    url: Url = "",
) -> None:
    """Show an entry that others wrote, add signatures of yours, and perhaps send it."""
    node, entry = Node.existing(Settings()), read_draft(file)
    envelope = Envelope.parse(entry.envelope)
    said = Entry.parse(envelope.payload)
    _say(f"{said.type} by {said.author}, for {said.origin}")
    _say(f"signed by {', '.join(one.keyid for one in envelope.signatures)}")
    console.print_json(entry.body.decode())
    if sign:
        entry = countersigned(entry, _signers(node, sign))
    if send:
        _told(Way(node, url).send(entry), None)
    elif sign:
        _told(Way(node, draft=file).send(entry), file)


def _signers(node: Node, told: list[str]) -> list[SigningKey]:
    found: dict[str, SigningKey] = {}
    for one in told:
        key = signing_key(node, one)
        found.setdefault(key.keyid, key)
    return list(found.values())


def _new(file: Path | None, custody: str) -> PrivateKey:
    """Raises `SaidWrongly` for a key that would lie here and be said not to."""
    if file is not None:
        return PrivateKey.from_pem(read_bytes(file))
    if custody != "node":
        raise SaidWrongly(
            f"custody: a key made here is held by the node; give --new-key ({custody})"
        )
    return PrivateKey.generate()


def _require_no_stream(node: Node, author: SigningKey) -> None:
    """A device numbers its entries itself: nobody else knows the next number for sure."""
    handle = author.keyid.partition(":")[2]
    with node.reader.open() as snapshot:
        if node.directory.keeps_stream(snapshot.view, handle):
            owner = speaker(snapshot.view, handle).organisation
            raise SaidWrongly(f"author: {handle} numbers its entries; give --author 300:{owner}")


def _told(index: int | None, draft: Path | None) -> None:
    if index is None:
        _say(f"{draft}: the others sign it by `tallystick key sign {draft} --sign KEY`.")
    else:
        _say(f"Entry {index}.")


def _sentence(found: KeyAt) -> str:
    told: Mapping[str, Any] = found.document()
    said = {
        "valid": "was valid",
        "not-yet": f"was not registered yet; entry {told['since']} did that",
        "revoked": f"was revoked: {told.get('reason')}, from index {told.get('until')} on",
        "rotated": f"was replaced by {told.get('replaced_by')}, from index {told.get('until')} on",
    }[found.state]
    suspect = f" What it signed from {told.get('suspect_from')} on is suspect." * found.is_suspect
    held = f" Custody: {told['custody']}, {told['binding']}."
    return f"At index {found.index} {found.key} {said}.{held}{suspect}"


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
