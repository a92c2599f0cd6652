"""Vectors of quorum texts and quorum certificates (BLS; formats §3)."""

from __future__ import annotations

from typing import Any

from tests.conformance.vectors.made import Cases, b64
from tests.ledger.bls import signers
from tests.ledger.bls.points import G1, G1_to_pubkey, add, multiply, neg, pubkey_to_G1
from tests.ledger.bls.signers import key, names, note, proven, quorum
from tests.ledger.bls.test_scheme import key_outside, signature_outside

from tallystick.ledger import Note, bls
from tallystick.ledger.note import NoteSignature

infinite_key, infinite_signature = b"\xc0" + bytes(47), b"\xc0" + bytes(95)


def quorum_texts() -> Cases:
    cases = Cases(
        "given: text, and possessions (base64 each); gives threshold and names of the proven quorum."
    )
    good = quorum()

    def given(text: str, possessions: Any = None) -> dict[str, Any]:
        proofs = good.possessions if possessions is None else possessions
        return {"text": text, "possessions": list(proofs)}

    cases.accept("two of three", given(good.text), threshold=2, signers=list(names))
    one = quorum(1, 1)
    cases.accept("one of one", given(one.text, one.possessions), threshold=1, signers=[names[0]])
    head, number, *rows = good.text.split("\n")[:-1]
    lines = "".join(f"{row}\n" for row in rows)
    for name, text in {
        "a newline": "\n", "another header": good.text.replace("/v1", "/v2"), "no signer": f"{head}\n1\n",
        "no last newline": good.text[:-1], "an empty line": good.text + "\n", "a threshold of 0": f"{head}\n0\n{lines}",
        "a threshold too high": f"{head}\n4\n{lines}", "a threshold with zero": f"{head}\n02\n{lines}", "a threshold of three digits": f"{head}\n100\n{lines}",
        "a line without key": f"{head}\n{number}\nw1\n", "a key that is no base64": f"{head}\n1\nw1 !\n", "a short key": f"{head}\n1\nw1 AAAA\n",
    }.items():  # fmt: skip
        cases.refuse(name, given(text), "bls-quorum-text")
    plus = good.text.replace("witness.example/w1", "witness+example/w1")
    cases.refuse("a name with plus", given(plus), "bls-quorum-name")
    cases.refuse("a name twice", given(good.text.replace("/w2", "/w1")), "bls-quorum-name")
    second = rows[1].split(" ")[1]
    cases.refuse("a key twice", given(good.text.replace(second, rows[0].split(" ")[1])), "bls-quorum-key-twice")  # fmt: skip
    many = f"{head}\n1\n" + "".join(f"w{n} {second}\n" for n in range(65))
    cases.refuse("65 signers", given(many), "bls-quorum-too-large")
    for name, raw, code in (
        ("a key at infinity", infinite_key, "bls-point-infinity"), ("a key that is not compressed", bytes(48), "bls-point-refused"),
        ("a coordinate outside of the field", b"\x9f" + b"\xff" * 47, "bls-point-refused"), ("infinity, and more", b"\xe0" + bytes(47), "bls-point-refused"),
        ("a key outside of its group", key_outside(), "bls-point-subgroup"), ("a key that is off the curve", _off_curve(), "bls-point-refused"),
    ):  # fmt: skip
        cases.refuse(name, given(good.text.replace(second, b64(raw))), code)
    cases.refuse("a possession missing", given(good.text, good.possessions[:2]), "bls-possession")
    swapped = (good.possessions[1], good.possessions[0], good.possessions[2])
    cases.refuse("possessions of each other", given(good.text, swapped), "bls-rogue-key")
    infinite = (b64(infinite_signature), *good.possessions[1:])
    cases.refuse("a possession at infinity", given(good.text, infinite), "bls-point-infinity")
    others = neg(add(*(pubkey_to_G1(key(name).public.key) for name in names[1:])))  # type: ignore[arg-type]
    rogue = b64(bytes(G1_to_pubkey(add(multiply(G1, 5), others))))
    text = good.text.replace(rows[0].split(" ")[1], rogue)
    cases.refuse("a rogue key", given(text), "bls-rogue-key")
    return cases


def quorum_certificates() -> Cases:
    cases = Cases(
        "given: note (base64), text, possessions; gives the names that signed, or is refused."
    )
    logged = quorum()

    def given(found: Note) -> dict[str, Any]:
        return {"note": b64(found.encode().encode()), "text": logged.text, "possessions": list(logged.possessions)}  # fmt: skip

    whole = signers.certified()
    cases.accept("all three", given(whole), signers=list(names))
    cases.accept("the last two", given(signers.certified(names[1:])), signers=list(names[1:]))
    line = whole.signatures[-1]
    total = line.signature[1:]
    twice = Note(note.text, (line, *whole.signatures))
    cases.refuse("none", given(note), "bls-certificate-missing")
    cases.refuse(
        "of another text", given(signers.certified(threshold=3)), "bls-certificate-missing"
    )
    cases.refuse("twice", given(twice), "bls-certificate-twice")
    for name, raw, code in (
        ("too short", b"\x07" + total[:-1], "bls-certificate-refused"), ("too wide", b"\x07\0" + total, "bls-certificate-refused"),
        ("a bit behind the last signer", b"\x0f" + total, "bls-bitmap-unused"), ("one signer", b"\x04" + total, "bls-below-threshold"),
        ("no signer", b"\0" + total, "bls-below-threshold"), ("other signers", b"\x06" + total, "bls-certificate-fails"),
        ("an aggregate at infinity", b"\x07" + infinite_signature, "bls-point-infinity"), ("an aggregate outside of its group", b"\x07" + signature_outside(), "bls-point-subgroup"),
        ("an aggregate of zeros", b"\x07" + bytes(96), "bls-point-refused"), ("an aggregate beyond the field", b"\x07" + b"\xff" * 96, "bls-point-refused"),
        ("somebody's possession", b"\x07" + key(names[0]).public.possession, "bls-certificate-fails"),
    ):  # fmt: skip
        false = note.adding([NoteSignature(line.name, line.key_id, raw)])
        cases.refuse(name, given(false), code)
    other = Note(note.text + "more\n", whole.signatures)
    cases.refuse("of another checkpoint", given(other), "bls-certificate-fails")
    bls.open_certificate(whole, proven())
    return cases


def _off_curve() -> bytes:
    """The first x in this form that no point has."""
    for x in range(1, 100):
        raw = b"\x80" + bytes(46) + bytes([x])
        try:
            pubkey_to_G1(raw)  # type: ignore[arg-type]
        except ValueError:
            return raw
    raise LookupError("every x below 100 has a point")


__all__ = ["quorum_certificates", "quorum_texts"]
