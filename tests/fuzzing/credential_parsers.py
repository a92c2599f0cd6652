"""Parsers of credentials: what an issuer signed, what a holder presents, what a node says of their status."""

from __future__ import annotations

import zlib

from tests.fuzzing import samples
from tests.fuzzing.engine import Parser, text
from tests.fuzzing.ledger_parsers import kept
from tests.ledger.world import Seeded, key

from tallystick.app.credentials import cli
from tallystick.app.credentials.presented import PresentationFile
from tallystick.identity import credentials
from tallystick.identity.credentials import (
    Credential,
    MaterialDeclaration,
    Packed,
    Qualification,
    Revealed,
    StatusPlace,
    Substance,
    ThresholdList,
    status_list,
)
from tallystick.identity.credentials.disclosures import Disclosure
from tallystick.identity.credentials.jws import Jws, base64_of, from_base64, read_json, read_object
from tallystick.ledger import canonical

issuer, holder = key("300:99.1/O-ISSUER0000000"), key("300:99.1/O-HOLDER0000000")
said = Qualification(
    number="Q-1", kind="iso-9001", scope="电池", sites=("A", "B"), issued="2025-01-01",
    expiry="2027-01-01", issuer="Body",
)  # fmt: skip
lead = Substance(cas="7439-92-1", share_ppm=1, threshold_ppm=1000)
declaration = MaterialDeclaration(
    part="99.1/P", list=ThresholdList(name="SVHC", version="1"), number=1, complete=True,
    substances=(lead,),
)  # fmt: skip


def issued() -> Credential:
    claims = credentials.visible_claims(
        credentials.qualification_type, "99.1/O-ISSUER0000000", holder.keyid,
        holder.private.public, StatusPlace(list=0, index=7), "https://log.example", 10**12,
    )  # fmt: skip
    hidden = credentials.hide_qualification(said, claims, Seeded())
    return credentials.issue(hidden, issuer)


def presented() -> Credential:
    whole = issued()
    return credentials.present(
        whole, ["number"], holder, audience="b", nonce="n", now_ms=10**12
    )  # fmt: skip


def _revealed(told: str) -> object:
    """As far as anybody reads it before a signature is looked at, and behind it."""
    found = Credential.parse(told)
    found.bound_to()
    found.expires_s()
    return found.revealed()


def _declared(data: bytes) -> object:
    return credentials.read_declaration(Revealed(read_object(data), 0))


def _file() -> bytes:
    return PresentationFile(Packed(presented(), b"s" * 32), b"PK").encode()


def _packed() -> bytes:
    return Packed(issued(), b"s" * 32).encode()


def _list() -> bytes:
    found = status_list.StatusList.of([(7, "revoked")])
    return status_list.token(found, "https://x/1", "log", 5, 10**12, issuer).encode()


def _form(data: bytes) -> object:
    path = samples.folder() / "certificate.json"
    return kept(data, path.name, lambda: cli.read_form(path, Qualification))


def _jws() -> bytes:
    return issued().jwt.compact.encode()


parsers: dict[str, Parser] = {
    "identity.credentials.jws.from_base64": Parser(
        text(from_base64),
        lambda: [base64_of(b"abc").encode(), base64_of(zlib.compress(b"")).encode()],
    ),
    "identity.credentials.jws.read_json": Parser(read_json, lambda: [b'{"a":[1,"b",null]}']),
    "identity.credentials.jws.read_object": Parser(read_object, lambda: [b'{"a":{"b":1}}']),
    "identity.credentials.jws.Jws.parse": Parser(
        text(lambda told: Jws.parse(told, "dc+sd-jwt")), lambda: [_jws()]
    ),
    "identity.credentials.disclosures.Disclosure.parse": Parser(
        text(Disclosure.parse), lambda: [one.encode() for one in issued().disclosures]
    ),
    "identity.credentials.sdjwt.Credential.parse": Parser(
        text(Credential.parse), lambda: [issued().text().encode(), presented().text().encode()]
    ),
    "identity.credentials.sdjwt.Credential.parse, revealed": Parser(
        text(_revealed), lambda: [presented().text().encode()]
    ),
    "identity.credentials.packed.Packed.parse": Parser(Packed.parse, lambda: [_packed()]),
    "identity.credentials.materials.read_declaration": Parser(
        _declared, lambda: [canonical.encode(declaration.model_dump(mode="json"))]
    ),
    "identity.credentials.status_list.open_token": Parser(
        text(lambda told: status_list.open_token(told, issuer.private.public)), lambda: [_list()]
    ),
    "app.credentials.presented.PresentationFile.parse": Parser(
        PresentationFile.parse, lambda: [_file()]
    ),
    "app.credentials.cli.read_form": Parser(_form, lambda: [said.model_dump_json().encode()]),
}
