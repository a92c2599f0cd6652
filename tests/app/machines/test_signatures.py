"""Signed requests: what is let in, and every way in which one is refused with nothing stored."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from http_message_signatures import ContentDigest, HTTPMessageSigner
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.app.machines.conftest import Asked, base_url, value

from tallystick.app.machines.signatures import clock_skew_s, lasts_s_max
from tallystick.app.machines.signing import RequestSigner, _Key, _Resolver, covered
from tallystick.identity import RevokeKey
from tallystick.ledger import SigningKey, SystemClock

listed = "/finance/v1/certificates"


class _LeftAlone(ContentDigest):
    @classmethod
    def prepare(cls, headers: Any, body: bytes | None, *, use_existing_digest: bool) -> None:
        """A digest that nobody should make."""


class _AsItIs(HTTPMessageSigner):
    content_digest_class = _LeftAlone


@dataclass
class Signed:
    """A request, and how it is signed; what a test changes is wrong with it."""

    key: SigningKey
    method: str = "GET"
    path: str = listed
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    components: tuple[str, ...] = covered
    created: int = 0
    lasts: int = 60
    keyid: str = ""
    nonce: str | None = "n" * 20
    tag: str | None = "tallystick"
    alg: str = ""
    before: Callable[[httpx.Request], None] = lambda _request: None
    after: Callable[[httpx.Request], None] = lambda _request: None

    def send(self, client: TestClient) -> tuple[int, str]:
        answer = self.answer(client)
        told = answer.json()
        return answer.status_code, told.get("code", "") if isinstance(told, dict) else ""

    def answer(self, client: TestClient) -> httpx.Response:
        return client.send(self.request(client))

    def request(self, client: TestClient) -> httpx.Request:
        request = client.build_request(
            self.method, self.path, content=self.body, headers=dict(self.headers)
        )
        now = SystemClock().now_ms() // 1000 + self.created
        signing = _Key if not self.alg else type("Named", (_Key,), {"algorithm_id": self.alg})
        self.before(request)
        makes = HTTPMessageSigner if "no-digest" not in self.headers else _AsItIs
        signer = makes(signature_algorithm=signing, key_resolver=_Resolver(self.key.private))
        signer.sign(
            request, key_id=self.keyid or self.key.keyid, nonce=self.nonce, tag=self.tag, label="node",
            created=datetime.datetime.fromtimestamp(now, datetime.UTC),
            expires=datetime.datetime.fromtimestamp(now + self.lasts, datetime.UTC) if self.lasts else None,
            include_alg=bool(self.alg), covered_component_ids=self.components,
            body=None if self.body is None or "no-digest" in self.headers else self.body,
        )  # fmt: skip
        self.after(request)
        return request


_count = iter(range(10**6))


def nonce() -> str:
    return f"nonce-{next(_count):020}"


@pytest.fixture(scope="module")
def key(asked: Asked) -> SigningKey:
    return asked.key(asked.organisation)


def test_a_signed_request_reads_and_writes_for_its_organisation(
    asked: Asked, key: SigningKey
) -> None:
    auth = RequestSigner(key)
    path = asked.fresh()
    private = [{**value[0], "data": "signedcanary", "permissions": "1100"}]
    made = asked.client.put(path, json=private, auth=auth)
    assert made.status_code == 201, made.text
    told = asked.client.get(path, auth=auth)
    assert "signedcanary" in told.text
    assert "ratelimit" in told.headers
    assert "signedcanary" not in asked.client.get(path).text
    assert asked.client.get(f"{path}?type=NAME&index=1", auth=auth).status_code == 200
    assert asked.client.get(path.replace("SN", "%53N"), auth=auth).status_code == 200
    assert asked.client.delete(path, auth=auth).status_code == 200


@pytest.fixture(scope="module")
def p256(asked: Asked) -> SigningKey:
    """Of a service, which has no key of another suite beside it."""
    return asked.key(asked.device("P256", "service"), suite="ecdsa-p256-sha256")


def test_both_suites_sign_requests(asked: Asked, p256: SigningKey) -> None:
    assert Signed(p256, nonce=nonce()).send(asked.client) == (200, "")
    named = Signed(p256, alg="ecdsa-p256-sha256", nonce=nonce())
    assert named.send(asked.client) == (200, "")
    confused = Signed(p256, alg="ed25519", nonce=nonce())
    assert confused.send(asked.client) == (401, "signature-algorithm-refused")


def test_the_other_components_that_name_the_address_will_do(asked: Asked, key: SigningKey) -> None:
    parts = ("@method", "@authority", "@path", "@query")
    assert Signed(key, components=parts, nonce=nonce()).send(asked.client) == (200, "")
    asked_more = Signed(key, path=f"{listed}?language=en", components=parts, nonce=nonce())
    assert asked_more.send(asked.client) == (200, "")
    for number in range(len(parts)):
        fewer = parts[:number] + parts[number + 1 :]
        sent = Signed(key, components=fewer, nonce=nonce()).send(asked.client)
        assert sent == (401, "signature-incomplete"), fewer


def test_high_s_is_taken_as_rfc_9421_leaves_it_open(asked: Asked, p256: SigningKey) -> None:
    """Other libraries sign so; the nonce is spent all the same."""
    order = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)

    def turn(request: httpx.Request) -> None:
        told = base64.b64decode(request.headers["signature"].split(":")[1])
        high = order - int.from_bytes(told[32:], "big")
        made = base64.b64encode(told[:32] + high.to_bytes(32, "big")).decode()
        request.headers["signature"] = f"node=:{made}:"

    one = Signed(p256, nonce=nonce(), after=turn)
    assert one.send(asked.client) == (200, "")
    one.after = lambda _request: None
    assert one.send(asked.client) == (401, "signature-replayed")


def _set(name: str, made: str) -> Callable[[httpx.Request], None]:
    return lambda request: request.headers.__setitem__(name, made)


def _edit(name: str, old: str, new: str) -> Callable[[httpx.Request], None]:
    def change(request: httpx.Request) -> None:
        assert old in request.headers[name]
        request.headers[name] = request.headers[name].replace(old, new)

    return change


def _swapped(body: bytes) -> Callable[[httpx.Request], None]:
    """The body on its way is another one."""

    def change(request: httpx.Request) -> None:
        request._content, request.stream = body, httpx.ByteStream(body)

    return change


def _twice(request: httpx.Request) -> None:
    for name in ("signature", "signature-input"):
        request.headers[name] += ", " + request.headers[name].replace("node=", "second=")


wrong: dict[str, tuple[dict[str, Any], tuple[int, str]]] = {
    "method": ({"after": lambda r: setattr(r, "method", "HEAD")}, (401, "")),
    "path": ({"after": lambda r: setattr(r, "url", r.url.copy_with(path="/finance/v1/orders"))}, (401, "signature-wrong")),
    "query": ({"after": lambda r: setattr(r, "url", r.url.copy_with(query=b"a=b"))}, (401, "signature-wrong")),
    "host": ({"after": _set("host", "127.0.0.1:81")}, (401, "signature-for-another-node")),
    "later nonce": ({"after": _edit("signature-input", 'nonce="', 'nonce="1')}, (401, "signature-wrong")),
    "longer": ({"after": _edit("signature-input", ";keyid", ";alg=\"ed25519\";keyid")}, (401, "signature-wrong")),
    "no method": ({"components": ("@target-uri",)}, (401, "signature-incomplete")),
    "no address": ({"components": ("@method",)}, (401, "signature-incomplete")),
    "part of the address": ({"components": ("@method", "@path")}, (401, "signature-incomplete")),
    "address of a request": ({"components": ("@method", "@request-target")}, (401, "signature-incomplete")),
    "no tag": ({"tag": None}, (401, "signature-incomplete")),
    "other tag": ({"tag": "other-app"}, (401, "signature-incomplete")),
    "no nonce": ({"nonce": None}, (401, "signature-incomplete")),
    "short nonce": ({"nonce": "n" * 15}, (401, "signature-incomplete")),
    "long nonce": ({"nonce": "n" * 129}, (401, "signature-incomplete")),
    "no expiry": ({"lasts": 0}, (401, "signature-incomplete")),
    "too long": ({"lasts": lasts_s_max + 1}, (401, "signature-expired")),
    "expired": ({"created": -61 - clock_skew_s}, (401, "signature-expired")),
    "early": ({"created": clock_skew_s + 5}, (401, "signature-early")),
    "key of nobody": ({"keyid": "301:99.7/NOBODY"}, (401, "signature-key-unknown")),
    "key without index": ({"keyid": "99.7/NOBODY"}, (401, "signature-key-unknown")),
    "key in other letters": ({"keyid": "0301:99.7/X"}, (401, "signature-key-unknown")),
    "other algorithm": ({"alg": "ecdsa-p256-sha256"}, (401, "signature-algorithm-refused")),
    "MAC": ({"alg": "hmac-sha256"}, (401, "signature-algorithm-refused")),
    "RSA": ({"alg": "rsa-v1_5-sha256"}, (401, "signature-algorithm-refused")),
    "two signatures": ({"after": _twice}, (400, "signatures-many")),
    "label twice": ({"after": lambda r: r.headers.__setitem__("signature", r.headers["signature"] + ", " + r.headers["signature"])}, (400, "signatures-many")),
    "no input": ({"after": lambda r: r.headers.__delitem__("signature-input")}, (400, "signature-malformed")),
    "no signature": ({"after": lambda r: r.headers.__delitem__("signature")}, (400, "signature-malformed")),
    "other labels": ({"after": _edit("signature", "node=", "other=")}, (400, "signature-malformed")),
    "noise": ({"after": _set("signature-input", "=;=")}, (400, "signature-malformed")),
    "letters": ({"after": _set("signature", "node=abc")}, (401, "signature-wrong")),
    "short signature": ({"after": _set("signature", "node=:AAAA:")}, (401, "signature-wrong")),
    "unknown parameter": ({"after": _edit("signature-input", ";keyid", ";more=1;keyid")}, (400, "signature-malformed")),
    "created as text": ({"after": _edit("signature-input", "created=", "created=\"1\";x=")}, (400, "signature-malformed")),
    "huge": ({"after": _set("signature-input", "node=(" + '"a" ' * 3000 + ")")}, (400, "signature-malformed")),
    "token uncovered": ({"after": _set("authorization", "Bearer a.b.c")}, (401, "")),
    "password beside": ({"after": _set("authorization", "Basic eDp5")}, (400, "credentials-ambiguous")),
    "digest of nothing, uncovered": ({"after": _set("content-digest", "sha-256=:AAAA:")}, (401, "signature-incomplete")),
}  # fmt: skip


def test_whatever_is_wrong_is_named_and_stores_nothing(asked: Asked, key: SigningKey) -> None:
    size, spent = asked.size(), _spent(asked)
    for name, (changed, (status, code)) in wrong.items():
        sent = Signed(key, **{"nonce": nonce(), **changed})
        answer = sent.answer(asked.client)
        said = answer.json().get("code") if answer.content else ""
        assert (answer.status_code, said if code else "") == (status, code), (name, answer.text)
        assert answer.status_code != 401 or answer.headers.get("www-authenticate"), name
    assert (asked.size(), _spent(asked)) == (size, spent)
    assert Signed(key, nonce=nonce()).send(asked.client) == (200, "")


def _spent(asked: Asked) -> int:
    with asked.node.store.read() as transaction:
        return len(transaction.spent.names("nonce", 0))


def test_a_body_is_covered_by_its_digest(asked: Asked, key: SigningKey) -> None:
    body, other = json.dumps(value).encode(), json.dumps([{**value[0], "data": "y"}]).encode()
    size = asked.size()
    base: dict[str, Any] = {"method": "PUT", "path": asked.fresh(), "body": body}

    swap = _swapped(other)

    both = (*covered, "content-digest")
    weak = {"content-digest": "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:", "no-digest": "1"}
    for changed, expected in (
        ({"after": swap}, (400, "content-digest-wrong")),
        ({"headers": {"no-digest": "1"}}, (401, "signature-incomplete")),
        ({"headers": weak, "components": both}, (400, "content-digest-wrong")),
        ({"headers": {**weak, "content-digest": "x"}, "components": both}, (400, "content-digest-wrong")),
        ({"after": _set("content-digest", "sha-256=:AAAA:")}, (401, "signature-wrong")),
    ):  # fmt: skip
        assert Signed(key, nonce=nonce(), **base, **changed).send(asked.client) == expected
    assert asked.size() == size
    once = Signed(key, nonce=nonce(), **base)
    assert once.send(asked.client)[0] == 201
    size = asked.size()
    assert once.send(asked.client) == (401, "signature-replayed")
    assert asked.size() == size
    # A body where none was signed.
    sneaked = Signed(key, nonce=nonce(), after=swap)
    assert sneaked.send(asked.client)[0] in (400, 401)


def test_the_same_request_many_times_at_once_is_done_once(asked: Asked, key: SigningKey) -> None:
    request = Signed(key, nonce=nonce()).request(asked.client)
    request.read()
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: asked.client.send(request).status_code, range(12)))
    assert sorted(statuses) == [200] + [401] * 11


def test_a_refused_request_spends_no_nonce_of_the_right_one(asked: Asked, key: SigningKey) -> None:
    body = json.dumps(value).encode()
    right = Signed(key, "PUT", asked.fresh(), body, nonce=nonce())
    right.after = _swapped(b"[]")
    assert right.send(asked.client)[0] == 400
    right.after = lambda _request: None
    assert right.send(asked.client)[0] == 201


def test_only_keys_of_organisations_and_services_sign_requests(asked: Asked) -> None:
    scanner, service = asked.device("SCAN", "scanner"), asked.device("SERV", "service")
    by_scanner, by_service = asked.key(scanner), asked.key(service, types=("identity.*",))
    assert Signed(by_scanner, nonce=nonce()).send(asked.client) == (401, "signature-key-unknown")
    # A key speaks for the parts whose entries it may sign.
    assert Signed(by_service, nonce=nonce()).send(asked.client) == (403, "insufficient-scope")
    path = asked.fresh()
    missing = Signed(by_service, path=path, nonce=nonce()).answer(asked.client)
    assert (missing.status_code, missing.json()["responseCode"]) == (404, 100)
    body = json.dumps(value).encode()
    written = Signed(by_service, "PUT", path, body, nonce=nonce()).send(asked.client)
    assert written == (403, "no-held-key")
    root = asked.key("99/O-ROOT000000000", index=340)
    assert Signed(root, nonce=nonce()).send(asked.client) == (200, "")


def test_a_revoked_key_signs_no_longer_and_not_before_it_is_registered(asked: Asked) -> None:
    key = asked.key(asked.organisation, index=350)
    assert Signed(key, nonce=nonce()).send(asked.client) == (200, "")
    asked.say(
        "99/O-ROOT000000000", "identity.key.revoke/1", RevokeKey(key=key.keyid, reason="lost")
    )
    assert Signed(key, nonce=nonce()).send(asked.client) == (401, "signature-key-unknown")
    later = SigningKey(f"351:{asked.organisation}", key.private)
    assert Signed(later, nonce=nonce()).send(asked.client) == (401, "signature-key-unknown")


def test_a_token_beside_a_signature_narrows_it(asked: Asked, key: SigningKey) -> None:
    narrow, other = (
        asked.add("finance:read"),
        asked.add(organisation=asked.other, author=asked.other),
    )
    both = (*covered, "authorization")

    def sent(token: str, path: str = listed, components: tuple[str, ...] = both) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        one = Signed(key, path=path, headers=headers, components=components, nonce=nonce())
        return one.send(asked.client)

    assert sent(asked.token(*narrow)) == (200, "")
    assert sent(asked.token(*narrow), "/v1/erasures") == (403, "insufficient-scope")
    assert sent(asked.token(*narrow), components=covered) == (401, "signature-incomplete")
    assert sent(asked.token(*other)) == (400, "credentials-ambiguous")
    assert sent("a.b.c") == (401, "access-token-refused")


def test_requests_for_the_base_address_are_taken_behind_a_proxy(
    asked: Asked, key: SigningKey, elsewhere: Callable[[str], TestClient]
) -> None:
    here, there = elsewhere(base_url), elsewhere("https://node.example")
    assert Signed(key, nonce=nonce()).send(here) == (200, "")
    sent = Signed(key, nonce=nonce(), after=_set("host", "127.0.0.1")).send(there)
    assert sent in ((401, "signature-wrong"), (401, "signature-for-another-node"))


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_noise_in_both_headers_is_named(asked: Asked, told: str, sent: str) -> None:
    headers = [("Signature-Input", told.encode()), ("Signature", sent.encode())]
    answer = asked.client.get(listed, headers=[(n.encode(), v) for n, v in headers])
    assert answer.status_code in (400, 401)
    assert answer.json()["code"].startswith("signature")
