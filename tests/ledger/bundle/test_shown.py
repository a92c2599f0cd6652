"""Fields shown without the others: they lead to what the author signed, or are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.ledger import canonical
from tallystick.ledger.bundle import Shown, errors
from tallystick.ledger.disclosure import fields, fields_root

salt = b"s" * 32
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), st.text())
bodies = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3), max_leaves=6),
    min_size=1,
    max_size=5,
)


@settings(max_examples=80, deadline=None)
@given(bodies, st.data())
def test_any_fields_of_any_body_can_be_shown(body: dict[str, object], data: st.DataObject) -> None:
    try:
        encoded = canonical.encode(body)
    except canonical.NotCanonical:
        return
    known = sorted(pointer for pointer, _ in fields(body))
    chosen = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=4))
    shown = Shown.parse(Shown.of(salt, encoded, chosen).encode())
    shown.verify(fields_root(salt, encoded))
    assert {field.pointer for field in shown.fields} == set(chosen)
    assert shown.size == len(known)


def test_no_other_value_salt_or_place_is_shown() -> None:
    body = canonical.encode({"amount": 5, "lines": [1, 2, 3], "to": "99.100/O-A"})
    root = fields_root(salt, body)
    shown = Shown.of(salt, body, ["/amount", "/lines/1"])
    one, two = shown.fields
    for false in (
        replace(one, value=6),
        replace(one, pointer="/amounts"),
        replace(one, salt=bytes(32)),
        replace(one, position=one.position + 1),
        replace(one, path=one.path[:-1]),
    ):
        with pytest.raises(errors.FieldDiffers):
            Shown(shown.size, (false, two)).verify(root)
    with pytest.raises(errors.FieldDiffers, match="names no field"):
        Shown.of(salt, body, ["/lines"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"fields":[],"size":1}',
        b'{"fields":[{}],"size":1}',
        b'{"fields":[{"path":[],"pointer":"/a","position":true,"salt":"%s","value":1}],"size":1}',
        b'{"fields":[{"path":["x"],"pointer":"/a","position":0,"salt":"%s","value":1}],"size":1}',
        b'{"fields":[{"path":[],"pointer":"/a","position":0,"salt":"%s","value":[1]}],"size":1}',
        b'{"fields":[{"path":[],"pointer":"/a","position":0,"salt":"%s","value":1}],"size":0}',
    ],
)
def test_a_malformed_disclosure_is_refused(data: bytes) -> None:
    with pytest.raises(errors.FieldDiffers):
        Shown.parse(data.replace(b"%s", b"0" * 64))


def test_fields_out_of_order_are_refused() -> None:
    body = canonical.encode({"a": 1, "b": 2})
    shown = Shown.of(salt, body, ["/a", "/b"])
    with pytest.raises(errors.FieldDiffers, match="out of order"):
        Shown.parse(Shown(2, shown.fields[::-1]).encode())
