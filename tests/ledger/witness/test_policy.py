"""Policies: every line's rule, its own error with the line's number, and quorums against brute force."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.witness.history import cosigner, key, verifier

from tallystick.app.bootstrap import no_quorum_policy
from tallystick.ledger import Verifier, witness
from tallystick.ledger.witness.errors import (
    PolicyKeyRefused,
    PolicyNameRefused,
    PolicyRefused,
    PolicyTooLarge,
)

Policy = witness.Policy


def w(name: str) -> str:
    return f"witness {name} {cosigner(name).encode()}"


two_levels = "\n".join(
    [
        f"log {verifier().encode()} https://log.example/tests", "# the banks", "",
        *(w(name) for name in ("X1", "X2", "X3")), "  group\tX-witnesses  2 X1 X2 X3 ",
        *(w(name) for name in ("Y1", "Y2", "Y3")), "group Y-witnesses any Y1 Y2 Y3",
        "group X-and-Y all X-witnesses Y-witnesses", "quorum X-and-Y", "",
    ]
)  # fmt: skip


def test_the_example_of_the_specification() -> None:
    policy = Policy.parse(two_levels)
    assert [log.url for log in policy.logs] == ["https://log.example/tests"]
    assert [one.name for one in policy.witnesses] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert policy.judge({"X1", "X3", "Y2"}).met
    assert not policy.judge({"X1", "Y1", "Y2", "Y3"}).met
    assert not policy.judge({"X1", "X2", "X3"}).met
    assert len(policy.smallest_quorum()) == 3
    assert "X-witnesses: 1 of 2 needed, without X2, X3" in str(policy.judge({"X1", "Y1"}))


def test_the_node_s_first_policy_asks_for_nobody() -> None:
    policy = Policy.parse(no_quorum_policy)
    assert policy.is_none
    assert policy.judge(set()).met
    assert policy.smallest_quorum() == frozenset()
    policy.require_overlap()


def test_a_single_witness_and_one_that_counts_for_nothing() -> None:
    policy = Policy.parse(f"{w('a')}\n{w('b')}\nquorum b")
    assert policy.judge({"b"}).met
    assert str(policy.judge({"a"})) == "quorum b is not met: without b"
    assert policy.judge({"a", "b"}).cosigned == {"b"}
    policy.require_overlap()


def test_names_are_opaque_bytes() -> None:
    """K and the Kelvin sign are two names; bytes that are no UTF-8 are a name too."""
    text = (w("K") + "\n" + w("\u212a") + "\ngroup g all K \u212a\nquorum g\n").encode()
    assert len(Policy.parse(text).witnesses) == 2
    raw = w("a").encode().replace(b"witness a ", b"witness \xff\xfe ") + b"\nquorum \xff\xfe\n"
    policy = Policy.parse(raw)
    assert policy.judge({policy.witnesses[0].name}).met
    assert str(policy.judge(set())) == "quorum \\udcff\\udcfe is not met: without \\udcff\\udcfe"
    with pytest.raises(PolicyRefused, match="surrogates"):
        Policy.parse("quorum \ud800")


quantum = f"w+00000000+{base64.b64encode(bytes([6]) + bytes(1312)).decode()}"
same_key = witness.Cosigner("other.example", key("a").public).encode()


@pytest.mark.parametrize(
    ("text", "line", "error", "said"),
    [
        ("", 0, PolicyRefused, "one quorum line"),
        (f"{w('a')}\n", 0, PolicyRefused, "one quorum line"),
        ("quorum none\nquorum none\n", 2, PolicyRefused, "one quorum line"),
        ("quorum\n", 1, PolicyRefused, "`quorum <name>`"),
        ("quorum a b\n", 1, PolicyRefused, "`quorum <name>`"),
        ("quorum a\n", 1, PolicyNameRefused, "not defined"),
        ("\n\nquorums a\n", 3, PolicyRefused, "is none of log"),
        ("Quorum none\n", 1, PolicyRefused, "is none of log"),
        ("quorum none\r\n", 1, PolicyRefused, "control"),
        ("quorum none\x7f\n", 1, PolicyRefused, "control"),
        ("#\x00\nquorum none\n", 1, PolicyRefused, "control"),
        ("quorum\u3000none\n", 1, PolicyRefused, "is none of log"),
        ("log\n", 1, PolicyRefused, "`log <vkey>"),
        (f"log {verifier().encode()} u v\n", 1, PolicyRefused, "`log <vkey>"),
        ("log x\n", 1, PolicyKeyRefused, "no verifier key"),
        (f"log \udcec{verifier().encode()[1:]}\n", 1, PolicyKeyRefused, "no verifier key"),
        (f"log {cosigner('a').encode()}\n", 1, PolicyKeyRefused, "Ed25519 is expected"),
        (f"log {verifier().encode()}\n" * 2, 2, PolicyKeyRefused, "earlier line"),
        ("witness a\n", 1, PolicyRefused, "`witness <name>"),
        (f"{w('a')} u v\n", 1, PolicyRefused, "`witness <name>"),
        (f"witness a {verifier().encode()}\n", 1, PolicyKeyRefused, "cosignature is expected"),
        (f"witness a {quantum}\n", 1, PolicyKeyRefused, "ML-DSA-44"),
        (f"{w('a')}\n{w('a')}\n", 2, PolicyNameRefused, "is taken"),
        (f"{w('a')}\nwitness b {same_key}\n", 2, PolicyKeyRefused, "earlier line"),
        (f"witness none {cosigner('a').encode()}\n", 1, PolicyNameRefused, "is taken"),
        (f"{w('a')}\ngroup none all a\n", 2, PolicyNameRefused, "is taken"),
        (f"{w('a')}\ngroup a all a\n", 2, PolicyNameRefused, "is taken"),
        (f"{w('a')}\ngroup g all\n", 2, PolicyRefused, "`group <name>"),
        (f"{w('a')}\ngroup g 0 a\n", 2, PolicyRefused, "none of all, any"),
        (f"{w('a')}\ngroup g 2 a\n", 2, PolicyRefused, "none of all, any"),
        (f"{w('a')}\ngroup g 01 a\n", 2, PolicyRefused, "none of all, any"),
        (f"{w('a')}\ngroup g +1 a\n", 2, PolicyRefused, "none of all, any"),
        (f"{w('a')}\ngroup g \u0661 a\n", 2, PolicyRefused, "none of all, any"),
        (f"{w('a')}\ngroup g {'9' * 5000} a\n", 2, PolicyRefused, "none of all, any"),
        (f"{w('a')}\ngroup g all a a\n", 2, PolicyNameRefused, "member of a group already"),
        (f"{w('a')}\ngroup g all a\ngroup h all a\n", 3, PolicyNameRefused, "already"),
        ("group g all g\n", 1, PolicyNameRefused, "not defined"),
        (f"group g all a\n{w('a')}\n", 1, PolicyNameRefused, "not defined"),
        (f"{w('a')}\ngroup g any none\n", 2, PolicyNameRefused, "not defined"),
        ("\n" * 70_000, 0, PolicyTooLarge, "bytes"),
    ],
)  # fmt: skip
def test_each_malformed_line_is_named(
    text: str, line: int, error: type[PolicyRefused], said: str
) -> None:
    with pytest.raises(PolicyRefused, match=said) as refused:
        Policy.parse(text)
    assert (type(refused.value), refused.value.line) == (error, line)
    assert refused.value.problem()["line"] == line


def test_limits_on_number_and_nesting() -> None:
    """At least 32 of each are read, as the specification recommends; no more than the limits."""
    witnesses = [w(f"w{n}") for n in range(65)]
    logs = [f"log {Verifier('l', key(f'l{n}').public).encode()}" for n in range(65)]
    chain = [w("g0"), *(f"group g{n + 1} any g{n}" for n in range(33))]
    Policy.parse("\n".join([*witnesses[:64], *logs[:64], *chain[1:1], "quorum w0"]))
    assert Policy.parse("\n".join([*chain[:33], "quorum g32"])).judge({"g0"}).met
    for lines, said in ((witnesses, "64 witnesses"), (logs, "64 logs"), (chain, "32 deep")):
        with pytest.raises(PolicyTooLarge, match=said):
            Policy.parse("\n".join([*lines, "quorum none"]))
    many = [*witnesses[:64], *(f"group g{n} any w{n}" for n in range(64)), "group h any g0"]
    with pytest.raises(PolicyTooLarge, match="64 groups"):
        Policy.parse("\n".join([*many, "quorum none"]))


@pytest.mark.parametrize(
    ("lines", "sides"),
    [
        (["group g 2 a b c"], None),
        (["group g 2 a b c d"], (2, 2)),
        (["group g any a b"], (1, 1)),
        (["group g all a b c d"], None),
        (["group m 2 b c d", "group g all a m"], None),
        (["group m any b c", "group g any m"], (1, 1)),
        (["group m any b c", "group n any a d", "group g all m n"], (2, 2)),
    ],
)
def test_two_quorums_that_share_no_witness_are_shown(
    lines: Sequence[str], sides: tuple[int, int] | None
) -> None:
    policy = Policy.parse("\n".join([*(w(name) for name in "abcd"), *lines, "quorum g"]))
    found = policy.apart()
    assert (found and tuple(len(side) for side in found)) == sides
    if found:
        with pytest.raises(witness.QuorumsApart, match="suffices, and so does"):
            policy.require_overlap()
    else:
        policy.require_overlap()


@st.composite
def trees(draw: st.DrawFn) -> tuple[str, list[str], dict[str, tuple[int, list[str]]], str]:
    """Text of a random policy, its witnesses, its groups as (threshold, members), its quorum."""
    names = [f"w{n}" for n in range(draw(st.integers(1, 8)))]
    free, groups = list(names), dict[str, tuple[int, list[str]]]()
    for number in range(draw(st.integers(0, 4))):
        members = draw(st.lists(st.sampled_from(free), min_size=1, max_size=5, unique=True))
        groups[f"g{number}"] = (draw(st.integers(1, len(members))), members)
        free = [name for name in free if name not in members] + [f"g{number}"]
    lines = [w(name) for name in names]
    for name, (needed, members) in groups.items():
        words = [str(needed)]
        words += ["any"] if needed == 1 else []
        words += ["all"] if needed == len(members) else []
        lines.append(f"group {name} {draw(st.sampled_from(words))} {' '.join(members)}")
    quorum = draw(st.sampled_from([*names, *groups]))
    return "\n".join([*lines, f"quorum {quorum}"]), names, groups, quorum


def brute(name: str, groups: dict[str, tuple[int, list[str]]], cosigned: frozenset[str]) -> bool:
    if name not in groups:
        return name in cosigned
    needed, members = groups[name]
    return sum(brute(member, groups, cosigned) for member in members) >= needed


@settings(max_examples=150)
@given(trees())
def test_random_policies_against_every_set_of_witnesses(
    tree: tuple[str, list[str], dict[str, tuple[int, list[str]]], str],
) -> None:
    text, names, groups, quorum = tree
    policy = Policy.parse(text)
    sets = [frozenset(c) for n in range(len(names) + 1) for c in itertools.combinations(names, n)]
    enough = {cosigned for cosigned in sets if brute(quorum, groups, cosigned)}
    for cosigned in sets:
        verdict = policy.judge(cosigned)
        assert verdict.met == (cosigned in enough)
        assert all(
            state.met == brute(state.group.name, groups, cosigned) for state in verdict.groups
        )
    smallest = policy.smallest_quorum()
    assert smallest in enough
    assert len(smallest) == min(len(one) for one in enough)
    apart = policy.apart()
    everybody = frozenset(names)
    assert (apart is not None) == any(everybody - one in enough for one in enough)
    if apart:
        left, right = apart
        assert {left, right} <= enough
        assert not left & right


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_a_refusal(data: bytes) -> None:
    for text in (data, b"quorum none\n" + data, two_levels.encode() + data):
        said = refusal(text)
        assert said is None or said.encode()


def refusal(text: bytes) -> str | None:
    try:
        Policy.parse(text)
    except PolicyRefused as refused:
        return refused.diagnosis()
    return None
