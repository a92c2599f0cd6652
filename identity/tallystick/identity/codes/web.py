"""Identifiers of the web and of registration trees: DIDs, AAS identifiers, OIDs, Ecodes.

Percent-encoding has one spelling (RFC 3986 §6.2.2): what need not be encoded is not, and hex digits are upper case.
"""

from __future__ import annotations

import re

from tallystick.identity.codes.scheme import CodeRefused, Scheme, require, require_ascii, said

_base_58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_did_key_chars_max = 1000
#: Multicodec as it begins, and the bytes of the key behind it.
_key_bytes = {b"\xed\x01": 32, b"\xec\x01": 32, b"\x80\x24": 33, b"\x81\x24": 49, b"\xe7\x01": 33}
_label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_host = rf"{_label}(?:\.{_label})*\.(?=[a-z0-9-]*[a-z]){_label}"
_unreserved = re.compile(r"[A-Za-z0-9._~-]")
_escape = re.compile("%([0-9A-Fa-f]{2})")


def _one_spelling(text: str, scheme: str) -> str:
    """Percent-encoding in its one spelling; raises `CodeRefused` for control characters and stray `%`."""

    def spelled(found: re.Match[str]) -> str:
        byte = int(found[1], 16)
        if byte < 0x20 or byte == 0x7F:
            raise CodeRefused(f"{scheme}: %{found[1]} is a control character")
        plain = chr(byte)
        return plain if _unreserved.fullmatch(plain) else found[0].upper()

    if "%" in _escape.sub("", text):
        raise CodeRefused(f"{scheme}: a % is followed by no two hex digits")
    return _escape.sub(spelled, text)


def _did_web(text: str) -> str:
    require_ascii(text, "did-web")
    host, *path = text.removeprefix("did:web:").split(":")
    if not text.startswith("did:web:"):
        raise CodeRefused("did-web: it begins with did:web:")
    name, _, port = host.lower().partition("%3a")
    if len(name) > 253 or not re.fullmatch(_host, name):
        raise CodeRefused(f"did-web: {name} is no domain name (an IP address is none)")
    if "%" in host and not re.fullmatch("[1-9][0-9]{0,4}", port):
        raise CodeRefused("did-web: a port is %3A and a number")
    steps = [_one_spelling(step, "did-web") for step in path]
    if any(step in (".", "..") or not re.fullmatch(r"[A-Za-z0-9._%-]+", step) for step in steps):
        raise CodeRefused(
            "did-web: a step of the path is empty, . or .., or holds other characters"
        )
    if any("%2F" in step for step in steps):
        raise CodeRefused("did-web: a step of the path holds a slash")
    return ":".join(["did:web", f"{name}%3A{port}" if port else name, *steps])


def _did_key(text: str) -> str:
    require_ascii(text, "did-key")
    if not re.fullmatch(f"did:key:z[{_base_58}]+", text) or len(text) > _did_key_chars_max:
        raise CodeRefused("did-key: not did:key:z and base58btc")
    data = _from_base_58(text.removeprefix("did:key:z"))
    wanted = _key_bytes.get(data[:2])
    if wanted is None:
        raise CodeRefused("did-key: the kind of key is none that is known here")
    if len(data) - 2 != wanted:
        raise CodeRefused(f"did-key: {len(data) - 2} bytes of key where its kind has {wanted}")
    return text


def _from_base_58(text: str) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + _base_58.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _aas(text: str) -> str:
    """An IRDI as it is; an IRI as a URI with scheme and host in small letters."""
    require_ascii(text, "aas")
    if re.fullmatch(r"[0-9]{4}[-/][0-9A-Za-z_:/-]+#[0-9A-Za-z-]+#[0-9]{1,3}", text):
        return text
    found = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*):(//[^/?#]*)?([^\s<>\"{}|\\^`]+)?", text)
    if found is None or not (found[2] or found[3]):
        raise CodeRefused("aas: neither an IRI nor an IRDI such as 0173-1#02-AAO677#002")
    scheme, authority, rest = found[1].lower(), found[2] or "", found[3] or ""
    if "@" in authority:
        raise CodeRefused("aas: an identifier names no user before its host")
    if authority and not re.fullmatch(
        rf"//(?:{_host}|{_label})(?::[0-9]{{1,5}})?", authority.lower()
    ):
        raise CodeRefused(f"aas: {authority} is no host")
    return f"{scheme}:{authority.lower()}{_one_spelling(rest, 'aas')}"


def _oid(text: str) -> str:
    bare = text.strip(" ")
    require_ascii(bare, "oid")
    bare = re.sub("^(urn:oid:|oid:|\\.)", "", bare, flags=re.IGNORECASE)
    form = r"(0|[1-9][0-9]{0,38})(\.(0|[1-9][0-9]{0,38}))+"
    require(form, bare, "oid", "numbers without leading zeros, joined by points")
    first, second = (int(arc) for arc in bare.split(".")[:2])
    if first > 2 or (first < 2 and second > 39):
        raise CodeRefused(
            "oid: the first number is 0, 1 or 2; under 0 and 1 the second is below 40"
        )
    return bare


def _ecode(text: str) -> str:
    bare = text.strip(" ").removeprefix("E=")
    require_ascii(bare, "ecode")
    form = r"[1-4][0-9]{4}[0-9A-Za-z]{1,64}"
    require(form, bare, "ecode", "a version 1 to 4, four digits of its system, and a code")
    return bare


web_schemes = (
    Scheme(
        "did-web", "W3C did:web", said("DID of a web domain", "did:web 标识"),
        said("did:web:, domain in small letters, path", "did:web:、小写域名、路径"),
        said(
            "form of domain, port and path; no document is fetched",
            "域名、端口及路径的写法；不获取文档",
        ),
        "did:web:example.com:units:7", _did_web,
    ),
    Scheme(
        "did-key", "W3C did:key", said("DID of a public key", "did:key 标识"),
        said("did:key:z and base58btc", "did:key:z 加 base58btc"),
        said(
            "kind (Ed25519, X25519, P-256, P-384, secp256k1) and length of the key; not who holds it",
            "公钥种类（Ed25519、X25519、P-256、P-384、secp256k1）及长度；不查持有人",
        ),
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", _did_key,
    ),
    Scheme(
        "aas", "IEC 63278", said("Identifier of an asset administration shell", "资产管理壳（AAS）标识"),
        said("URI with scheme and host in small letters, or IRDI", "URI（协议与主机小写）或 IRDI"),
        said("form and percent-encoding; nothing is fetched", "写法及百分号编码；不访问网络"),
        "https://example.com/aas/pack-7", _aas,
    ),
    Scheme(
        "oid", "ITU-T X.660", said("Object identifier", "对象标识符（OID）"),
        said("numbers joined by points", "以点连接的数字"),
        said("form and the first two numbers", "写法及前两个数字"), "1.2.156.10197.1", _oid,
    ),
    Scheme(
        "ecode", "GB/T 31866", said("Ecode of the internet of things", "物联网编码（Ecode）"),
        said("version, system, code, without E=", "版本、编码体系、主码，不带 E="),
        said(
            "a version 1 to 4, four digits, letters and digits; not the lengths of each version, nor whether the system is registered",
            "版本 1 至 4、四位数字、字母与数字；不查各版本的长度，也不查编码体系是否注册",
        ),
        "10064000000000001", _ecode,
    ),
)  # fmt: skip
