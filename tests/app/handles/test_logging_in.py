"""By password, by the answer to a nonce: who is let in, once, how often, and over which connections."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from fastapi.testclient import TestClient
from tests.app.handles.conftest import Asked, basic, prefix, secret

from tallystick.app.handles.failures import Failures, from_anywhere_max, from_one_address_max
from tallystick.identity import RevokeKey, TooManyFailures, WriteHandle, challenge
from tallystick.ledger import Author, rotate

value = [{"index": 1, "type": "NAME", "data": "x"}]
this = "/api/sessions/this"


def put(asked: Asked, header: str, index: int = 1) -> tuple[int, int]:
    made = [{**value[0], "index": index}]
    answer = asked.client.put(asked.fresh(), json=made, headers={"Authorization": header})
    return answer.status_code, answer.json()["responseCode"]


def test_by_password(asked: Asked) -> None:
    user = asked.add()
    assert put(asked, basic(user.identity)) == (201, 1)
    wrong = ("", "wrong", secret + "x", secret[:-1])
    for password in wrong:
        assert put(asked, basic(user.identity, password)) == (401, 402)
    for told in (
        "Basic",
        "Basic !",
        "Basic eA==",
        "Handle x",
        'Handle a="b", a="c"',
        "Handle",
        "Odd x",
    ):
        assert put(asked, told)[0] == 401
    assert put(asked, basic(f"302:{user.handle}")) == (401, 402)
    assert put(asked, basic(f"301:{prefix}/NOBODY")) == (401, 402)


def test_a_user_that_was_removed_is_out_at_once(asked: Asked) -> None:
    user = asked.add()
    session = asked.client.post("/api/sessions", headers={"Authorization": basic(user.identity)})
    told = f'Handle version="0", sessionId="{session.json()["sessionId"]}"'
    assert put(asked, told) == (201, 1)
    asked.users.remove(user.handle)
    assert put(asked, told) == (401, 500)
    assert put(asked, basic(user.identity)) == (401, 402)


def test_a_user_whose_entry_key_was_revoked_is_out(asked: Asked) -> None:
    user, root = asked.add(), "99/O-ROOT000000000"
    author = Author(asked.book.origin, root, asked.node.keys.get(f"300:{root}"), asked.book.clock)
    body = RevokeKey(key=f"300:{user.handle}", reason="stolen")
    assert asked.book.append([author.write("identity.key.revoke/1", body)])[0].accepted
    assert put(asked, basic(user.identity)) == (403, 403)


def test_its_secret_is_nowhere_in_the_clear(asked: Asked) -> None:
    user = asked.add()
    put(asked, basic(user.identity))
    asked.book.seal()
    spellings = [secret.encode(), base64.b64encode(secret.encode()), secret.encode().hex().encode()]
    files = [path for path in asked.node.settings.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        data = path.read_bytes()
        assert not any(spelling in data for spelling in spellings), path
    answer = asked.client.get(
        f"/api/handles/{user.handle}", headers={"Authorization": basic(user.identity)}
    )
    shown = {one["type"]: one["data"]["value"] for one in answer.json()["values"]}
    assert shown["HS_SECKEY"] == ""


def test_a_rotation_of_the_master_key_keeps_it(asked: Asked) -> None:
    user = asked.add()
    before = asked.users.find(user.identity)
    rotate(asked.node.store, asked.node.master, None, asked.users.reseal)
    after = asked.users.find(user.identity)
    assert before is not None
    assert after is not None
    assert before.master_key != after.master_key
    assert put(asked, basic(user.identity)) == (201, 1)


def opened(asked: Asked) -> tuple[str, bytes]:
    answer = asked.client.post("/api/sessions")
    assert (answer.status_code, answer.json()["authenticated"]) == (201, False)
    return answer.json()["sessionId"], base64.b64decode(answer.json()["nonce"])


def header(session: str, identity: str, kind: str, alg: str, signature: bytes, nonce: bytes) -> str:
    told = {
        "version": "0", "sessionId": session, "id": identity, "type": kind, "alg": alg,
        "cnonce": base64.b64encode(nonce).decode(), "signature": base64.b64encode(signature).decode(),
    }  # fmt: skip
    return "Handle " + ", ".join(f'{name}="{text}"' for name, text in told.items())


def test_a_nonce_is_answered_with_the_secret_once(asked: Asked) -> None:
    user = asked.add()
    session, nonce = opened(asked)
    mac = hmac.digest(secret.encode(), nonce + b"mine", "sha256")
    told = header(session, user.identity, "HS_SECKEY", "HMAC-SHA256", mac, b"mine")
    plain = f'Handle version="0", sessionId="{session}"'
    assert put(asked, plain) == (401, 402)
    answer = asked.client.put(this, headers={"Authorization": told})
    assert (answer.status_code, answer.json()["authenticated"]) == (200, True)
    assert answer.json()["id"] == user.identity
    assert put(asked, plain) == (201, 1)
    assert asked.get(Authorization=told) == (401, 500)
    assert asked.get(Authorization=plain) == (200, None)
    assert asked.client.delete(this, headers={"Authorization": plain}).status_code == 204
    assert put(asked, plain) == (401, 500)


def test_a_wrong_answer_uses_the_nonce_up(asked: Asked) -> None:
    user = asked.add()
    session, nonce = opened(asked)
    for algorithm, key, expected in (
        ("HMAC-SHA256", b"wrong", (403, 403)), ("HMAC-SHA256", secret.encode(), (401, 500)),
    ):  # fmt: skip
        mac = hmac.digest(key, nonce + b"mine", "sha256")
        told = header(session, user.identity, "HS_SECKEY", algorithm, mac, b"mine")
        assert asked.get(Authorization=told) == expected


@pytest.mark.parametrize(
    "algorithm", ["MD5", "SHA1", "SHA-1", "HMAC-SHA1", "PBKDF2-HMAC-SHA1", "", "SHA256"]
)
def test_weak_digests_are_refused_by_name(asked: Asked, algorithm: str) -> None:
    """SHA256 of secret and nonces in a row is no MAC."""
    user = asked.add()
    session, nonce = opened(asked)
    digest = hashlib.sha256(secret.encode() + nonce).digest()
    told = header(session, user.identity, "HS_SECKEY", algorithm, digest, b"")
    answer = asked.client.get(this, headers={"Authorization": told})
    assert (answer.status_code, answer.json()["code"]) == (403, "digest-refused")


def signed(key: Any, message: bytes, digest: hashes.HashAlgorithm) -> bytes:
    made: bytes
    if isinstance(key, rsa.RSAPrivateKey):
        made = key.sign(message, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        made = key.sign(message, ec.ECDSA(digest))
    elif isinstance(key, dsa.DSAPrivateKey):
        made = key.sign(message, digest)
    else:
        made = key.sign(message)
    return made


_keys: dict[str, Callable[[], Any]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "dsa": lambda: dsa_key(),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


def dsa_key() -> dsa.DSAPrivateKey:
    """Over the published group of RFC 5114 §2.3: to find parameters takes seconds."""
    p = int(
        "AD107E1E9123A9D0D660FAA79559C51FA20D64E5683B9FD1B54B1597B61D0A75E6FA141DF95A56DBAF9A3C407BA1DF15"
        "EB3D688A309C180E1DE6B85A1274A0A66D3F8152AD6AC2129037C9EDEFDA4DF8D91E8FEF55B7394B7AD5B7D0B6C12207"
        "C9F98D11ED34DBF6C6BA0B2C8BBC27BE6A00E0A0B9C49708B3BF8A317091883681286130BC8985DB1602E714415D9330"
        "278273C7DE31EFDC7310F7121FD5A07415987D9ADC0A486DCDF93ACC44328387315D75E198C641A480CD86A1B9E587E8"
        "BE60E69CC928B2B9C52172E413042E9B23F10B0E16E79763C9B53DCF4BA80A29E3FB73C16B8E75B97EF363E2FFA31F71"
        "CF9DE5384E71B81C0AC4DFFE0C10E64F", 16,
    )  # fmt: skip
    q = int("801C0D34C58D93FE997177101F80535A4738CEBCBF389A99B36371EB", 16)
    g = pow(2, (p - 1) // q, p)
    return dsa.DSAPrivateNumbers(
        12345, dsa.DSAPublicNumbers(pow(g, 12345, p), dsa.DSAParameterNumbers(p, q, g))
    ).private_key()


@pytest.mark.parametrize("kind", _keys)
def test_a_public_key_opens_a_session(asked: Asked, kind: str) -> None:
    key = _keys[kind]()
    user = asked.add(login="HS_PUBKEY", secret=None, jwk=challenge.write_key(key.public_key()))
    for digest, name, expected in (
        (hashes.SHA256(), "SHA256", 200), (hashes.SHA512(), "SHA-512", 200),
    ):  # fmt: skip
        session, nonce = opened(asked)
        signature = signed(key, nonce + b"mine", digest)
        told = header(session, user.identity, "HS_PUBKEY", name, signature, b"mine")
        assert asked.get(Authorization=told)[0] == expected
    session, nonce = opened(asked)
    told = header(session, user.identity, "HS_PUBKEY", "SHA256", signature, b"mine")
    assert asked.get(Authorization=told) == (403, 403)
    session, nonce = opened(asked)
    told = header(
        session, user.identity, "HS_PUBKEY", "SHA1", signed(key, nonce, hashes.SHA256()), b""
    )
    assert asked.get(Authorization=told) == (403, 404)


def test_a_key_that_left_the_record_logs_nobody_in(asked: Asked) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    user = asked.add(login="HS_PUBKEY", secret=None, jwk=challenge.write_key(key.public_key()))
    own = asked.node.keys.get(f"300:{asked.organisation}")
    author = Author(asked.book.origin, asked.organisation, own, asked.book.clock)
    body = WriteHandle(handle=user.handle, remove=(user.index,))
    assert asked.book.append([author.write("identity.handle.write/1", body)])[0].accepted
    session, nonce = opened(asked)
    signature = signed(key, nonce, hashes.SHA256())
    told = header(session, user.identity, "HS_PUBKEY", "SHA256", signature, b"")
    assert asked.get(Authorization=told) == (403, 403)


@pytest.mark.parametrize(
    "jwk",
    [{}, {"kty": "RSA"}, {"kty": "oct", "k": "AA"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
     {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\x81" + b"\x01" * 127).decode(), "e": "AQAB"},
     {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "EC", "crv": "secp256k1", "x": "", "y": ""},
     {"kty": "OKP", "crv": "Ed25519", "x": "AA"}, {"kty": "DSA", "p": "AA", "q": "AA", "g": "AA", "y": "AA"}],
)  # fmt: skip
def test_keys_that_log_nobody_in(jwk: dict[str, str]) -> None:
    with pytest.raises(challenge.LoginKeyRefused):
        challenge.read_key(jwk)


def test_over_a_connection_that_others_may_read_nobody_logs_in(
    asked: Asked, elsewhere: Callable[[str], TestClient]
) -> None:
    user = asked.add()
    told = {"Authorization": basic(user.identity)}
    plain, safe = elsewhere("http://node.example"), elsewhere("https://node.example")
    for client, headers in (
        (plain, told), (plain, {}), (asked.client, {**told, "X-Forwarded-For": "192.0.2.7"}),
        (asked.client, {**told, "X-Forwarded-Proto": "http"}),
    ):  # fmt: skip
        answer = client.put(asked.fresh(), json=value, headers=headers)
        assert (answer.status_code, answer.json()["responseCode"]) == (403, 406)
    assert plain.post("/api/sessions").json()["responseCode"] == 406
    assert plain.get(f"/api/handles/{user.handle}").status_code == 200
    assert safe.put(asked.fresh(), json=value, headers=told).status_code == 201


def test_whoever_fails_often_waits(asked: Asked) -> None:
    user = asked.add()
    for _ in range(from_one_address_max):
        assert put(asked, basic(user.identity, "wrong")) == (401, 402)
    answer = asked.client.get(asked.fresh(), headers={"Authorization": basic(user.identity)})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert answer.json()["responseCode"] == 3
    other = asked.add(index=302)
    assert put(asked, basic(other.identity)) == (201, 1)


def test_failures_are_forgotten_after_a_minute_and_counted_from_everywhere() -> None:
    now = [100]
    counted = Failures(lambda: now[0])
    for number in range(from_anywhere_max):
        counted.require("u", f"10.0.0.{number}")
        counted.note("u", f"10.0.0.{number}")
    with pytest.raises(TooManyFailures):
        counted.require("u", "10.9.9.9")
    now[0] += 61
    counted.require("u", "10.9.9.9")


def test_searching_is_for_those_who_log_in(asked: Asked) -> None:
    user, path = asked.add(), asked.fresh()
    told = [{"index": 1, "type": "NAME", "data": "sought"}]
    asked.client.put(path, json=told, headers={"Authorization": basic(user.identity)})
    assert asked.get("/hrls/handles?NAME=sought") == (401, 402)
    answer = asked.client.get(
        "/hrls/handles?NAME=sought", headers={"Authorization": basic(user.identity)}
    )
    assert answer.json() == [path.removeprefix("/api/handles/")]


def test_a_file_of_users_that_was_spoilt_lets_nobody_in(asked: Asked) -> None:
    user = asked.add()
    path = asked.node.settings.folder / "handle-users.json"
    whole = path.read_text()
    told = json.loads(whole)
    told["users"][-1]["index"] = 302
    path.write_text(json.dumps(told))
    answer = asked.client.get(asked.fresh(), headers={"Authorization": basic(f"302:{user.handle}")})
    assert (answer.status_code, answer.json()["code"]) == (500, "handle-secret-spoilt")
    path.write_text("{")
    answer = asked.client.get(asked.fresh(), headers={"Authorization": basic(user.identity)})
    assert (answer.status_code, answer.json()["code"]) == (500, "handle-users-damaged")
    path.write_text(whole)
