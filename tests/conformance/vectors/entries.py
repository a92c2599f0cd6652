"""Vectors of formats §2: canonical JSON, keys, signatures, entries in their envelopes, disclosure (§6)."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.vectors.made import Cases, Fixed, b64, digest, ed25519_order, flipped, origin
from tests.ledger import test_ed25519 as curve
from tests.ledger.authenticator import Authenticator

from tallystick.ledger import (
    ED25519,
    P256,
    Entry,
    Envelope,
    Passkey,
    PublicKey,
    Signature,
    SigningKey,
    body_hash,
    canonical,
    merkle,
    pae,
)
from tallystick.ledger import disclosure as parts
from tallystick.ledger.forms import payload_type

author = "99.100/O-0123456789ABC"
p256_order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def canonical_json() -> Cases:
    cases = Cases(
        "RFC 8785 JSON without fractions. given.data: base64. It is canonical, or refused."
    )
    good = {
        "empty object": b"{}",
        "names in order of UTF-16 code units": '{"\U0001f600":1,"\ufb33":2}'.encode(),
        "every kind of value": b'{"a":[null,true,false,0,-1,"x",{}],"b":{"c":[]}}',
        "the largest and smallest integer": b"[9007199254740991,-9007199254740991]",
        "escapes that must be": rb'"\b\t\n\f\r\"\\\u0000\u001f"',
        "characters that are not escaped": '"\x7f\u2028\u00e9\u4e2d/<"'.encode(),
        "a scalar": b'"x"',
        "254 arrays deep": b"[" * 254 + b"]" * 254,
        "a name like a property of every object": b'{"__proto__":1,"constructor":2}',
    }
    bad = {
        "nothing": b"", "a blank": b"{} ", "a blank inside": b'{"a": 1}', "order": b'{"b":1,"a":2}',
        "a name twice": b'{"a":1,"a":1}', "a fraction": b"[1.5]", "a whole fraction": b"[1.0]",
        "an exponent": b"[1e3]", "minus zero": b"[-0]", "a leading zero": b"[01]",
        "beyond 2^53": b"[9007199254740992]", "far beyond": b"[1" + b"0" * 400 + b"]",
        "an escape that need not be": rb'"\u0041"', "an escaped slash": rb'"\/"',
        "hex in capitals": rb'"\u001F"', "a lone surrogate": rb'"\ud800"',
        "an escaped pair": rb'"\ud83d\ude00"', "a raw control character": b'"\x01"',
        "no UTF-8": b'"\xff"', "an overlong form": b'"\xc0\xaf"', "a surrogate in UTF-8": b'"\xed\xa0\x80"',
        "a byte-order mark": b"\xef\xbb\xbf{}", "NaN": b"[NaN]", "Infinity": b"[Infinity]",
        "a comma too many": b"[1,]", "two values": b"1 2", "255 arrays deep": b"[" * 255 + b"]" * 255,
        "5,000 arrays deep": b"[" * 5000 + b"]" * 5000, "names in order of UTF-8": '{"\ufb33":2,"\U0001f600":1}'.encode(),
    }  # fmt: skip
    for name, data in good.items():
        cases.accept(name, {"data": b64(data)})
    for name, data in bad.items():
        cases.refuse(name, {"data": b64(data)}, "not-canonical")
    return cases


def public_keys() -> Cases:
    cases = Cases(
        "Public keys as JWK. given.jwk; gives the fingerprint of suite and key, or is refused."
    )
    for suite in (ED25519, P256):
        public = Fixed.of("a key", suite).public
        jwk = public.jwk()
        cases.accept(suite, {"jwk": jwk}, fingerprint=public.fingerprint())
        cases.refuse(f"{suite}, another member", {"jwk": jwk | {"use": "sig"}}, "key-refused")
        cases.refuse(f"{suite}, padding", {"jwk": jwk | {"x": jwk["x"] + "="}}, "key-refused")
        cases.refuse(
            f"{suite}, stray bits", {"jwk": jwk | {"x": jwk["x"][:-1] + "_"}}, "key-refused"
        )
        cases.refuse(f"{suite}, too short", {"jwk": jwk | {"x": jwk["x"][:-4]}}, "key-refused")
    ed25519, p256 = Fixed.of("a key").public.jwk(), Fixed.of("a key", P256).public.jwk()
    for count in range(1, 9):
        raw = curve.encoded(curve.times(count, curve.torsion))
        cases.refuse(f"small order {count}", {"jwk": _okp(raw)}, "key-refused")
    for y in (curve.prime, curve.prime + 1, 2**255 - 1):
        raw = y.to_bytes(32, "little")
        cases.refuse(f"not canonical {y - curve.prime}", {"jwk": _okp(raw)}, "key-refused")
    cases.refuse("a point off the curve", {"jwk": p256 | {"y": p256["x"]}}, "key-refused")
    cases.refuse("another curve", {"jwk": p256 | {"crv": "P-384"}}, "key-refused")
    cases.refuse("another kind", {"jwk": ed25519 | {"kty": "RSA"}}, "key-refused")
    return cases


def signatures() -> Cases:
    cases = Cases("given: jwk, message and signature (base64); gives whether it verifies.")

    def told(name: str, jwk: dict[str, str], message: bytes, signature: bytes) -> None:
        verifies = PublicKey.from_jwk(jwk).verifies(signature, message)
        given = {"jwk": jwk, "message": b64(message), "signature": b64(signature)}
        cases.accept(name, given, verifies=verifies)

    for suite in (ED25519, P256):
        key = Fixed.of("a signer", suite)
        signature, jwk = key.sign(b"message"), key.public.jwk()
        told(f"{suite}: good", jwk, b"message", signature)
        told(f"{suite}: of nothing", jwk, b"", key.sign(b""))
        told(f"{suite}: another message", jwk, b"messagf", signature)
        told(f"{suite}: first half changed", jwk, b"message", flipped(signature, 3))
        told(f"{suite}: second half changed", jwk, b"message", flipped(signature, 40))
        told(
            f"{suite}: another key", Fixed.of("another", suite).public.jwk(), b"message", signature
        )
        for size in (0, 63, 65):
            told(f"{suite}: {size} bytes", jwk, b"message", (signature + b"\0")[:size])
        told(f"{suite}: all zeros", jwk, b"message", bytes(64))
        told(f"{suite}: all ones", jwk, b"message", b"\xff" * 64)
    _edges(told)
    return cases


def _edges(told: Any) -> None:
    """Where libraries differ: S beyond the order, high s, parts of small order in key and R."""
    key = Fixed.of("a signer")
    signature = key.sign(b"message")
    beyond = int.from_bytes(signature[32:], "little") + ed25519_order
    told("S + L", key.public.jwk(), b"message", signature[:32] + beyond.to_bytes(32, "little"))
    p256 = Fixed.of("a signer", P256)
    signature = p256.sign(b"message")
    high = p256_order - int.from_bytes(signature[32:], "big")
    told("high s", p256.public.jwk(), b"message", signature[:32] + high.to_bytes(32, "big"))
    for in_key in range(3):
        for in_r in range(8):
            raw, mixed = curve.signed(5, 7, b"m", in_key, in_r)
            told(f"parts of small order: {in_key} in the key, {in_r} in R", _okp(raw), b"m", mixed)
    for in_r in range(8):
        raw, mixed = curve.signed(5, 0, b"m", 0, in_r)
        told(f"R of small order {in_r}", _okp(raw), b"m", mixed)


def disclosure() -> Cases:
    cases = Cases(
        "given: body and salt (base64); gives fields_root and each [pointer, hex salt, hex leaf]."
    )
    bodies: list[Any] = [
        {}, {"a": 1}, {"a": []}, {"b": {"c": [True, None, {"d": "e"}], "": 0}, "a~/b": "x"},
        {"\U0001f600": 1, "\ufb33": 2, "中文": "文"}, {str(number): number for number in range(37)},
    ]  # fmt: skip
    for number, body in enumerate(bodies):
        data, salt = canonical.encode(body), digest(b"%d" % number)
        rows = [
            [pointer, parts.field_salt(salt, pointer).hex(), parts.field_leaf(salt, pointer, value).hex()]
            for pointer, value in parts.fields(body)
        ]  # fmt: skip
        rows.sort(key=lambda row: row[0].encode())
        given = {"body": b64(data), "salt": b64(salt)}
        cases.accept(f"body {number}", given, root=parts.fields_root(salt, data), fields=rows)
    cases.refuse(
        "not canonical", {"body": b64(b'{"a": 1}'), "salt": b64(bytes(32))}, "not-canonical"
    )
    return cases


def envelopes() -> Cases:
    cases = Cases(
        "given: envelope (base64) and keys, by reference {jwk, webauthn?: {rp_id, origin}}; gives leaf_hash."
    )
    _signed(cases)
    _malformed_payloads(cases)
    _malformed_envelopes(cases)
    _asserted(cases)
    return cases


def entry(**change: Any) -> Entry:
    told: dict[str, Any] = {
        "origin": origin, "type": "identity.handle.create/1", "author": author,
        "id": "018f4e7c-8f2a-7cc3-98c4-dc0c0c07398f", "time": "2026-02-28T23:59:59.999Z",
        "body_hash": body_hash(bytes(32), b"{}"), **change,
    }  # fmt: skip
    return Entry(**told)


def keys_of(*signers: SigningKey) -> dict[str, Any]:
    return {signer.keyid: {"jwk": signer.private.public.jwk()} for signer in signers}


def signed(payload: bytes, *signers: SigningKey) -> bytes:
    message = pae(payload)
    rows = tuple(Signature(signer.keyid, signer.private.sign(message)) for signer in signers)
    return Envelope(payload, rows).encode()


scanner = SigningKey(f"300:{author}", Fixed.of("scanner"))
second = SigningKey(f"301:{author}", Fixed.of("second", P256))
chinese = SigningKey("300:99.100/扫码枪-1", Fixed.of("chinese"))


def _take(cases: Cases, name: str, envelope: bytes, *signers: SigningKey) -> None:
    given = {"envelope": b64(envelope), "keys": keys_of(*signers or (scanner,))}
    cases.accept(name, given, leaf_hash=merkle.leaf_hash(envelope).hex())


def _signed(cases: Cases) -> None:
    stream = {"seq": 3, "prev": "ab" * 32}
    for name, change in {
        "plain": {}, "of a stream": stream, "the first of a stream": {"seq": 0, "prev": "0" * 64},
        "with every member": {"expires": "2026-12-31T00:00:00.000Z", "fields_root": "00" * 32, **stream},
        "a leap day": {"time": "2028-02-29T00:00:00.000Z"}, "an author in Chinese": {"author": "99.100/仓库"},
        "an astral origin": {"origin": "日志.example/\U0001f600"},
    }.items():  # fmt: skip
        _take(cases, name, signed(entry(**change).payload(), scanner))
    both = signed(entry().payload(), scanner, second, chinese)
    _take(cases, "three signatures, two suites", both, scanner, second, chinese)
    good = signed(entry().payload(), scanner)
    given = {"envelope": b64(good), "keys": {}}
    cases.refuse("nobody knows the key", given, "signature-invalid")
    other = SigningKey(scanner.keyid, Fixed.of("somebody else"))
    given = {"envelope": b64(good), "keys": keys_of(other)}
    cases.refuse("the key of somebody else", given, "signature-invalid")
    one_false = Envelope.parse(both)
    rows = (one_false.signatures[0], *(Signature(row.keyid, flipped(row.sig, 9)) for row in one_false.signatures[1:]))  # fmt: skip
    given = {"envelope": b64(Envelope(entry().payload(), rows).encode()), "keys": keys_of(scanner, second, chinese)}  # fmt: skip
    cases.refuse("one of three does not verify", given, "signature-invalid")


def _malformed_payloads(cases: Cases) -> None:
    plain = json.loads(entry().payload())
    wrong: dict[str, dict[str, Any]] = {
        "another version": {"v": 2}, "a version that is true": {"v": True}, "a version in letters": {"v": "1"},
        "a type without version": {"type": "trace.capture"}, "a type in capitals": {"type": "Trace.capture/1"},
        "an author without suffix": {"author": "99.100"}, "an author with a blank": {"author": "99.100/a b"},
        "an author with a wide blank": {"author": "99.100/a\u3000b"}, "an author with NEL": {"author": "99.100/a\x85b"},
        "an author too long": {"author": "99.100/" + "a" * 251}, "an id of version 4": {"id": "018f4e7c-8f2a-4cc3-98c4-dc0c0c07398f"},
        "an id in capitals": {"id": "018F4E7C-8F2A-7CC3-98C4-DC0C0C07398F"}, "a time without milliseconds": {"time": "2026-02-28T23:59:59Z"},
        "a time of hour 24": {"time": "2026-02-28T24:00:00.000Z"}, "29 February": {"time": "2026-02-29T00:00:00.000Z"},
        "month 13": {"time": "2026-13-01T00:00:00.000Z"}, "the year 0": {"time": "0000-01-01T00:00:00.000Z"},
        "a time elsewhere": {"time": "2026-02-28T23:59:59.999+08:00"}, "a body hash in capitals": {"body_hash": "AB" * 32},
        "a short body hash": {"body_hash": "ab" * 31}, "an empty origin": {"origin": ""}, "an origin too long": {"origin": "x" * 201},
        "an origin that is no text": {"origin": 1}, "expires null": {"expires": None}, "expires no instant": {"expires": "soon"},
        "fields_root short": {"fields_root": "00"}, "seq alone": {"seq": 1}, "prev alone": {"prev": "ab" * 32},
        "seq below 0": {"seq": -1, "prev": "ab" * 32}, "seq in letters": {"seq": "1", "prev": "ab" * 32},
        "seq true": {"seq": True, "prev": "ab" * 32}, "the first after something": {"seq": 0, "prev": "ab" * 32},
        "an unknown member": {"note": "x"},
    }  # fmt: skip
    for name, change in wrong.items():
        _refuse_payload(cases, name, _dump(plain | change))
    for missing in sorted(plain):
        _refuse_payload(
            cases, f"without {missing}", _dump({k: v for k, v in plain.items() if k != missing})
        )
    _refuse_payload(cases, "a list", b"[]", "not-canonical")
    _refuse_payload(cases, "a payload with a blank", entry().payload() + b" ", "not-canonical")
    _refuse_payload(cases, "no payload", b"", "not-canonical")


def _refuse_payload(cases: Cases, name: str, payload: bytes, code: str = "entry-malformed") -> None:
    given = {"envelope": b64(signed(payload, scanner)), "keys": keys_of(scanner)}
    cases.refuse(name, given, code)


def _malformed_envelopes(cases: Cases) -> None:
    good: dict[str, Any] = json.loads(signed(entry().payload(), scanner))
    row = good["signatures"][0]

    def refuse(name: str, data: bytes, code: str = "entry-malformed") -> None:
        cases.refuse(name, {"envelope": b64(data), "keys": keys_of(scanner)}, code)

    for name, rows in {
        "no signature": [], "17 signatures": [row | {"keyid": f"{100 + n}:{author}"} for n in range(17)],
        "one key twice": [row, row], "signatures out of order": [row | {"keyid": f"301:{author}"}, row],
        "a key reference without index": [row | {"keyid": author}], "a key reference of index 0": [row | {"keyid": f"0:{author}"}],
        "a signature without sig": [{"keyid": row["keyid"]}], "a signature with more": [row | {"x": 1}],
        "a signature that is no object": ["x"], "base64 without padding": [row | {"sig": row["sig"].rstrip("=")}],
        "base64 with a newline": [row | {"sig": row["sig"] + "\n"}], "base64 of another alphabet": [row | {"sig": "_" + row["sig"][1:]}],
        "base64 with stray bits": [row | {"sig": row["sig"][:-3] + chr(ord(row["sig"][-3]) + 1) + "=="}],
        "webauthn null": [row | {"webauthn": None}], "webauthn empty": [row | {"webauthn": {}}],
    }.items():  # fmt: skip
        refuse(name, _dump(good | {"signatures": rows}))
    refuse("another payload type", _dump(good | {"payloadType": "text/plain"}))
    refuse("another member", _dump(good | {"x": 1}))
    refuse("signatures that are no list", _dump(good | {"signatures": {}}))
    refuse("a payload that is no base64", _dump(good | {"payload": "x"}))
    refuse("not its own encoding", json.dumps(good).encode(), "not-canonical")
    refuse("one byte behind it", _dump(good) + b"\n", "not-canonical")
    refuse(
        "a signature that is empty",
        _dump(good | {"signatures": [row | {"sig": ""}]}),
        "signature-invalid",
    )
    refuse("larger than a leaf", _dump(good | {"payload": b64(bytes(50_000))}), "entry-too-large")


def _asserted(cases: Cases) -> None:
    for suite in (ED25519, P256):
        phone = Authenticator(SigningKey(f"320:{author}", Fixed.of("phone", suite)))
        message = pae(entry().payload())
        _assertions(cases, suite, phone, message)


def _assertions(cases: Cases, suite: str, phone: Authenticator, message: bytes) -> None:
    jwk = phone.signing.private.public.jwk()
    registered = {"jwk": jwk, "webauthn": {"rp_id": phone.rp_id, "origin": phone.origin}}
    told, client = phone.authenticator_data(), phone.client_data(message)

    def case(name: str, row: Signature, code: str = "", key: Any = None) -> None:
        envelope = Envelope(entry().payload(), (row,)).encode()
        given = {"envelope": b64(envelope), "keys": {row.keyid: key or registered}}
        if code:
            cases.refuse(f"passkey, {suite}: {name}", given, code)
        else:
            leaf = merkle.leaf_hash(envelope).hex()
            cases.accept(f"passkey, {suite}: {name}", given, leaf_hash=leaf)

    case("good", phone.sign(message))
    case("with extensions", phone.assert_these(phone.authenticator_data(0x9D, b"\xa0"), client))
    case("no backup", phone.assert_these(phone.authenticator_data(0x05), client))
    for name, change in {
        "another ceremony": {"type": "webauthn.create"}, "another challenge": {"challenge": "AAAA"},
        "another origin": {"origin": "https://evil.example"}, "inside another page": {"crossOrigin": True},
        "under another page": {"topOrigin": "https://evil.example"}, "crossOrigin in letters": {"crossOrigin": "false"},
    }.items():  # fmt: skip
        row = phone.assert_these(told, phone.client_data(message, **change))
        case(name, row, "assertion-refused")
    for name, data in {
        "a name twice": client[:-1] + b',"type":"webauthn.get"}', "a name twice inside": client[:-1] + b',"x":[{"y":1,"y":1}]}',
        "an escape": client[:-1] + rb',"x":"\u0041"}', "no object": b"[]", "no JSON": b"{", "NaN": client[:-1] + b',"x":NaN}',
        "33 brackets": client[:-1] + b',"x":' + b"[" * 32 + b"]" * 32 + b"}", "no UTF-8": client[:-1] + b',"x":"\xff"}',
        "a byte-order mark": b"\xef\xbb\xbf" + client,
    }.items():  # fmt: skip
        case(name, phone.assert_these(told, data), "assertion-refused")
    case(
        "32 brackets",
        phone.assert_these(told, client[:-1] + b',"x":' + b"[" * 31 + b"]" * 31 + b"}"),
    )
    case(
        "the same name in two objects",
        phone.assert_these(told, client[:-1] + b',"x":{"type":[1.5e9]},"y":" :"}'),
    )
    for name, flags, rest in (
        ("not present", 0x1C, b""), ("not verified", 0x19, b""), ("backed up, not eligible", 0x15, b""),
        ("attested", 0x5D, b""), ("extensions missing", 0x9D, b""), ("extensions unsaid", 0x1D, b"\xa0"),
        ("extensions no map", 0x9D, b"\x80"),
    ):  # fmt: skip
        row = phone.assert_these(phone.authenticator_data(flags, rest), client)
        case(name, row, "assertion-refused")
    case("another site", phone.assert_these(flipped(told), client), "assertion-refused")
    changed = Signature(phone.signing.keyid, flipped(phone.sign(message).sig, 9), phone.sign(message).webauthn)  # fmt: skip
    case("another signature", changed, "signature-invalid")
    case("no passkey", phone.sign(message), "signature-invalid", {"jwk": jwk})
    plain = Signature(phone.signing.keyid, phone.signing.private.sign(message))
    case("without webauthn", plain, "signature-invalid")
    short = phone.assert_these(told[:36], client)
    case("36 bytes", short, "entry-malformed")
    case("no client data", phone.assert_these(told, b""), "entry-malformed")
    case("4,097 bytes of client data", phone.assert_these(told, client + b" " * (4097 - len(client))), "entry-malformed")  # fmt: skip


def _dump(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _okp(raw: bytes) -> dict[str, str]:
    return PublicKey(ED25519, raw).jwk()


__all__ = [
    "Passkey",
    "canonical_json",
    "disclosure",
    "envelopes",
    "payload_type",
    "public_keys",
    "signatures",
]
