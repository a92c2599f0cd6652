"""Factory certificates: verified to a factory that the organisation lists, for the key that is enrolled."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from tests.identity.devices.enrolled import administrator, enrolment, gate, said, told
from tests.identity.devices.factories import Factory, Made
from tests.ledger.world import World, core, key, supplier

from tallystick.identity import devices
from tallystick.ledger import Attachment, AttachmentRef, audit

jwk = key(f"300:{gate}").private.public.jwk()


def listed(world: World, factory: Factory) -> None:
    body = devices.ListFactory(organisation=core, ca=factory.ca, name="Works")
    world.add(administrator, devices.list_factory_type, body)


def enrol(
    world: World, data: bytes, device: str = gate, grade: str = "restricted", **more: str
) -> str:
    """Enrol with these bytes as the chain; the body says what they show, or what is told."""
    attached = Attachment(devices.factory.media_type, data, world.random(32), grade)
    named = AttachmentRef(hash=attached.hash(), type=attached.type, size=len(data), grade=grade)
    own_jwk = key(f"300:{device}").private.public.jwk()
    try:
        shown = devices.factory.examine(data, own_jwk)
        digests = {"ca": shown.ca, "certificate": shown.certificate, "serial": shown.serial}
    except devices.factory.FactoryRefused:
        digests = dict.fromkeys(("ca", "certificate", "serial"), "ab" * 32)
    identity = devices.FactoryIdentity(**{**digests, **more}, chain=named)
    replaces = {"replaces": gate} if device.endswith("-3") else {}
    body, own = enrolment(device, factory=identity, **replaces)
    author = world.author(administrator)
    entry = author.write(devices.enrol_type, body, endorsers=[own], attachments=[attached])
    return told(world.ledger.append([entry])[0])


def test_a_factory_identity_is_proven_and_its_serial_number_stays_out_of_the_log(
    world: World,
) -> None:
    factory = Factory()
    # So long that no hash or key has it by chance.
    serial = "4711-0815-4711"
    made = factory.device(serial)
    proof = made.proof(jwk).encode()
    assert enrol(world, proof) == "device-refused"
    listed(world, factory)
    assert enrol(world, proof, grade="parties") == "device-refused"
    assert enrol(world, proof) == "accepted"
    with world.reader.open() as snapshot:
        found = devices.device(snapshot.view, gate)
        assert found.factory_proven
        stored = snapshot.stored_body(snapshot.size() - 1)
    assert found.row["factory"]["ca"] == factory.ca
    assert serial.encode() not in stored
    audit(world.store, world.rules, world.ledger.directory, world.checker)


def test_one_serial_number_stands_for_one_device(world: World) -> None:
    factory = Factory()
    made = factory.device()
    listed(world, factory)
    assert enrol(world, made.proof(jwk).encode()) == "accepted"

    def again(device: str) -> bytes:
        return made.proof(key(f"300:{device}").private.public.jwk()).encode()

    other, successor = "99.100.1/gate-2", "99.100.1/gate-3"
    assert enrol(world, again(other), other) == "already-registered"
    # Another certificate for the same serial number, as another encoding of the first would be.
    renewed = factory.device().proof(key(f"300:{other}").private.public.jwk())
    assert enrol(world, renewed.encode(), other) == "already-registered"
    assert enrol(world, again(successor), successor) == "accepted"


def test_a_dropped_factory_proves_no_new_device(world: World) -> None:
    factory = Factory()
    listed(world, factory)
    again = devices.ListFactory(organisation=core, ca=factory.ca, name="Works")
    assert said(world, administrator, devices.list_factory_type, again) == "already-registered"
    drop = devices.DropFactory(organisation=core, ca=factory.ca)
    assert said(world, supplier, devices.drop_factory_type, drop) == "not-entitled"
    world.add(administrator, devices.drop_factory_type, drop)
    assert said(world, administrator, devices.drop_factory_type, drop) == "device-refused"
    assert enrol(world, factory.device().proof(jwk).encode()) == "device-refused"
    listed(world, factory)
    assert enrol(world, factory.device().proof(jwk).encode()) == "accepted"


def test_an_rsa_key_of_an_old_line_is_known_too() -> None:
    own = rsa.generate_private_key(65537, 2048)
    assert devices.factory.examine(Factory().device(key=own).proof(jwk).encode(), jwk).serial


def test_what_is_valid_today_is_asked_with_a_clock() -> None:
    until = datetime(2026, 1, 1, tzinfo=UTC)
    shown = devices.factory.examine(Factory().device(until=until).proof(jwk).encode(), jwk)
    day_ms = 86_400_000
    end_ms = int(until.timestamp() * 1000)
    assert devices.factory.valid_at(shown, end_ms - day_ms)
    assert not devices.factory.valid_at(shown, end_ms + day_ms)
    assert not devices.factory.valid_at(shown, 0)


other_factory = Factory("Elsewhere")
wrong: dict[str, Callable[[Made], Made]] = {
    "another root": lambda made: replace(made, chain=[*made.chain[:2], other_factory.root]),
    "a link is missing": lambda made: replace(made, chain=[made.chain[0], made.chain[2]]),
    "the wrong order": lambda made: replace(made, chain=made.chain[::-1]),
    "somebody else's key": lambda made: replace(made, key=other_factory.key),
    "no authority": lambda made: replace(made, chain=[made.chain[0], made.chain[0], made.chain[2]]),
    "no root": lambda made: replace(made, chain=made.chain[:2]),
    "no serial number": lambda made: Factory().device(serial=None),
}


@pytest.mark.parametrize("what", sorted(wrong))
def test_chains_that_prove_nothing(what: str) -> None:
    proof = wrong[what](Factory().device()).proof(jwk)
    with pytest.raises(devices.factory.FactoryRefused):
        devices.factory.examine(proof.encode(), jwk)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[" * 5000,
        b'{"chain":["AAAA","AAAA"],"signature":"AAAA"}',
        b'{"chain":["!","!"],"signature":"AAAA"}',
        b'{"chain":["AAAA"],"signature":"AAAA"}',
        b"x" * (devices.factory.proof_bytes_max + 1),
    ],
)
def test_bytes_that_are_no_proof(data: bytes) -> None:
    with pytest.raises(devices.factory.FactoryRefused):
        devices.factory.examine(data, jwk)


def test_a_certificate_of_a_version_that_there_is_not() -> None:
    """`InvalidVersion` is no `ValueError`: it got through (fuzzing)."""
    pem = Factory().root.public_bytes(Encoding.PEM)
    der = bytearray(Factory().root.public_bytes(Encoding.DER))
    der[der.index(b"\xa0\x03\x02\x01\x02") + 4] = 106
    odd = base64.encodebytes(bytes(der))
    with pytest.raises(devices.factory.FactoryRefused):
        devices.factory.read_pem(
            b"-----BEGIN CERTIFICATE-----\n" + odd + b"-----END CERTIFICATE-----\n"
        )
    made = Factory().device().proof(jwk)
    told = made.model_copy(update={"chain": (made.chain[0], base64.b64encode(der).decode())})
    with pytest.raises(devices.factory.FactoryRefused):
        devices.factory.examine(told.encode(), jwk)
    assert devices.factory.read_pem(pem)


def test_a_signature_for_one_key_proves_no_other() -> None:
    """A certificate is public; whoever copied it has not the key that signs for a new one."""
    proof = Factory().device().proof(jwk).encode()
    with pytest.raises(devices.factory.FactoryRefused, match="did not sign"):
        devices.factory.examine(proof, key("300:99.100.1/gate-2").private.public.jwk())


@pytest.mark.parametrize("told_wrongly", ["ca", "certificate", "serial"])
def test_the_entry_says_what_the_chain_shows(world: World, told_wrongly: str) -> None:
    factory = Factory()
    listed(world, factory)
    proof = factory.device().proof(jwk).encode()
    assert enrol(world, proof, **{told_wrongly: "cd" * 32}) in (
        "factory-identity-refused",
        "device-refused",
    )
    with world.reader.open() as snapshot:
        assert snapshot.view.get("device", gate) is None
