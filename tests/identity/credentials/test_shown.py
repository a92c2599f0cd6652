"""Digests are in the order of their values; what people read is in the order of the paper."""

from __future__ import annotations

from itertools import permutations

from tallystick.identity.credentials import shown_fields


def test_fields_are_read_in_the_order_of_the_paper() -> None:
    claims = {"expiry": "2028-10-31", "number": "QMS-7", "iss": "99/issuer", "zone": "B"}
    for told in permutations(claims.items()):
        found = shown_fields(dict(told))
        assert list(found.items()) == [
            ("number", "QMS-7"), ("expiry", "2028-10-31"), ("zone", "B"),
        ]  # fmt: skip
