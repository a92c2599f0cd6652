"""Access tokens: who gets one, what it opens, and every way in which one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import KeySet, OKPKey
from tests.app.machines.conftest import Asked, base_url, value
from tests.patience import patience_s

from tallystick.app.machines import scopes, tokens
from tallystick.app.machines.clients import Client
from tallystick.app.machines.errors import TokenRefused
from tallystick.app.readers import Readers
from tallystick.ledger import SetClock, SystemClock, instant

listed = "/finance/v1/certificates"


def get(asked: Asked, token: str, path: str = listed) -> tuple[int, str]:
    answer = asked.client.get(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code", "")


def part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def read(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_a_token_is_one_of_rfc_9068_and_its_key_is_published(asked: Asked) -> None:
    client, secret = asked.add("finance:read", "identity:read")
    answer = asked.ask_token(client.id, secret)
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert (told["token_type"], told["expires_in"]) == ("Bearer", 600)
    assert told["scope"] == "finance:read identity:read"
    published = asked.client.get("/oauth/jwks.json").json()
    assert not any("d" in key for key in published["keys"])
    opened = jws.deserialize_compact(
        told["access_token"], KeySet.import_key_set(published), algorithms=["Ed25519"]
    )
    assert opened.headers()["typ"] == "at+jwt"
    claims = json.loads(opened.payload)
    assert claims["iss"] == claims["aud"] == base_url
    assert claims["sub"] == claims["client_id"] == client.id
    assert claims["exp"] - claims["iat"] == 600
    assert get(asked, told["access_token"]) == (200, "")


def test_metadata_leads_to_what_is_there(asked: Asked) -> None:
    told = asked.client.get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == base_url
    assert asked.client.get(told["jwks_uri"]).status_code == 200
    assert set(told["scopes_supported"]) == set(scopes.scopes)
    client, secret = asked.add("finance:read")
    form = {"grant_type": "client_credentials"}
    answer = asked.client.post(told["token_endpoint"], data=form, auth=(client.id, secret))
    token = answer.json()["access_token"]
    taken = asked.client.post(
        told["revocation_endpoint"], data={"token": token}, auth=(client.id, secret)
    )
    assert taken.status_code == 200
    assert get(asked, token) == (401, "access-token-taken-back")


def test_a_token_reads_and_writes_within_its_scopes(asked: Asked) -> None:
    client, secret = asked.add("identity:read", "identity:write", "finance:read")
    path = asked.fresh()
    reads = {"Authorization": f"Bearer {asked.token(client, secret, scope='identity:read')}"}
    writes = {"Authorization": f"Bearer {asked.token(client, secret)}"}
    size = asked.size()
    refused = asked.client.put(path, json=value, headers=reads)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")
    assert (
        'error="insufficient_scope", scope="identity:write"' in refused.headers["www-authenticate"]
    )
    assert asked.size() == size
    assert asked.client.get(path, headers=reads).status_code == 404
    assert asked.client.put(path, json=value, headers=writes).status_code == 201
    with asked.node.reader.open() as snapshot:
        authors = {snapshot.row(index).author for index in range(size, snapshot.size())}
    assert asked.organisation in authors
    assert asked.client.get(path, headers=reads).status_code == 200
    row = {"key": "a", "handle": path.removeprefix("/api/handles/") + "-X", "values": []}
    for headers, status in ((reads, 403), (writes, 200)):
        bulk = asked.client.post("/v1/handles", content=json.dumps(row) + "\n", headers=headers)
        assert bulk.status_code == status
    assert asked.client.delete(path, headers=reads).status_code == 403
    assert get(asked, reads["Authorization"][7:]) == (403, "insufficient-scope")
    # A page shows all parts, and so asks for all of them.
    assert asked.client.get("/", headers=reads).status_code == 403
    assert get(asked, reads["Authorization"][7:], "/healthz") == (200, "")


def test_private_values_are_read_by_the_organisation_alone(asked: Asked) -> None:
    path = asked.fresh()
    private = [{"index": 1, "type": "NAME", "data": "privatecanary", "permissions": "1100"}]
    owner, other = asked.add(), asked.add(organisation=asked.other, author=asked.other)
    bearer = [{"Authorization": f"Bearer {asked.token(*one)}"} for one in (owner, other)]
    assert asked.client.put(path, json=private, headers=bearer[0]).status_code == 201
    seen = ["privatecanary" in asked.client.get(path, headers=h).text for h in (*bearer, {})]
    assert seen == [True, False, False]
    # Of somebody else's handle: refused as to any who administers it not.
    assert asked.client.put(path, json=value, headers=bearer[1]).status_code == 403
    # A stranger's token and no token are told the same of what is there and of what is not.
    for asked_for in (path, "/api/handles/99.7/NOWHERE"):
        told = [asked.client.get(asked_for, headers=h) for h in (bearer[1], {})]
        assert told[0].status_code == told[1].status_code
        assert told[0].content == told[1].content


def test_no_key_held_no_writing(asked: Asked) -> None:
    service = asked.device("NOKEY", "service")
    client, secret = asked.add(author=service)
    headers = {"Authorization": f"Bearer {asked.token(client, secret)}"}
    size = asked.size()
    answer = asked.client.put(asked.fresh(), json=value, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "no-held-key")
    assert asked.size() == size


def test_tokens_of_the_operator_still_open_what_they_opened(asked: Asked) -> None:
    token = Readers(asked.node.settings.folder).add("mirror", asked.organisation)
    assert get(asked, token) == (200, "")
    assert get(asked, token + "x") == (401, "token-unknown")


def forged(asked: Asked, client: Client, secret: str) -> dict[str, str]:
    """Every wrong token, by what is wrong with it."""
    good = asked.token(client, secret)
    header, claims = read(good, 0), read(good, 1)
    stranger = OKPKey.generate_key("Ed25519")
    ours = asked.door.tokens.keys.current()

    def made(key: Any = ours.key, head: dict[str, Any] = {}, **more: Any) -> str:  # noqa: B006
        told = {name: v for name, v in {**claims, **more}.items() if v is not None}
        full = {**header, **head}
        return jws.serialize_compact(full, json.dumps(told), key, ["Ed25519"])

    first, body, signature = good.split(".")
    public = json.dumps(ours.public).encode()
    confused = part({**header, "alg": "HS256"})
    mac = hmac.new(public, f"{confused}.{body}".encode(), hashlib.sha256).digest()
    flipped = ("B" if signature[10] == "A" else "A").join((signature[:10], signature[11:]))
    return {
        "alg none": f"{part({**header, 'alg': 'none'})}.{body}.",
        "alg none, signed": f"{part({**header, 'alg': 'None'})}.{body}.{signature}",
        "HMAC by the public key": f"{confused}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}",
        "a stranger's key": made(stranger),
        "kid of another": made(stranger, {"kid": "0" * 16}),
        "kid as a path": made(head={"kid": "../../../etc/passwd"}),
        "kid as SQL": made(head={"kid": "' OR 1=1 --"}),
        "typ of an identity token": made(head={"typ": "JWT"}),
        "no typ": f"{part({'alg': 'Ed25519', 'kid': ours.id})}.{body}.{signature}",
        "other claims": f"{first}.{part({**claims, 'scope': 'finance:write'})}.{signature}",
        "flipped bit": f"{first}.{body}.{flipped}",
        "no signature": f"{first}.{body}.",
        "four parts": f"{good}.x",
        "too long": f"{first}.{body}.{'A' * 5000}",
        "other issuer": made(iss="https://other.example"),
        "other audience": made(aud="https://other.example"),
        "two audiences": made(aud=[base_url, "https://other.example"]),
        "no audience": made(aud=None),
        "no expiry": made(exp=None),
        "expiry as text": made(exp="9999999999"),
        "for ever": made(exp=claims["iat"] + 10**8),
        "of somebody": made(sub="99/P-SOMEBODY"),
        "no id": made(jti=None),
        "scope as list": made(scope=["finance:read"]),
        "key in the header": f"{part({**header, 'jwk': ours.public})}.{body}.{signature}",
        "critical": f"{part({**header, 'crit': ['exp']})}.{body}.{signature}",
        "two algs": base64.urlsafe_b64encode(b'{"alg":"none","alg":"Ed25519","typ":"at+jwt"}').decode().rstrip("=")
        + f".{body}.{signature}",
    }  # fmt: skip


def test_wrong_tokens_are_refused_by_name_and_change_nothing(asked: Asked) -> None:
    client, secret = asked.add()
    size = asked.size()
    for name, token in forged(asked, client, secret).items():
        assert get(asked, token) == (401, "access-token-refused"), name
        answer = asked.client.put(
            asked.fresh(), json=value, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"'), name
    assert asked.size() == size
    unknown = {**read(asked.token(client, secret), 1), "client_id": "C-0000000000000"}
    ours = asked.door.tokens.keys.current()
    head = {"alg": "Ed25519", "typ": "at+jwt", "kid": ours.id}
    made = jws.serialize_compact(
        head, json.dumps({**unknown, "sub": unknown["client_id"]}), ours.key, ["Ed25519"]
    )
    assert get(asked, made) == (401, "access-token-taken-back")


@given(st.binary(max_size=80), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_noise_is_no_token(asked: Asked, data: bytes, text: str) -> None:
    noise = base64.urlsafe_b64encode(data).decode().rstrip("=")
    for token in (f"{noise}.{noise}.{noise}", f"{noise}.{text}.{noise}", text):
        with pytest.raises(TokenRefused):
            asked.door.tokens.read(token)


def test_times_at_the_edge(asked: Asked) -> None:
    client, secret = asked.add()
    token = asked.token(client, secret)
    iat, exp = read(token, 1)["iat"], read(token, 1)["exp"]
    kept = asked.door.tokens
    for ms, code in (
        (exp * 1000 - 1, ""), (exp * 1000, "access-token-expired"),
        (iat * 1000 - 5000, ""), (iat * 1000 - 5001, "access-token-early"),
    ):  # fmt: skip
        then = tokens.Tokens(
            kept.issuer, kept.keys, kept.clients, kept.authors, SetClock(instant(ms)), 600
        )
        if code:
            with pytest.raises(TokenRefused) as refused:
                then.principal(token)
            assert refused.value.code == code
        else:
            assert then.principal(token).organisation == asked.organisation


def test_headers_that_are_smuggled_are_ambiguous(asked: Asked) -> None:
    client, secret = asked.add()
    token = asked.token(client, secret)
    basic = base64.b64encode(b"301%3A99.7/X:secret").decode()
    for headers in (
        [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")],
        [("Authorization", f"Bearer {token}"), ("authorization", f"Basic {basic}")],
        [("Authorization", f"Basic {basic}"), ("Authorization", "")],
        [("Authorization", f"Bearer {token}, Basic {basic}")],
        [("Authorization", f"Bearer {token} {token}")],
        [("Authorization", f"Basic {basic}"), ("Signature", "a=:AAAA:")],
    ):
        answer = asked.client.get(listed, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "credentials-ambiguous")


def test_tokens_in_the_clear_are_refused(
    asked: Asked, elsewhere: Callable[[str], TestClient]
) -> None:
    client, secret = asked.add()
    headers = {"Authorization": f"Bearer {asked.token(client, secret)}"}
    clear, safe = elsewhere("http://node.example"), elsewhere("https://node.example")
    assert clear.get(listed, headers=headers).json()["code"] == "not-in-the-clear"
    assert safe.get(listed, headers=headers).status_code == 200
    form = {"grant_type": "client_credentials"}
    told = clear.post("/oauth/token", data=form, auth=(client.id, secret))
    assert (told.status_code, told.json()["code"]) == (403, "not-in-the-clear")


def test_taking_a_client_away_ends_its_tokens_without_a_restart(asked: Asked) -> None:
    """Another process does it: this one looks at the table again after a second at most."""
    client, secret = asked.add()
    token = asked.token(client, secret)
    running = asked.door.tokens.clients
    asked.clients.remove(client.id)
    assert running.now_ns() - (running._read_ns or 0) < 10**9 or running.find(client.id) is None
    end = time.monotonic() + patience_s
    while get(asked, token)[0] == 200 and time.monotonic() < end:
        time.sleep(0.02)
    assert get(asked, token) == (401, "access-token-taken-back")
    assert asked.ask_token(client.id, secret).json()["error"] == "invalid_client"


def test_secrets_are_replaced_with_overlap_or_at_once(asked: Asked) -> None:
    client, first = asked.add()
    running = asked.door.tokens.clients
    token = asked.token(client, first)
    second = asked.clients.rotate(client.id, None, 60_000)
    running.forget()
    assert asked.ask_token(client.id, first).status_code == 200
    assert asked.ask_token(client.id, second).status_code == 200
    assert get(asked, token)[0] == 200
    old = running.find(client.id)
    assert old is not None
    assert len(old.valid(SystemClock().now_ms() + 60_001)) == 1
    third = asked.clients.rotate(client.id, None, 0)
    running.forget()
    statuses = [asked.ask_token(client.id, one).status_code for one in (first, second, third)]
    assert statuses == [401, 401, 200]
    assert get(asked, token) == (401, "access-token-taken-back")


def test_the_token_key_is_replaced_with_overlap(asked: Asked) -> None:
    client, secret = asked.add()
    before = asked.token(client, secret)
    keys = asked.door.tokens.keys
    fresh = keys.rotate()
    after = asked.token(client, secret)
    assert read(after, 0)["kid"] == fresh != read(before, 0)["kid"]
    assert get(asked, before) == get(asked, after) == (200, "")
    assert len(asked.client.get("/oauth/jwks.json").json()["keys"]) == 2
    late = SystemClock().now_ms() + 606_000
    from tallystick.app.machines.token_keys import TokenKeys

    then = TokenKeys(asked.node.settings.folder, SetClock(instant(late)), 600_000)
    assert [*then.believed()] == [fresh]
    keys.rotate(at_once=True)
    assert get(asked, before) == get(asked, after) == (401, "access-token-refused")
