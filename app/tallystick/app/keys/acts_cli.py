"""`tallystick key add`, `rotate`, `revoke`: one key, by those who must sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from tallystick.app.bootstrap import Node
from tallystick.app.files import read_bytes
from tallystick.app.naming.speaking import SaidWrongly, body
from tallystick.app.saying import Way, countersigned, read_draft, signing_key
from tallystick.app.settings import Settings
from tallystick.identity import (
    AddKey,
    RevokeKey,
    RotateKey,
    UnknownParty,
    devices,
    key_at,
    rotate_type,
    speaker,
)
from tallystick.ledger import (
    ED25519,
    SM2,
    Entry,
    Envelope,
    PrivateKey,
    SigningKey,
    canonical,
    suites,
)

console = Console()
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
NewKey = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Its private key; without it one is made and kept here."),
]
Author = Annotated[str, typer.Option(metavar="KEY[=FILE]", help="Who says it.")]
SuspectFrom = Annotated[
    int | None, typer.Option(min=0, help="Entries of the old key from here on are suspect.")
]


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it (PEM).")],
    suite: Annotated[
        str, typer.Option(help="ed25519, ecdsa-p256-sha256, or sm2-sm3 where OpenSSL has it.")
    ] = ED25519,
    user_id: Annotated[
        str, typer.Option(help="Of sm2-sm3: what is signed along; 1234567812345678 if not said.")
    ] = "",
) -> None:
    """Make a private key on the machine where it stays; prints its public half (JWK)."""
    if suite not in (*suites, SM2):
        raise SaidWrongly(f"suite: {', '.join((*suites, SM2))}")
    if user_id and suite != SM2:
        raise SaidWrongly("user-id: only keys of sm2-sm3 have one")
    private = PrivateKey.generate(suite, user_id)
    private.save(file)
    print(canonical.encode(private.public.jwk()).decode())


def add(
    key: Reference,
    author: Author,
    new_key: NewKey = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            help="What it may sign: an entry type, `part.*`; if not said all, of a device what its class may say.",
        ),
    ] = None,
    custody: Annotated[
        Literal["node", "self", "hardware"], typer.Option(help="Who holds it.")
    ] = "self",
    sign: Signers = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """Register a key, once for ever; it signs too."""
    node = Node.existing(Settings())
    private = _new(node, key, new_key, custody)
    told = {
        "key": key, "jwk": private.public.jwk(), "custody": custody,
        "types": tuple(types or _types_of(node, key)),
    }  # fmt: skip
    said = body(AddKey, told)
    keys = _signers(node, [author, *(sign or ())])
    _require_no_stream(node, keys[0])
    way = Way(node, url, draft)
    _told(way.say("identity.key.add/1", said, [*keys, SigningKey(key, private)]), draft)


def _types_of(node: Node, key: str) -> tuple[str, ...]:
    """What a key of this owner signs where nothing is said."""
    with node.look() as view:
        try:
            return devices.class_of(view, key.partition(":")[2]).types
        except UnknownParty:
            return ("*",)


def revoke(
    key: Reference,
    author: Author,
    reason: Annotated[
        Literal["lost", "stolen", "replaced", "retired", "left"], typer.Option(help="Why.")
    ],
    suspect_from: SuspectFrom = None,
    sign: Signers = None,
    url: Url = "",
    draft: Draft = None,
) -> None:
    """End a key from the next entry on; what it signed before stays valid."""
    node = Node.existing(Settings())
    said = body(RevokeKey, {"key": key, "reason": reason, "suspect_from": suspect_from})
    keys = _signers(node, [author, *(sign or ())])
    _require_no_stream(node, keys[0])
    _told(Way(node, url, draft).say("identity.key.revoke/1", said, keys), draft)


def rotate(
    old: Reference,
    fresh: Annotated[str, typer.Argument(metavar="NEW", help="The new key's reference.")],
    new_key: NewKey = None,
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
    suspect_from: SuspectFrom = None,
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
    private = _new(node, fresh, new_key, held)
    told = {
        "old": old_reference, "key": fresh, "jwk": private.public.jwk(), "custody": held,
        "types": tuple(row["types"]), "suspect_from": suspect_from, "played": row.get("played"),
    }  # fmt: skip
    said = body(RotateKey, told)
    _require_no_stream(node, keys[0])
    way = Way(node, url, draft)
    _told(way.say(rotate_type, said, [*keys, SigningKey(fresh, private)]), draft)


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


def _new(node: Node, reference: str, file: Path | None, custody: str) -> PrivateKey:
    """That of the file, or one that the node keeps from before it is registered: the same if said again.

    Raises `SaidWrongly` for a key that would lie here and be said not to.
    """
    if file is not None:
        return PrivateKey.from_pem(read_bytes(file))
    if custody != "node":
        raise SaidWrongly(
            f"custody: a key made here is held by the node; give --new-key ({custody})"
        )
    if not node.keys.has(reference):
        node.keys.add(SigningKey(reference, PrivateKey.generate()))
    return node.keys.get(reference).private


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


def add_to(cli: typer.Typer) -> None:
    """These commands beside those that only read."""
    for command in (new, add, rotate, revoke):
        cli.command()(command)
    cli.command("sign")(sign_draft)


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
