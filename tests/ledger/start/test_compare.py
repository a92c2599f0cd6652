"""Three states into one outcome: held against an oracle that knows the whole histories."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.ledger.witness.history import History

from tallystick.ledger import DataLost, start
from tallystick.ledger.signer import SignerMemoryLost
from tallystick.ledger.start import Claim, HistoryDiffers, Stored

reached: dict[str, int] = {}
_main, _fork = History("main", shared=6), History("fork", shared=6)
size_max = 12


@dataclass(frozen=True)
class Drawn:
    """A size of the true history, or of one that forks from it at entry 6."""

    size: int
    forked: bool = False

    def claim(self, who: str) -> Claim:
        history = _fork if self.forked else _main
        return Claim(who, self.size, history.checkpoint(self.size).root)

    @property
    def differs(self) -> bool:
        return self.forked and self.size > 6


drawn = st.builds(Drawn, st.integers(0, size_max), st.booleans())


def stored(size: int, sealed: int, newest: Drawn | None, others: list[Drawn]) -> Stored:
    """A database that holds the true history up to `size`."""
    sizes = {one.size for one in (*others, *([newest] if newest else []))}
    roots = {n: _main.checkpoint(n).root for n in sizes if 0 < n <= size}
    return Stored(size, sealed, newest.claim("the database") if newest else None, roots)


@given(
    size=st.integers(1, size_max),
    unsealed=st.integers(0, 3),
    newest=st.none() | drawn.filter(lambda one: one.size > 0),
    memory=drawn,
    seen=st.lists(drawn, max_size=3),
)
@example(size=5, unsealed=0, newest=Drawn(5), memory=Drawn(5), seen=[])
@example(size=5, unsealed=0, newest=Drawn(5), memory=Drawn(0), seen=[])
@example(size=5, unsealed=0, newest=Drawn(5), memory=Drawn(9), seen=[])
@example(size=12, unsealed=0, newest=Drawn(5), memory=Drawn(8, forked=True), seen=[])
def test_the_outcome_is_that_of_the_oracle(
    size: int, unsealed: int, newest: Drawn | None, memory: Drawn, seen: list[Drawn]
) -> None:
    sealed = max(0, size - unsealed)
    others = [memory, *seen]
    held = stored(size, sealed, newest, others)
    claims = [one.claim(f"w{number}") for number, one in enumerate(seen)]
    found = start.compare(held, memory.claim("the signer's memory"), claims)
    known = [one for one in (*others, *([newest] if newest else [])) if one.size]
    if any(one.differs and one.size <= size for one in known):
        outcome, error = "history differs", HistoryDiffers
    elif any(one.size > size for one in known):
        outcome, error = "data lost", DataLost
    elif known and not memory.size:
        outcome, error = "memory lost", SignerMemoryLost
    else:
        outcome, error = "starts", None
    reached[outcome] = reached.get(outcome, 0) + 1
    assert (type(found.error) if found.error else None) == error
    if error is not None:
        assert (found.name, found.seal, found.sign, found.remember) == ("stop", False, False, None)
        assert found.error is not None
        assert error.code in found.told()
        with pytest.raises(error):
            found.require()
        return
    _check_started(found, size, sealed, newest.size if newest else 0, memory.size, known)


def _check_started(
    found: start.Start, size: int, sealed: int, newest: int, memory: int, known: list[Drawn]
) -> None:
    largest = max((one.size for one in known), default=0)
    assert found.require() is found
    assert found.seal == (size > sealed)
    assert found.sign == (size == sealed > newest)
    assert (found.remember.size if found.remember else memory) == max(memory, largest)
    undone = found.seal or found.sign or newest < memory or memory < largest
    assert (found.name == "go on") == (not undone)
    assert bool(found.why) == (found.name == "integrate")


def test_every_outcome_was_reached() -> None:
    print(f"outcomes: {reached}")
    assert {"history differs", "data lost", "memory lost", "starts"} <= set(reached)


def test_each_thing_that_was_left_undone_is_told() -> None:
    five, eight = Drawn(5), Drawn(8)
    cases = [
        (stored(8, 8, eight, [eight]), 8, "go on"),
        (stored(8, 8, five, [five, eight]), 8, "integrate: checkpoint 8 was signed and not stored"),
        (stored(8, 8, five, [five]), 5, "integrate: the block at 8 was committed and not signed"),
        (stored(8, 5, five, [five]), 5, "integrate: 3 entries were committed and not sealed"),
        (
            stored(8, 8, eight, [five, eight]),
            5,
            "integrate: the signer's memory ends at 5, the database has checkpoint 8",
        ),
    ]
    for held, memory, told in cases:
        assert start.compare(held, Drawn(memory).claim("memory")).told() == told


def test_a_witness_raises_the_memory_and_never_lowers_it() -> None:
    held = stored(8, 8, Drawn(8), [Drawn(3), Drawn(8)])
    found = start.compare(held, Drawn(8).claim("memory"), [Drawn(3).claim("w")])
    assert (found.name, found.remember) == ("go on", None)
    found = start.compare(held, Drawn(3).claim("memory"), [Drawn(8).claim("w")])
    assert found.remember is not None
    assert found.remember.size == 8
