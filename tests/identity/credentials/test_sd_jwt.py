"""The format against the IETF's reference implementation (sd-jwt), and every way to break it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier
from tests.ledger.world import Seeded, key

from tallystick.identity.credentials.disclosures import Disclosure, Members, hide, reveal
from tallystick.identity.credentials.jws import Jws, base64_of, sign
from tallystick.identity.credentials.sdjwt import (
    Asked,
    Credential,
    issue,
    present,
    require_bound,
)
from tallystick.ledger import P256, PrivateKey, SigningKey, TallystickError, canonical

holder = key("300:99.100/O-HOLDER0000000", P256)
issuer = key("300:99.100/O-ISSUER0000000", P256)
now_ms = 1_767_574_800_000
fields = {"number": "Q-1", "scope": "锂电池 cells", "sites": ["Ningde", "Liyang"]}


def jwk(signing: SigningKey) -> JWK:
    return JWK.from_pem(signing.private.pem())


def made(signing: SigningKey = issuer, bound: SigningKey = holder) -> Credential:
    cnf = {"jwk": bound.private.public.jwk(), "kid": bound.keyid}
    claims = {"iss": "99.100/O-ISSUER0000000", "vct": "urn:test", "cnf": cnf}
    return issue(hide(claims, fields, Seeded()), signing)


def presented(chosen: tuple[str, ...] = ("number",), **more: Any) -> Credential:
    told = {"audience": "buyer", "nonce": "n", "now_ms": now_ms, **more}
    return present(made(), chosen, holder, **told)


def test_the_reference_implementation_verifies_what_we_present() -> None:
    text = presented(("scope", "sites")).text()
    verifier = SDJWTVerifier(text, lambda _iss, _header: jwk(issuer), "buyer", "n")
    told = verifier.get_verified_payload()
    assert {name: told.get(name) for name in fields} == {**fields, "number": None}
    with pytest.raises(ValueError, match="audience"):
        SDJWTVerifier(text, lambda _iss, _header: jwk(issuer), "another", "n")


def test_we_verify_what_the_reference_implementation_issues_and_presents() -> None:
    claims = {
        "iss": "99.100/O-ISSUER0000000", "vct": "urn:test",
        SDObj("number"): "Q-2", SDObj("scope"): "cells",
        "substances": [SDObj({"cas": "7439-92-1"}), SDObj({"cas": "117-81-7"})],
        "nested": {SDObj("inner"): {SDObj("deep"): 7}, "open": True},
    }  # fmt: skip
    theirs = SDJWTIssuer(
        claims, jwk(issuer), jwk(holder), sign_alg="ES256",
        extra_header_parameters={"typ": "dc+sd-jwt", "kid": issuer.keyid},
    )  # fmt: skip
    wallet = SDJWTHolder(theirs.sd_jwt_issuance)
    chosen = {"number": True, "substances": [True, False], "nested": {"inner": {"deep": True}}}
    wallet.create_presentation(chosen, "n", "buyer", jwk(holder), "ES256")
    found = Credential.parse(wallet.sd_jwt_presentation)
    found.jwt.verify(issuer.private.public)
    shown = found.revealed()
    assert shown.claims["number"] == "Q-2"
    assert "scope" not in shown.claims
    assert shown.claims["substances"] == [{"cas": "7439-92-1"}]
    assert shown.claims["nested"] == {"inner": {"deep": 7}, "open": True}
    assert shown.hidden == 2
    assert found.binding is not None
    found.binding.verify(holder.private.public)


names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)
scalars = st.one_of(st.text(max_size=20), st.integers(0, 10**6), st.booleans())
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(names, values, min_size=1, max_size=6), st.data())
def test_any_choice_shows_itself_alone(told: dict[str, Any], data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(told))))
    hidden = hide({"vct": "urn:test"}, told, Seeded())
    texts = [one.text for one in hidden.disclosures if one.name in chosen]
    found = reveal(hidden.payload, data.draw(st.permutations(texts)))
    assert found.claims == {"vct": "urn:test", **{name: told[name] for name in chosen}}
    assert found.hidden == len(told) - len(chosen)
    signed = canonical.encode(hidden.payload)
    for name in told.keys() - chosen:
        assert f'"{name}":'.encode() not in signed


def test_equal_fields_have_unequal_digests() -> None:
    two = [hide({}, {"number": "Q-1"}, Seeded(seed)).payload["_sd"] for seed in ("a", "b")]
    assert two[0] != two[1]
    assert all(len(base64_of(b"x" * 32)) == len(digest) for sd in two for digest in sd)


def members(payload: dict[str, Any]) -> list[str]:
    return [Disclosure.of("", value, Seeded(str(value))).text for value in payload["s"]]


number = Disclosure.of("number", "Q-1", Seeded())
member = Disclosure.of("", "Q-1", Seeded())
forged: list[tuple[str, Mapping[str, Any], list[str]]] = [
    ("not signed", {"_sd": []}, [number.text]),
    ("stands twice", {"_sd": [number.digest, number.digest]}, [number.text]),
    ("stands twice", {"_sd": [number.digest]}, [number.text, number.text]),
    ("stands there already", {"_sd": [number.digest], "number": 1}, [number.text]),
    ("stands there already", {"_sd": [member.digest]}, [member.text]),
    ("no member", {"s": [{"...": number.digest}]}, [number.text]),
    ("nothing else", {"s": [{"...": member.digest, "x": 1}]}, [member.text]),
    ("reserved", {"...": member.digest}, [member.text]),
    ("reserved", {"inner": {"_sd_alg": "sha-256"}}, []),
    ("SHA-256", {"_sd_alg": "sha-512"}, []),
    ("list of digests", {"_sd": number.digest}, [number.text]),
    ("is none", {"_sd": [7]}, []),
    *(
        ("salt, name", {"_sd": []}, [base64_of(canonical.encode(["salt", name, 1]))])
        for name in ("_sd", "...", "_sd_alg", "iss", "exp", "cnf", "vct", "status", "nbf")
    ),
    ("salt, name", {}, [base64_of(b'{"salt":1}')]),
    ("salt, name", {}, [base64_of(b'["a","b","c","d"]')]),
]


@pytest.mark.parametrize(("said", "payload", "texts"), forged)
def test_what_is_forged_is_refused(said: str, payload: Mapping[str, Any], texts: list[str]) -> None:
    with pytest.raises(TallystickError, match=said) as caught:
        reveal(payload, texts)
    assert caught.value.code == "credential-disclosure-refused"


def test_depth_is_bounded() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    with pytest.raises(TallystickError, match="nested deeper"):
        reveal({"s": deep}, [])


def header(**more: Any) -> str:
    jwt = made().jwt
    told = {**jwt.header, **more}
    kept = {name: value for name, value in told.items() if value is not None}
    _, payload, signature = jwt.compact.split(".")
    return f"{base64_of(json.dumps(kept).encode())}.{payload}.{signature}~"


two_types = b'{"alg":"ES256","typ":"dc+sd-jwt","typ":"dc+sd-jwt"}'
malformed: list[str] = [
    "", "~", "a.b.c~", "a.b~", made().jwt.compact, made().jwt.compact + "~~",
    made().jwt.compact + "~x~kb", header(alg="none"), header(alg="HS256"), header(typ="JWT"),
    header(alg="ES256K"), header(crit=["exp"]), header(typ=None), "~" * 3000,
    made().text().replace(".", "=.", 1), made().text()[:-1] + "\x00~",
    f"{base64_of(b'[]')}.{base64_of(b'{}')}.{base64_of(b'x')}~",
    base64_of(two_types) + ".e30.eA~",
]  # fmt: skip


@pytest.mark.parametrize("text", malformed)
def test_what_is_no_credential(text: str) -> None:
    with pytest.raises(TallystickError) as caught:
        Credential.parse(text).revealed()
    assert caught.value.code in ("credential-malformed", "credential-disclosure-refused")


def test_the_key_says_the_algorithm_and_never_the_header() -> None:
    """A key of the other suite verifies nothing, and neither does a stranger's."""
    jwt = made().jwt
    for other in (key(issuer.keyid), key("300:99.100/O-OTHER00000000", P256)):
        with pytest.raises(TallystickError) as caught:
            jwt.verify(other.private.public)
        assert caught.value.code == "credential-signature-fails"
    jwt.verify(issuer.private.public)
    Jws.parse(sign({"typ": "x"}, {}, PrivateKey.generate()), "x")


