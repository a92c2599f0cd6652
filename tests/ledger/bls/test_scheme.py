"""Both backends: the same bytes, the same verdicts, and nothing read that is not in its one form."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.bls.points import (
    G1_to_pubkey,
    decompress_G1,
    decompress_G2,
    neg,
    pubkey_to_G1,
    signature_to_G2,
)
from tests.ledger.bls.signers import key, names

from tallystick.ledger import bls
from tallystick.ledger.bls.encoding import group_order, require_form

reference = bls.reference()
fast = bls.fast()
message = b"what all of them sign"
infinite_key, infinite_signature = (bytes([0xC0]) + bytes(size - 1) for size in (48, 96))


def both() -> list[bls.Scheme]:
    """The extra is among what tests need: they always compare."""
    assert fast is not None
    assert fast.name == "milagro_bls_binding"
    return [reference, fast]


def secret(number: int) -> bytes:
    return number.to_bytes(32, "big")


@cache
def key_outside() -> bytes:
    """A point of the curve of keys outside of their group."""
    return _first(bytes([0x80]) + bytes(47), lambda raw: decompress_G1(int.from_bytes(raw, "big")))


@cache
def signature_outside() -> bytes:
    """A point of the curve of signatures outside of their group."""
    return _first(
        bytes([0x80]) + bytes(95),
        lambda raw: decompress_G2(
            (int.from_bytes(raw[:48], "big"), int.from_bytes(raw[48:], "big"))
        ),
    )


def _first(form: bytes, on_curve: object) -> bytes:
    assert callable(on_curve)
    for x in range(1, 100):
        raw = form[:-1] + bytes([x])
        try:
            on_curve(raw)
        except ValueError:
            continue
        return raw
    raise AssertionError("no point found")


def test_the_fast_backend_is_chosen_where_it_is_installed() -> None:
    chosen = bls.chosen()
    assert fast is not None
    assert chosen.name == fast.name


def test_without_it_the_reference_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the extra."""
    caches = (bls.fast, bls.chosen)
    monkeypatch.setitem(sys.modules, "tallystick.ledger.bls.milagro", None)
    try:
        for cache in caches:
            cache.cache_clear()
        assert bls.fast() is None
        assert bls.chosen() is reference
    finally:
        for cache in caches:
            cache.cache_clear()


def test_both_backends_give_the_same_bytes() -> None:
    secrets = [secret(number) for number in (1, 7, group_order - 1)]
    keys, signatures, sums = [], [], []
    for scheme in both():
        keys.append([scheme.public_key(one) for one in secrets])
        signatures.append([scheme.sign(one, message) for one in secrets[:2]])
        sums.append(scheme.aggregate(signatures[0]))
    assert keys[0] == keys[1]
    assert signatures[0] == signatures[1]
    assert sums[0] == sums[1]
    for scheme in both():
        assert scheme.verifies(keys[0][:2], message, sums[0])
        assert not scheme.verifies(keys[0][:2], message + b".", sums[0])
        assert not scheme.verifies(keys[0], message, sums[0])


def test_both_backends_refuse_the_same_points() -> None:
    good = [key(name) for name in names]
    keys = [one.public.key for one in good]
    total = bls.chosen().aggregate([one.sign(message) for one in good])
    negated = bytes(G1_to_pubkey(neg(pubkey_to_G1(keys[0]))))
    cases = [
        ([infinite_key], infinite_signature), ([infinite_key], total), (keys, infinite_signature),
        ([key_outside()], total), (keys, signature_outside()), ([], infinite_signature),
        ([keys[0], negated], infinite_signature), ([bytes(48)], total), (keys, bytes(96)),
        ([keys[0][:47]], total), (keys, total[:95]), (keys[:2], total), ([*keys, keys[0]], total),
        ([b"\xff" * 48], total), (keys, b"\xff" * 96),
    ]  # fmt: skip
    for scheme in both():
        assert scheme.verifies(keys, message, total)
        for bad_keys, bad_signature in cases:
            assert scheme.verifies(bad_keys, message, bad_signature) is False


def test_what_is_wrong_with_a_point_is_told() -> None:
    good = key(names[0])
    reference.require_key(good.public.key, "it")
    reference.require_signature(good.public.possession, "it")
    signature_to_G2(signature_outside())  # type: ignore[arg-type]
    for raw, error in (
        (infinite_key, bls.PointAtInfinity),
        (key_outside(), bls.PointOutsideGroup),
        (b"\x80" + bytes(47), bls.PointRefused),
        (b"\x80" + bytes(46) + b"\x01", bls.PointRefused),
    ):
        with pytest.raises(bls.PointRefused, match="the key of w1") as refused:
            reference.require_key(raw, "the key of w1")
        assert type(refused.value) is error, raw.hex()
    for raw, error in (
        (infinite_signature, bls.PointAtInfinity),
        (signature_outside(), bls.PointOutsideGroup),
        (b"\x80" + bytes(95), bls.PointRefused),
    ):
        with pytest.raises(bls.PointRefused) as refused:
            reference.require_signature(raw, "the aggregate")
        assert type(refused.value) is error, raw.hex()


def test_an_aggregate_takes_only_points() -> None:
    good = key(names[0]).sign(message)
    for scheme in both():
        for bad in (
            b"",
            good[:95],
            bytes(96),
            infinite_signature,
            b"\x80" + bytes(95),
            b"\xff" * 96,
        ):
            with pytest.raises(bls.PointRefused):
                scheme.aggregate([good, bad])


def test_a_point_has_one_form() -> None:
    """The modulus, the flags: every other spelling of a coordinate is refused before a backend sees it."""
    good = key(names[0]).public.key
    require_form(good, 48, "it")
    modulus = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"
    over = bytearray.fromhex(modulus)
    over[0] |= 0x80
    for bad in (bytes(over), bytes([good[0] & 0x7F]) + good[1:], bytes([good[0] | 0x40]) + good[1:],
                b"\xe0" + bytes(47), good + b"\x00", good[:-1], b""):  # fmt: skip
        with pytest.raises(bls.PointRefused):
            require_form(bad, 48, "it")
    over[-1] -= 1
    require_form(bytes(over), 48, "it")


@settings(max_examples=25)
@given(
    st.integers(1, group_order - 1), st.binary(max_size=80), st.integers(0, 95), st.integers(0, 7)
)
def test_no_changed_bit_of_a_signature_verifies(
    number: int, text: bytes, place: int, bit: int
) -> None:
    scheme = both()[1]
    signature = scheme.sign(secret(number), text)
    public = scheme.public_key(secret(number))
    assert scheme.verifies([public], text, signature)
    changed = bytearray(signature)
    changed[place] ^= 1 << bit
    assert not scheme.verifies([public], text, bytes(changed))


def test_possession_is_of_its_own_kind() -> None:
    """A signature of the public key is no proof: its tag is another one."""
    made = key(names[0])
    public = made.public
    assert reference.proves(public.key, public.possession)
    assert not reference.proves(public.key, reference.sign(made.secret, public.key))
    assert not reference.proves(key(names[1]).public.key, public.possession)


def test_loading_the_reference_leaves_pythons_recursion_limit_alone() -> None:
    """It set 100,000 for the process, and a request of nested brackets then ended it (found by a crash)."""
    code = (
        "import json, sys; from tallystick.ledger.bls.scheme import reference; "
        "before = sys.getrecursionlimit(); reference().public_key(bytes([1] * 32)); "
        "print(sys.getrecursionlimit() == before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
