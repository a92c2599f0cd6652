"""The ten bugs that anybody could write, planted one at a time: the simulator finds each, and is quiet without."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.simulator import parts, plants
from tests.simulator.run import run

#: Bug: the first of the seeds that look for it, and how many there are. Measured from 0: docs/adr/0028.
hunts = {
    "01-answer-before-commit": (30, 30),
    "02-no-compare-and-swap": (0, 60),
    "03-sign-before-replication": (0, 60),
    "04-witness-answers-before-it-stores": (0, 12),
    "05-idempotency-outside-the-transaction": (0, 12),
    "06-key-validity-before-sequencing": (6, 12),
    "07-prev-unchecked-inside-a-batch": (0, 12),
    "08-projection-outside-the-transaction": (1, 12),
    "09-partial-tile-off-by-one": (0, 12),
    "10-erasures-not-applied-on-restore": (0, 20),
}
at_once = 2


def needed(name: str) -> bool:
    """Whether the part that the bug is planted into is there."""
    if name.startswith("10-"):
        return parts.has_erasure
    return parts.has_terms or not name.startswith(("01-", "02-", "03-", "08-"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, plants.Found]]:
    """What became of each hunt; they run side by side."""
    template: Path = tmp_path_factory.mktemp("planted") / "template"
    plants.keep_templates(template)
    with ThreadPoolExecutor(at_once) as pool:
        begun = {
            name: pool.submit(plants.hunt, name, first, seeds, template)
            for name, (first, seeds) in hunts.items()
            if needed(name)
        }
        yield {name: future.result() for name, future in begun.items()}


def test_there_are_ten_and_a_hunt_for_each() -> None:
    assert plants.names() == sorted(hunts)
    assert len(hunts) == 10


@pytest.mark.parametrize("name", sorted(hunts))
def test_a_planted_bug_is_found(name: str, found: dict[str, plants.Found]) -> None:
    if not needed(name):
        pytest.skip(f"{name}: its part is not there yet")
    assert found[name].seed is not None, found[name].said
    print(found[name].said)


@pytest.mark.parametrize("name", sorted(hunts))
def test_without_the_bug_the_same_seed_is_clean(name: str, found: dict[str, plants.Found]) -> None:
    """It is the bug that is found, and not the simulator's own."""
    if not needed(name):
        pytest.skip(f"{name}: its part is not there yet")
    seed = found[name].seed
    assert seed is not None
    assert run(seed).violation == ""
