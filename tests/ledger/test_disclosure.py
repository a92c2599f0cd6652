"""The root over a body's fields (formats §6), computed a second time from its text."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import canonical
from tallystick.ledger.disclosure import fields, fields_root

salt = bytes(range(32))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("a/~é0", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=12) | st.dictionaries(st.text("a/~é0", max_size=3), inner)
    ),
    max_leaves=20,
)


def pointers(value: object, at: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict) and value:
        return [
            found
            for name, child in value.items()
            for found in pointers(child, f"{at}/{name.replace('~', '~0').replace('/', '~1')}")
        ]
    if isinstance(value, list) and value:
        return [found for n, child in enumerate(value) for found in pointers(child, f"{at}/{n}")]
    return [(at, value)]


def leaf(pointer: str, value: object) -> bytes:
    own = hmac.digest(salt, b"tallystick/field/v1\n" + pointer.encode(), "sha256")
    return hashlib.sha256(b"\x00" + own + rfc8785.dumps([pointer, value])).digest()  # type: ignore[list-item]


def mth(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


@settings(max_examples=30)
@given(st.dictionaries(st.text("a/~é0", max_size=3), values, max_size=4))
def test_the_root_over_fields(body: dict[str, object]) -> None:
    data = rfc8785.dumps(body)  # type: ignore[arg-type]
    ordered = sorted(pointers(json.loads(data)), key=lambda found: found[0].encode())
    assert fields_root(salt, data) == mth([leaf(*found) for found in ordered]).hex()
    assert sorted(fields(body), key=lambda f: f[0]) == sorted(pointers(body), key=lambda f: f[0])


def test_empty_containers_are_fields() -> None:
    assert fields_root(salt, b"{}") == leaf("", {}).hex()
    assert fields_root(salt, b'{"a":[]}') == leaf("/a", []).hex()


def test_pointers_are_bounded_where_a_long_name_stands_above_many_fields() -> None:
    body = canonical.encode({"n" * 20_000: [0] * 1_000})
    with pytest.raises(canonical.NotCanonical, match="pointers"):
        fields_root(salt, body)
    assert fields_root(salt, canonical.encode({"n" * 20_000: [0] * 800}))


def test_every_field_of_a_deep_body_is_found() -> None:
    body: object = [1, 2]
    for _ in range(250):
        body = {"a": body}
    way = "/a" * 250
    assert dict(fields(body)) == {f"{way}/0": 1, f"{way}/1": 2}
