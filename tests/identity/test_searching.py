"""Finding handles by value: exactly, by wildcards, and never by what one may not read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ledger.world import World, core, supplier

from tallystick.identity import CreateHandles, DeleteHandle, HandleRecord, HandleValue, searching
from tallystick.identity.searching import SearchWide, Term
from tallystick.ledger import Reader, auditor_reader, public_reader

long = "https://example.com/" + "x" * 300


def record(suffix: str, *values: HandleValue) -> HandleRecord:
    return HandleRecord(handle=f"99.100.1/{suffix}", values=values)


def value(index: int, data: str, kind: str = "URL", **more: Any) -> HandleValue:
    return HandleValue(index=index, type=kind, data=data, **more)


@pytest.fixture
def populated(tmp_path: Path, database_url: str) -> World:
    world = World(database_url, tmp_path)
    world.populate()
    partners = value(2, "for a partner", "NOTE", permissions="1100", readers=(supplier,))
    hidden = value(3, "for nobody", "NOTE", permissions="0100")
    records = (
        record("A", value(1, "https://example.com/a"), value(4, "7", "CHECKSUM")),
        record("b", value(1, "https://example.com/b"), partners, hidden),
        record("C", value(1, long), value(5, "a\x00b\nc", "ODD")),
        record("D", value(1, '{"a":1}', format="json")),
    )
    world.add(core, "identity.handle.create/1", CreateHandles(handles=records))
    return world


def found(world: World, reader: Reader, *terms: Term, **more: Any) -> list[str]:
    with world.reader.open() as snapshot:
        rows = searching.find(snapshot.view, reader, terms, **more)
        return [one.handle.partition("/")[2] for one in rows]


def test_what_is_found(populated: World) -> None:
    cases: Sequence[tuple[tuple[Term, ...], list[str]]] = (
        ((Term("URL", "https://example.com/a"),), ["A"]),
        ((Term("URL", "https://example.com/A"),), []),
        ((Term("url", "https://example.com/a"),), []),
        ((Term("URL", "https://example.com/*"),), ["A", "b", "C"]),
        ((Term("URL", "*example*b"),), ["b"]),
        ((Term("URL", "*"),), ["A", "b", "C"]),
        ((Term("URL", "**a"), Term("CHECKSUM", "7")), ["A"]),
        ((Term("URL", "*"), Term("CHECKSUM", "8")), []),
        ((Term("URL", long),), ["C"]),
        ((Term("URL", long[:-1]),), []),
        ((Term("URL", long[:200] + "*"),), ["C"]),
        ((Term("URL", "*x*y"),), []),
        ((Term("ODD", "a\x00b\nc"),), ["C"]),
        ((Term("ODD", "a*c"),), ["C"]),
        ((Term("ODD", "a.b*"),), []),
        ((), []),
    )
    for terms, names in cases:
        assert found(populated, public_reader, *terms) == names, terms
    everything = Term("URL", "*")
    assert found(populated, public_reader, everything, prefix="99.100.1") == ["A", "b", "C"]
    assert found(populated, public_reader, everything, prefix="99.100") == []
    assert found(populated, public_reader, everything, limit=2) == ["A", "b"]


def test_a_private_value_is_found_by_its_readers_alone(populated: World) -> None:
    readers = {
        "public": public_reader, "owner": Reader.party(core), "partner": Reader.party(supplier),
        "stranger": Reader.party("99.100/O-STRANGER00000"),
    }  # fmt: skip
    for term in (Term("NOTE", "for a partner"), Term("NOTE", "for a*"), Term("NOTE", "*")):
        told = {name: found(populated, reader, term) for name, reader in readers.items()}
        assert told == {"public": [], "owner": ["b"], "partner": ["b"], "stranger": []}, term
    hidden = Term("NOTE", "for nobody")
    assert found(populated, Reader.party(core), hidden) == []
    named = {"organisation": core}
    assert found(populated, auditor_reader, Term("NOTE", "for a*"), **named) == ["b"]
    assert found(populated, Reader.party(supplier), Term("NOTE", "for a*"), **named) == []
    assert found(populated, public_reader, Term("NOTE", "for a*"), **named) == []


def test_what_is_deleted_is_found_no_longer(populated: World) -> None:
    body = DeleteHandle(handle="99.100.1/A", reason="retired")
    populated.add(core, "identity.handle.delete/1", body)
    assert found(populated, public_reader, Term("URL", "*")) == ["b", "C"]
    populated.ledger.seal()
    assert populated.audit().refused == 0


def test_a_search_that_is_too_wide_is_refused(
    populated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "rows_looked_at_max", 2)
    with pytest.raises(SearchWide):
        found(populated, public_reader, Term("URL", "*"))
    assert found(populated, public_reader, Term("URL", "*"), Term("CHECKSUM", "7")) == ["A"]


@settings(max_examples=200, deadline=None)
@given(st.text("ab*.\\\n", max_size=8), st.text("ab.\\\n", max_size=8))
def test_wildcards_mean_any_characters(pattern: str, text: str) -> None:
    meant = re.compile("".join(".*" if c == "*" else re.escape(c) for c in pattern), re.DOTALL)
    assert Term("X", pattern).matches(text) == bool(meant.fullmatch(text))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_keys_of_the_index_tell_values_apart(one: str, other: str) -> None:
    """But for U+0000, which no index holds."""
    keys = [searching._key("*", "X", text) for text in (one, other)]
    told = [text.replace("\x00", "\ufffd") for text in (one, other)]
    assert (keys[0] == keys[1]) == (told[0] == told[1]) or "\x00" in one + other
