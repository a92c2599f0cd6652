"""A firm in a log that lists CAs of SM2, and what it says to bind its key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cryptography.x509.oid import NameOID
from tests.identity.keys import authority, sm_authority
from tests.identity.keys.answering import week
from tests.identity.keys.authority import Issued, name
from tests.identity.keys.says import code, say
from tests.identity.keys.sm_authority import SmIssued, chain, issue, made
from tests.ledger.world import World, key, node, root

from tallystick.identity import (
    BindKey,
    CertificateStatus,
    ListAnchor,
    RegisterOrganisation,
    binding_bytes,
    uscc_with_check,
)
from tallystick.ledger import (
    Attachment,
    AttachmentRef,
    Submission,
)

number = uscc_with_check("91350211M000100Y4")
firm = "99.100/O-FIRM000000000"
reference = f"300:{firm}"
organisation = (NameOID.ORGANIZATION_IDENTIFIER, f"NTRCN-{number}")
ca = issue(name("SM CA"), ca=True)
between = issue(name("SM CA, companies"), ca, ca=True)
leaf = issue(name("The firm", organisation), between)
classical = authority.issue(name("CA"), ca=True)
at = "2026-02-28T23:59:59.000Z"


def populated(world: World, *anchors: SmIssued | Issued) -> World:
    """These CAs are listed; a firm with a checked number has a key."""
    told = RegisterOrganisation(
        organisation=firm, name={"zh": "厂"}, scheme="uscc", number=number, capacities=("supplier",)
    )
    world.populate()
    world.add(node, "identity.organisation.register/1", told)
    world.add_key(node, firm)
    for one in anchors:
        world.add(root, "identity.anchor.list/1", listed(one))
    world.clock.set("2026-03-01T00:00:00.000Z")
    world.ledger.seal(force=True)
    return world


def listed(one: SmIssued | Issued) -> ListAnchor:
    return ListAnchor(certificate=one.text, name="A CA")


def message(world: World) -> bytes:
    fingerprint = key(reference).private.public.fingerprint()
    return binding_bytes(world.origin, reference, fingerprint, firm)


def bound(world: World, *issued: SmIssued | Issued, **change: Any) -> BindKey:
    told = {"key": reference, "anchor": ca.sha256, "chain": chain(*issued)}
    signature = change.get("signature") or issued[0].sign(message(world))
    return BindKey(**{**told, "signature": signature, **change})


def bind(world: World, body: BindKey) -> str:
    return code(world, say(world, firm, "key.bind", body))


def answered(world: World, data: bytes, *issued: SmIssued, kind: str = "ocsp") -> Submission:
    """A binding with this answer of the CA."""
    answer = Attachment(f"application/{kind}", data, bytes(32))
    ref = AttachmentRef(hash=answer.hash(), type=answer.type, size=len(answer.data))
    status = CertificateStatus(kind=kind, time=at, answer=ref)  # type: ignore[arg-type]
    body = bound(world, *issued, status=status)
    return world.author(firm).write("identity.key.bind/1", body, attachments=[answer])


def said_good(**told: Any) -> bytes:
    moment = datetime.fromisoformat(at)
    return sm_authority.response(
        leaf, between, this_update=moment, next_update=moment + week, **told
    )


direct = issue(name("F", organisation), ca)
refused: dict[str, tuple[SmIssued | Issued, ...]] = {
    "another number": (issue(name("F", (NameOID.SERIAL_NUMBER, "1")), between), between),
    "another CA": (issue(name("F", organisation), issue(name("SM CA"), ca=True)),),
    "without the one between": (leaf,),
    "ended": (issue(name("F", organisation), ca, days=30),),
    "a person": (issue(name("F", organisation, (NameOID.GIVEN_NAME, "San")), ca),),
    "a CA": (issue(name("F", organisation), ca, ca=True),),
    "not for signing": (issue(name("F", organisation), ca, signing=False),),
    "no point": (made(direct.twin, ca, key=bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200" + "04" + "01" * 64)),),
    "P-256 under SM2": (authority.issue(name("F", organisation), ca.twin),),
    "P-256 between": (leaf, between.twin),
}  # fmt: skip