def unsigned(found: Credential) -> Credential:
    return replace(found, binding=None)


def of_another_presentation(found: Credential) -> Credential:
    return replace(found, binding=presented(("scope",)).binding)


def by_the_issuer(found: Credential) -> Credential:
    assert found.binding is not None
    told = sign({"typ": "kb+jwt"}, found.binding.payload, issuer.private)
    return Credential.parse(found.unbound() + told)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (unsigned, "presentation-not-by-holder"),
        (of_another_presentation, "credential-disclosure-refused"),
        (by_the_issuer, "presentation-not-by-holder"),
    ],
)
def test_bound_to_holder_and_presentation(
    change: Callable[[Credential], Credential], code: str
) -> None:
    asked = Asked("buyer", "n", now_ms)
    require_bound(presented(), asked)
    with pytest.raises(TallystickError) as caught:
        require_bound(change(presented()), asked)
    assert caught.value.code == code


@pytest.mark.parametrize("nonce", ["", "n" * 201])
def test_a_nonce_has_its_length(nonce: str) -> None:
    with pytest.raises(TallystickError) as caught:
        presented(nonce=nonce)
    assert caught.value.code == "presentation-wrong-nonce"


def test_members_of_a_list_are_shown_by_their_number() -> None:
    told = [{"cas": "7439-92-1", "share_ppm": 4}, {"ec": "204-211-0", "share_ppm": 5}]
    cnf = {"jwk": holder.private.public.jwk(), "kid": holder.keyid}
    whole = issue(hide({"cnf": cnf}, {"substances": Members(told)}, Seeded()), issuer)
    shown = present(whole, ["204-211-0"], holder, audience="b", nonce="n", now_ms=now_ms).revealed()
    assert (shown.claims["substances"], shown.hidden) == ([told[1]], 1)
