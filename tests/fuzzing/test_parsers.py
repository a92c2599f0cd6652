"""No parser crashes on anything, and none accepts changed input for what it was (quality.md, "Tests")."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.conftest import soaking
from tests.fuzzing.engine import Parser, Refused, Wrong
from tests.fuzzing.shipped import no_parsers, readers
from tests.fuzzing.table import named, parsers
from tests.fuzzing.vectors import encoded

seconds_each = 0.05
seconds_each_soak = 60.0
seed_each_run = 20_260_105
slow = ("scanners.decode.decode", "bls.certificate.open_certificate", "imports.trade.read_trade")


@pytest.mark.parametrize("name", sorted(parsers))
def test_a_parser_refuses_or_understands(name: str) -> None:
    seconds = seconds_each_soak if soaking() else seconds_each
    parser = parsers[name]
    cases, accepted = parser.run(seconds, seed_each_run)
    print(f"{name}: {cases} cases, {accepted} accepted")
    assert cases >= parser.minimum


arbitrary = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=100).map(str.encode),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=12,
    ).map(encoded),
)


@pytest.mark.parametrize("name", sorted(set(parsers) - set(slow)))
@settings(max_examples=5000 if soaking() else 15)
@given(data=arbitrary)
def test_a_parser_survives_what_never_was_valid(name: str, data: bytes) -> None:
    parser = parsers[name]
    try:
        parser.check(data)
    except Wrong as error:
        # Something else that is valid by itself is no changed input.
        if error.__cause__ is not None:
            raise


def test_every_parser_of_shipped_code_is_in_the_table() -> None:
    """A new `parse`, `decode`, `open`, `read`, `load` or `from_…` is fuzzed, or says why it needs not be."""
    found = readers()
    fuzzed = {name for name in map(named, parsers) if name}
    assert found - fuzzed - no_parsers.keys() == set(), "add these to tests/fuzzing"
    assert no_parsers.keys() - found == set(), "these are gone: take them out of no_parsers"
    assert fuzzed & no_parsers.keys() == set()
    assert all(no_parsers.values())


#: Named otherwise in the sources, or several functions as one.
otherwise = {
    "app.imports.cells", "identity.asof.moment.instant_of",
    "identity.digital_link.compressed", "identity.digital_link.wishes", "identity.minting.bulk._parse", "identity.names.split",
    "identity.numbers",
    "finance.bank_records.type_of", "ledger.export.layout.Records", "scanners.codes", "trace.epcis.digital_link",
}  # fmt: skip


def test_no_parser_in_the_table_is_gone() -> None:
    claimed = {named(name) for name in parsers if "," not in name}
    assert claimed - readers() == otherwise


class _Crashes:
    def __call__(self, data: bytes) -> object:
        if b"\xff" in data:
            raise KeyError("x")
        raise Refused("no")


def test_what_must_be_found_is_found() -> None:
    """A crash, another re-encoding and another meaning, each with the line that repeats it."""
    crashing = Parser(lambda d: d if d == b"seed" * 20 else _Crashes()(d), lambda: [b"seed" * 20])
    with pytest.raises(Wrong, match=r"(?s)crashed: KeyError.*--seed 1 --case"):
        crashing.run(5, 1)
    lenient = Parser(lambda d: d.strip(), lambda: [b"seed" * 20], "bytes")
    with pytest.raises(Wrong, match="reads"):
        lenient.run(5, 1)
    trusting = Parser(lambda d: d[:4], lambda: [b"seed" * 20], "meaning")
    with pytest.raises(Wrong, match="accepts"):
        trusting.run(5, 1)
    with pytest.raises(Wrong, match="no seeds"):
        Parser(lambda d: d, list).run(0, 1)
