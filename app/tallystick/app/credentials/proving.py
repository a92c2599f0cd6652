"""The proof that comes with a presentation, and the newer one by which a buyer looks again.

The credential's head lists all entries that touched it, so that a revocation cannot be left out; keys of issuer
and holder come with their heads. Of the entry that issued it only those fields are shown that the presentation
shows anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from tallystick.app.access import Reading
from tallystick.app.bundles.gather import Gathering
from tallystick.identity.credentials import errors, kind
from tallystick.ledger import NotReadable, Snapshot, public_reader
from tallystick.ledger.bundle import Manifest, Request, fields_of, layout, pack

credential_head = "credential"
#: Members of the entry's body that every presentation shows in the JWT as well.
_open = ("/credential", "/holder", "/holder_key", "/key", "/expires", "/part", "/lot", "/number")
_open_groups = ("/status/", "/list/")


def prove(reading: Reading, digest: str, shown: Collection[str]) -> bytes:
    """A bundle for a presentation that shows these fields. Raises `CredentialUnknown`, and what `Gathering` raises."""
    snapshot = reading.snapshot
    row = _row(snapshot, digest)
    gathering = Gathering(snapshot, reading.reader)
    _whole(gathering, row, digest, gathering.entry(row["since"]).body or b"", shown)
    return _packed(gathering, snapshot, row)


def prove_newer(snapshot: Snapshot, digest: str) -> bytes:
    """A bundle for whoever knows the credential by its name: what became of it, not what it says."""
    row = _row(snapshot, digest)
    gathering = Gathering(snapshot, public_reader)
    for index in gathering.own_head(credential_head, digest).indexes:
        gathering.entry_for(index, lambda _body: ())
    gathering.key(row["key"])
    gathering.key(row["holder_key"])
    return _packed(gathering, snapshot, row)


def _whole(
    gathering: Gathering, row: Mapping[str, Any], digest: str, body: bytes, shown: Collection[str]
) -> None:
    pointers = [
        pointer
        for pointer in fields_of(body)
        if pointer in _open
        or pointer.startswith(_open_groups)
        or (pointer == "/kind" and "kind" in shown)
    ]
    gathering.entry(row["since"], pointers)
    for index in gathering.own_head(credential_head, digest).indexes:
        if index != row["since"]:
            gathering.entry(index)
    gathering.block_before(row["since"])
    gathering.key(row["key"])
    gathering.key(row["holder_key"])


def _packed(gathering: Gathering, snapshot: Snapshot, row: Mapping[str, Any]) -> bytes:
    gathering.finish()
    genesis: Any = snapshot.view.get("log", "genesis")
    asked = dict.fromkeys(
        [
            Request.of("entry", index=row["since"]),
            Request.of("key", key=row["key"]),
            Request.of("key", key=row["holder_key"]),
        ]
    )
    manifest = Manifest(genesis["origin"], tuple(asked))
    return pack({**gathering.files, layout.manifest_file: manifest.encode()})


def _row(snapshot: Snapshot, digest: str) -> Mapping[str, Any]:
    row = cast(Mapping[str, Any] | None, snapshot.view.get(kind, digest))
    if row is None:
        raise errors.CredentialUnknown(digest)
    if row["source"] == "stated":
        raise NotReadable(f"{digest} is stated by its holder, and proven by nobody")
    return row
