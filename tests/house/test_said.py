"""Whoever raises the grade of its entries raises that of what they say elsewhere: each type is followed, or why not."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.bootstrap import rule_set
from tallystick.identity import saying

#: Types that are not public and that no page or list follows, and why.
shown_whatever_the_grade: Mapping[str, tuple[str, ...]] = {
    "officers decide by it": (
        "identity.propose", "identity.decide", "identity.grade.raise", "identity.permission.end",
    ),
    "shown nowhere but as an entry": (
        "identity.person.subject", "identity.prefix.carry", "identity.prefix.take", "identity.placeholder.add",
        "identity.seen", "identity.void",
    ),
}  # fmt: skip


def test_every_type_of_identity_is_followed_or_says_why_not() -> None:
    stems = {
        name.rpartition("/")[0]
        for name, known in rule_set().types.items()
        if name.startswith("identity.") and known.data.whole.grade != "public"
    }
    followed = {
        stem for name, types in vars(saying).items() if name.endswith("_types") for stem in types
    }
    excepted = [stem for reasons in shown_whatever_the_grade.values() for stem in reasons]
    assert followed.isdisjoint(excepted)
    assert followed | set(excepted) == stems
