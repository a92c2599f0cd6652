"""Packets written down by hand, byte for byte, from RFC 3652, RFC 3651 and DO-IRP 3.0; not by our own encoder."""

from __future__ import annotations

import pytest

from tallystick.identity.native.bodies import (
    ChallengeReply,
    Question,
    Resolved,
    read_challenge,
    read_question,
    read_reply,
    read_resolved,
    split_digest,
)
from tallystick.identity.native.errors import NativeRefused
from tallystick.identity.native.forms import (
    admin_bytes,
    key_bytes,
    read_admin,
    read_key,
    read_vlist,
    vlist_bytes,
)
from tallystick.identity.native.message import Credential, Message, read_envelope, read_message
from tallystick.identity.native.sites import Interface, Server, Site, read_site
from tallystick.identity.native.values import NativeValue, Reference


def octets(told: str) -> bytes:
    """Hex, and between quotation marks ASCII; after # comes a remark."""
    found = bytearray()
    for line in told.splitlines():
        for word in line.partition("#")[0].split():
            found += word[1:-1].encode() if word.startswith("'") else bytes.fromhex(word)
    return bytes(found)


question = octets("""
    03 00 03 00  00000007  0000002a  00000000  00000041  # 3.0, suggested 3.0; session 7, request 42; 65 bytes
    00000001 00000000 01800000 0000 00 00 00000000       # resolution; PO and RD
    00000025                                             # 37 bytes of body
    0000000c '99.100.1/SN1'                              # handle
    00000002 00000001 00000064                           # indexes 1 and 100
    00000001 00000001 'U'                                # type U
    00000000                                             # no credential
""")


def test_a_question() -> None:
    found = read_message(question)
    assert (found.operation, found.code, found.flags) == (1, 0, 0x01800000)
    assert (found.session, found.request, found.version) == (7, 42, (3, 0))
    assert read_question(found.body) == Question("99.100.1/SN1", (1, 100), ("U",))
    assert found.encode() == question


value = octets("""
    00000001 65920080 00 00015180 0e                     # index 1, 2024-01-01, relative, one day, 1110
    00000003 'URL'  00000005 'a://b'
    00000001 00000006 '0.NA/9' 000000c8                  # one reference: 200 of 0.NA/9
""")
answer = octets("""
    02 0b 03 00  00000000  ffffffff  00000000  00000072  # 2.11; request 2^32-1; 114 bytes
    00000001 00000001 80000000 0001 02 00 00000000       # success, authoritative, site serial 1, recursion 2
    0000004a                                             # 74 bytes of body
    00000006 '99.1/x' 00000001                           # handle, one value
""") + value + octets("""
    00000000
""")  # fmt: skip


def corrected(told: bytes) -> bytes:
    """The two lengths of a message without credential, counted here."""
    size = len(told) - 20
    return (
        told[:16]
        + size.to_bytes(4, "big")
        + told[20:40]
        + (size - 28).to_bytes(4, "big")
        + told[44:]
    )


def test_an_answer() -> None:
    told = corrected(answer)
    found = read_message(told)
    assert (found.version, found.code, found.site_serial, found.recursion) == ((2, 11), 1, 1, 2)
    one = NativeValue(
        1, "URL", b"a://b", 0, 86_400, 0x65920080, 0b1110, (Reference("0.NA/9", 200),)
    )
    assert read_resolved(found.body) == Resolved("99.1/x", (one,))
    assert one.encode() == value
    assert found.encode() == told


def test_a_challenge_and_its_answer() -> None:
    body = octets("03 " + "ab" * 32 + " 00000010 " + "cd" * 16)
    digest, rest = split_digest(Message(1, body, 402, 0x00800000))
    assert digest == bytes.fromhex("ab" * 32)
    assert read_challenge(rest).nonce == bytes.fromhex("cd" * 16)
    reply = octets("""
        00000009 'HS_PUBKEY' 00000008 '0.NA/9.1' 0000012c
        0000000f 00000007 'SHA-256' 00000000
    """)
    proof = octets("00000007 'SHA-256' 00000000")
    assert read_reply(reply) == ChallengeReply("HS_PUBKEY", "0.NA/9.1", 300, proof)


def test_a_credential() -> None:
    told = octets("""
        03 00 03 00  00000000  00000001  00000000  00000048
        00000001 00000001 40000000 0000 00 00 00000000 00000000
        0000002b                                         # 43 bytes
        00000000 00000000  00000005                      # reserved, session counter 5
        00000009 'HS_SIGNED'
        0000000e 00000006 'SHA256' 00000000
    """)
    told = told[:16] + (len(told) - 20).to_bytes(4, "big") + told[20:]
    told = told[:44] + (len(told) - 48).to_bytes(4, "big") + told[48:]
    assert read_message(told).credential == Credential("HS_SIGNED", "SHA256", b"", 5)
    assert read_message(told).encode() == told


