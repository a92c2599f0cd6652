"""Whoever answers a challenge reads what is its own; with keys of the log, and with RSA and DSA keys of records."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.identity.native.rig import (
    ask,
    handle,
    over,
    question,
    replied,
)
from tests.ledger.world import World, core, key, supplier

from tallystick.identity import (
    CreateHandles,
    HandleRecord,
    HandleValue,
)
from tallystick.identity.native import bodies, fields, forms, login
from tallystick.identity.native.message import Message
from tallystick.ledger import (
    PrivateKey,
    SigningKey,
)


def test_private_values_are_for_those_who_show_who_they_are(here: tuple[World, int]) -> None:
    _, port = here
    for by in ("udp", "tcp"):
        assert over(port, by).ask(handle, (3,)).code == 200
        for who in (core, supplier):
            asked = over(port, by, key=key(f"300:{who}"))
            assert [v.value for v in asked.ask(handle, (3, 1)).values] == ["电池包", "secret"]
            # What was told to one is not remembered for the next.
            assert over(port, by).ask(handle, (3,)).code == 200
        unasked = over(port, by, public_only=False)
        assert unasked.ask(handle, (3,)).code == unasked.ask(handle, (9,)).code == 402
        stranger = SigningKey(f"300:{core}", PrivateKey.generate())
        assert over(port, by, key=stranger).ask(handle, (3,)).code == 403
        nobody = SigningKey("300:99.100/O-NOBODY0000000", PrivateKey.generate())
        assert over(port, by, key=nobody).ask(handle, (3,)).code == 403


def test_an_rsa_key_in_a_record_logs_in_once_and_only_with_a_sound_hash(
    here: tuple[World, int],
) -> None:
    world, port = here
    secret = rsa.generate_private_key(65_537, 2048)
    numbers = secret.public_key().public_numbers()
    jwk = forms.read_key(
        fields.text("RSA_PUB_KEY") + bytes(2)
        + fields.blob(numbers.e.to_bytes(3, "big"))
        + fields.blob(b"\0" + numbers.n.to_bytes(256, "big")) + bytes(4)
    )  # fmt: skip
    told = HandleValue(
        index=300,
        type="HS_PUBKEY",
        format="key",
        data=json.dumps(jwk, sort_keys=True, separators=(",", ":")),
    )
    admin = "99.100.1/ADMIN"
    record = CreateHandles(handles=(HandleRecord(handle=admin, values=(told,)),))
    world.add(core, "identity.handle.create/1", record)
    asked = question(handle, 3)

    def reply(algorithm: str, kind: str = "HS_PUBKEY") -> tuple[Message, Message]:
        challenge = ask(port, asked)
        assert challenge.code == 402
        nonce = bodies.read_challenge(bodies.split_digest(challenge)[1]).nonce
        said = login.login_message(nonce, asked)
        signature = secret.sign(said, padding.PKCS1v15(), hashes.SHA256())
        proof = bodies.signed_proof(algorithm, signature)
        sent = replied(challenge, bodies.ChallengeReply(kind, admin, 300, proof))
        return sent, ask(port, sent)

    sent, answer = reply("SHA-256")
    assert [v.data for v in bodies.read_resolved(answer.body).values] == [b"secret"]
    again = ask(port, sent)
    assert (again.code, bodies.read_refusal(again.body).said) == (405, "native-challenge-unknown")
    for algorithm, code in (("SHA-1", 404), ("MD5", 404), ("SHA-512", 403)):
        assert reply(algorithm)[1].code == code
    assert reply("SHA-256", "HS_SECKEY")[1].code == 406
