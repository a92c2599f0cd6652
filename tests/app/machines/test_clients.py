"""The token endpoint: how a client proves who it is, and what is refused there."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from tests.app.machines.conftest import Asked, base_url

from tallystick.app.machines.client_keys import ClientKeyRefused, read_jwk, read_pem
from tallystick.app.machines.clients import (
    ClientDamaged,
    ClientMissing,
    Clients,
    ClientScopeUnknown,
    NewClient,
)
from tallystick.app.machines.grants import assertion_type, form_bytes_max
from tallystick.app.machines.once import Once
from tallystick.ledger import SetClock, Store, StoreUnusable, SystemClock, instant

endpoint = f"{base_url}/oauth/token"
grant = {"grant_type": "client_credentials"}
Change = Callable[[dict[str, Any]], Any]


def public(key: Any) -> dict[str, str]:
    return {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}


def claims(client_id: str, **more: Any) -> dict[str, Any]:
    now = SystemClock().now_ms() // 1000
    told = {
        "iss": client_id, "sub": client_id, "aud": endpoint, "iat": now, "exp": now + 60,
        "jti": secrets.token_hex(8), **more,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def signed(key: Any, told: dict[str, Any], alg: str = "ES256", **header: Any) -> str:
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact({"alg": alg, **header}, json.dumps(told), key, registry=registry)


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def ask(asked: Asked, assertion: str, **form: str) -> tuple[int, str]:
    told = {**grant, "client_assertion_type": assertion_type, "client_assertion": assertion, **form}
    answer = asked.client.post("/oauth/token", data=told)
    return answer.status_code, answer.json().get("code", "")


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _rsa() -> RSAKey:
    return RSAKey.import_key(rsa_key())


@pytest.mark.parametrize(
    ("made", "alg"),
    [
        (lambda: ECKey.generate_key("P-256"), "ES256"),
        (lambda: OKPKey.generate_key("Ed25519"), "Ed25519"),
        (lambda: OKPKey.generate_key("Ed25519"), "EdDSA"),
        (_rsa, "PS256"),
        (_rsa, "RS256"),
    ],
)
def test_by_an_assertion_of_each_kind_of_key(asked: Asked, made: Any, alg: str) -> None:
    key = made()
    client, secret = asked.add(jwk=public(key))
    assert secret == ""
    token = signed(key, claims(client.id), alg, typ="JWT", kid="whatever")
    assert ask(asked, token) == (200, "")
    assert ask(asked, token) == (401, "oauth-assertion-replayed")
    assert ask(asked, signed(key, claims(client.id, aud=base_url), alg)) == (200, "")


def test_wrong_assertions_are_refused(asked: Asked) -> None:
    key, stranger = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    client, _ = asked.add(jwk=public(key))
    by_secret, secret = asked.add()
    now = SystemClock().now_ms() // 1000
    pem = key.as_pem(private=False)
    first, body, signature = signed(key, claims(client.id)).split(".")
    none = part({"alg": "none"})
    wrong = {
        "a stranger's key": signed(stranger, claims(client.id)),
        "HMAC by the public key": signed(OctKey.import_key(pem.hex()), claims(client.id), "HS256"),
        "alg none": f"{none}.{body}.{signature}",
        "another client": signed(key, claims(by_secret.id)),
        "iss of another": signed(key, claims(client.id, iss=by_secret.id)),
        "other audience": signed(key, claims(client.id, aud="https://other.example/oauth/token")),
        "two audiences": signed(key, claims(client.id, aud=[endpoint, "https://other.example"])),
        "no audience": signed(key, claims(client.id, aud=None)),
        "expired": signed(key, claims(client.id, exp=now)),
        "no expiry": signed(key, claims(client.id, exp=None)),
        "expiry as a fraction": signed(key, claims(client.id, exp=now + 10.5)),
        "hours long": signed(key, claims(client.id, exp=now + 3700)),
        "not yet": signed(key, claims(client.id, nbf=now + 60)),
        "issued later": signed(key, claims(client.id, iat=now + 60)),
        "no id": signed(key, claims(client.id, jti=None)),
        "access token's typ": signed(key, claims(client.id), typ="at+jwt"),
        "key in the header": signed(key, claims(client.id), jwk=public(key)),
        "key elsewhere": signed(key, claims(client.id), jku="https://evil.example/keys"),
        "critical": f"{part({'alg': 'ES256', 'crit': ['b64']})}.{body}.{signature}",
        "not a token": "x",
        "empty parts": "..",
        "too long": f"{first}.{'A' * 4097}.{signature}",
    }  # fmt: skip
    for name, token in wrong.items():
        assert ask(asked, token) == (401, "oauth-client-refused"), name
    good = signed(key, claims(client.id))
    assert ask(asked, good, client_assertion_type="urn:other") == (401, "oauth-client-refused")
    assert ask(asked, good, client_id=by_secret.id) == (401, "oauth-client-refused")
    both = {**grant, "client_assertion_type": assertion_type, "client_assertion": good}
    answer = asked.client.post("/oauth/token", data=both, auth=(by_secret.id, secret))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert ask(asked, signed(key, claims(client.id))) == (200, "")


def test_wrong_secrets_and_forms_are_refused_as_rfc_6749_says(asked: Asked) -> None:
    client, secret = asked.add("finance:read")
    by_key, _ = asked.add(jwk=public(ECKey.generate_key("P-256")))
    for client_id, password in (
        (client.id, ""), (client.id, secret + "x"), (client.id, secret[:-1]), ("", ""), ("C-0", secret),
        (by_key.id, secret), (client.id.lower(), secret), ("' OR 1=1 --", secret),
    ):  # fmt: skip
        answer = asked.ask_token(client_id, password)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert answer.headers["cache-control"] == "no-store"
    table: list[tuple[str, str, int, str]] = [
        ("", "", 400, "invalid_request"),
        ("grant_type=", "", 400, "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "", 400, "invalid_request"),
        ("grant_type=client_credentials&scope=a&scope=b", "", 400, "invalid_request"),
        ("grant_type=password&username=a&password=b", "", 400, "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "", 400, "unsupported_grant_type"),
        ("grant_type=refresh_token&refresh_token=x", "", 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&scope=finance%3Awrite", "", 400, "invalid_scope"),
        ("grant_type=client_credentials&scope=+", "", 400, "invalid_scope"),
        ("grant_type=client_credentials&client_secret=x", "", 400, "invalid_request"),
        ("%zz&&&", "", 400, "invalid_request"),
        ("grant_type=%ff", "", 400, "invalid_request"),
        ("&".join(f"a{n}=1" for n in range(30)), "", 400, "invalid_request"),
        ('{"grant_type":"client_credentials"}', "application/json", 400, "invalid_request"),
    ]
    for body, kind, status, error in table:
        headers = {"Content-Type": kind or "application/x-www-form-urlencoded"}
        answer = asked.client.post(
            "/oauth/token", content=body, headers=headers, auth=(client.id, secret)
        )
        assert (answer.status_code, answer.json()["error"]) == (status, error), body
    large = {**grant, "x": "y" * form_bytes_max}
    assert asked.client.post("/oauth/token", data=large).status_code == 413
    told = asked.client.post("/oauth/token?client_id=x", data=grant, auth=(client.id, secret))
    assert told.status_code == 400
    assert asked.client.get("/oauth/token").status_code == 405
    with_bearer = {"Authorization": f"Bearer {asked.token(client, secret)}"}
    told = asked.client.post("/oauth/token", data=grant, headers=with_bearer)
    assert told.json()["error"] == "invalid_client"


def test_nothing_is_given_that_renews_a_token(asked: Asked) -> None:
    """Whoever steals what a client got has it for minutes: neither the token nor anything with it gets another."""
    key = ECKey.generate_key("P-256")
    (client, secret), (by_key, _) = asked.add("finance:read"), asked.add(jwk=public(key))
    asserted = {"client_assertion_type": assertion_type}
    answers = [
        asked.ask_token(client.id, secret),
        asked.ask_token(client.id, secret, scope="finance:read offline_access"),
        asked.client.post(
            "/oauth/token",
            data={**grant, **asserted, "client_assertion": signed(key, claims(by_key.id))},
        ),
    ]
    token = str(answers[0].json()["access_token"])
    for told in (token, "x", ""):
        form = {"grant_type": "refresh_token", "refresh_token": told}
        answers.append(asked.client.post("/oauth/token", data=form, auth=(client.id, secret)))
    assert [one.status_code for one in answers] == [200, 400, 200, 400, 400, 400]
    assert answers[1].json()["error"] == "invalid_scope"
    assert {one.json()["error"] for one in answers[3:]} == {"unsupported_grant_type"}
    for one in answers:
        assert "refresh_token" not in one.json()
    assert answers[0].json().keys() == {"access_token", "token_type", "expires_in", "scope"}


def test_a_token_is_taken_back_by_its_own_client_alone(asked: Asked) -> None:
    (one, secret), (other, password) = asked.add(), asked.add()
    token = asked.token(one, secret)

    def opens() -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        return asked.client.get("/finance/v1/certificates", headers=headers).status_code == 200

    def revoke(told: str, *auth: str) -> int:
        return asked.client.post("/oauth/revoke", data={"token": told}, auth=auth).status_code

    assert revoke(token, other.id, password) == 200
    assert revoke("no.such.token", one.id, secret) == 200
    assert revoke(token, one.id, "wrong") == 401
    assert asked.client.post("/oauth/revoke", auth=(one.id, secret)).status_code == 400
    assert opens()
    assert revoke(token, one.id, secret) == 200
    assert revoke(token, one.id, secret) == 200
    assert not opens()
    # Another process learns it from the table.
    beside = Clients(asked.node.store, SystemClock())
    beside.find(one.id)
    assert len(beside._taken_back) >= 1


def test_keys_that_clients_may_have(asked: Asked) -> None:
    def pem(key: Any) -> bytes:
        return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    for key in (
        ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate(),
        rsa_key(),
    ):  # fmt: skip
        assert read_jwk(read_pem(pem(key)))
    for bad in (
        pem(ec.generate_private_key(ec.SECP384R1())), pem(rsa.generate_private_key(65537, 1024)),
        pem(ed448.Ed448PrivateKey.generate()), pem(x25519.X25519PrivateKey.generate()), b"", b"PEM",
    ):  # fmt: skip
        with pytest.raises(ClientKeyRefused):
            read_pem(bad)
    private = ECKey.generate_key("P-256").as_dict(private=True)
    for jwk in (
        private,
        {},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256", "x": "", "y": ""},
    ):
        with pytest.raises(ClientKeyRefused):
            read_jwk(jwk)


def test_the_register_on_both_databases(database_url: str) -> None:
    store = Store(database_url)
    store.migrate()
    clients = Clients(store, SystemClock())
    new = NewClient("erp", "99/O-A", "99/O-A", ("finance:read", "finance:read"))
    made, secret = clients.add(new)
    assert made.scopes == ("finance:read",)
    assert clients.all() == [made]
    assert clients.find(made.id) == made
    with store.read() as transaction:
        assert not any(secret in told for _, told in transaction.clients.all())
    with pytest.raises(ClientScopeUnknown):
        clients.add(NewClient("erp", "99/O-A", "99/O-A", ("finance:everything",)))
    with store.note() as transaction:
        transaction.clients.change(
            made.id, made.model_copy(update={"id": "C-0000000000000"}).model_dump_json()
        )
    with pytest.raises(ClientDamaged):
        clients.all()
    other, _ = clients.add(new)
    assert clients.find(other.id) == other
    assert clients.find(made.id) is None
    clients.remove(other.id)
    clients.remove(made.id)
    assert clients.find(made.id) is None
    with pytest.raises(ClientMissing):
        clients.remove(made.id)
    with pytest.raises(ClientMissing):
        clients.rotate(made.id, None, 0)
    store.close()


def test_names_count_once_in_all_processes_and_are_forgotten(database_url: str) -> None:
    store, beside = Store(database_url), Store(database_url)
    store.migrate()
    clock = SetClock(instant(1_800_000_000_000))
    one, two = Once(store, clock), Once(beside, clock)
    until = clock.now_ms() + 1000
    assert one.take("nonce", "300:a", "n", until)
    assert not two.take("nonce", "300:a", "n", until)
    assert two.take("nonce", "300:b", "n", until)
    assert two.take("assertion", "300:a", "n", until)
    with store.note() as transaction:
        rows = [("nonce", "x", until), ("nonce", "x", until), ("nonce", "w", until)]
        assert transaction.spent.take(rows) == [True, False, True]
        assert transaction.spent.names("nonce", until) == set()
        assert len(transaction.spent.names("nonce", until - 1)) == 4
    clock.set(instant(until + 60_000))
    assert two.take("nonce", "300:a", "n", until + 120_000)
    with store.read() as transaction:
        assert len(transaction.spent.names("nonce", 0)) == 1
    for each in (store, beside):
        each.close()


def test_of_many_at_once_one_is_the_first(database_url: str) -> None:
    """They are written together, and each learns whether it was the one."""
    store = Store(database_url)
    store.migrate()
    once = Once(store, SystemClock())
    until = SystemClock().now_ms() + 60_000
    with ThreadPoolExecutor(8) as threads:
        same = list(threads.map(lambda _: once.take("nonce", "a", "same", until), range(24)))
        each = list(threads.map(lambda n: once.take("nonce", "a", f"own-{n}", until), range(24)))
    assert (sum(same), sum(each)) == (1, 24)
    store.close()


def test_what_cannot_be_remembered_is_not_let_in(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'no-tables.sqlite'}")
    once = Once(store, SystemClock())

    def refused(number: int) -> bool:
        with pytest.raises(StoreUnusable):
            once.take("nonce", "a", f"n-{number}", 1)
        return True

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(refused, range(8)))
    store.close()