def test_an_administrator_a_list_and_a_key() -> None:
    admin = octets("07f3 00000006 '0.NA/9' 0000012c")
    told = {"handle": "0.NA/9", "index": 300, "permissions": "011111110011"}
    assert (read_admin(admin), admin_bytes(told)) == (told, admin)
    members = octets("00000001 00000004 '99/P' 0000012c")
    assert read_vlist(members) == [{"handle": "99/P", "index": 300}]
    assert vlist_bytes(read_vlist(members)) == members
    rsa = octets("0000000b 'RSA_PUB_KEY' 0000 00000003 010001 00000002 00ff 00000000")
    assert read_key(rsa) == {"kty": "RSA", "e": "AQAB", "n": "_w"}
    assert key_bytes(read_key(rsa)) == rsa


def test_a_site() -> None:
    told = octets("""
        0001 03 00 0005 80 02 00000000                   # version 1, 3.0, serial 5, primary, by the whole handle
        00000001 00000004 'desc' 00000001 'x'            # attributes
        00000001 00000001                                # one server, number 1
        000000000000000000000000 c0000201 00000000       # 192.0.2.1, without a key
        00000002 02 01 00000a51  03 03 000001bb          # query by TCP on 2641, both by HTTPS on 443
    """)
    interfaces = (Interface(2, "TCP", 2641), Interface(3, "HTTPS", 443))
    site = Site(5, (Server(1, "192.0.2.1", b"", interfaces),), (("desc", "x"),))
    assert (read_site(told), site.encode()) == (site, told)


@pytest.mark.parametrize(
    ("at", "octet", "code"),
    [(0, 9, "native-version-unknown"), (2, 0x83, "native-message-sealed"), (2, 0x43, "native-message-sealed"),
     (2, 0x23, "native-message-in-pieces"), (15, 1, "native-message-in-pieces"), (16, 1, "native-message-too-large"),
     (19, 0x42, "native-message-short"), (19, 0x40, "native-message-long"), (19, 0, "native-message-short"),
     (43, 0x26, "native-lengths-disagree"), (43, 0x24, "native-lengths-disagree")],
)  # fmt: skip
def test_a_wrong_frame(at: int, octet: int, code: str) -> None:
    wrong = question[:at] + bytes((octet,)) + question[at + 1 :]
    with pytest.raises(NativeRefused) as refused:
        read_message(wrong)
    assert refused.value.code == code


def test_a_question_that_stops_early() -> None:
    for size in range(len(question)):
        with pytest.raises(NativeRefused):
            read_message(question[:size])
        if size >= 20:
            assert read_envelope(question[:size]).request == 42


@pytest.mark.parametrize(
    ("body", "code"),
    [("00000801", "native-text-too-long"), ("00000002 ff41 00000000 00000000", "native-text-not-utf8"),
     ("00000001 'a' 00000041", "native-count-too-large"), ("00000001 'a' 00000001 00000000", "native-index-refused"),
     ("00000001 'a' 00000000 00000000 00", "native-message-long"), ("00000001 'a' 00000001", "native-message-short"),
     ("ffffffff", "native-text-too-long"), ("", "native-message-short")],
)  # fmt: skip
def test_a_wrong_question(body: str, code: str) -> None:
    with pytest.raises(NativeRefused) as refused:
        read_question(octets(body))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("at", "octet", "code"),
    [(3, 0, "native-index-refused"), (8, 2, "native-ttl-refused"), (13, 0x1E, "native-permissions-refused"),
     (17, 9, "native-message-short"), (24, 0xFF, "native-message-short"), (30, 65, "native-count-too-large")],
)  # fmt: skip
def test_a_wrong_value(at: int, octet: int, code: str) -> None:
    wrong = value[:at] + bytes((octet,)) + value[at + 1 :]
    with pytest.raises(NativeRefused) as refused:
        read_resolved(octets("00000001 'a' 00000001") + wrong)
    assert refused.value.code == code


@pytest.mark.parametrize(("kind", "name"), [("01", "MD5"), ("02", "SHA-1")], ids=["md5", "sha-1"])
def test_broken_digests_are_refused(kind: str, name: str) -> None:
    with pytest.raises(NativeRefused) as refused:
        split_digest(Message(1, octets(kind + "00" * 20), 1, 0x00800000))
    assert (refused.value.code, refused.value.detail) == ("native-hash-refused", name)
