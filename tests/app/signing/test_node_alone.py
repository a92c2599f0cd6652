"""The node alone can do nothing: with every key that it holds, in everybody's name, on things that really are open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from urllib.parse import unquote

import pytest
from tests.app.signing.invoiced import Invoiced, invoiced
from tests.app.signing.waiting import Open, Waiting

from tallystick.app.demo import cast
from tallystick.ledger import Author, SigningKey, SystemClock

firms = (cast.core, cast.suppliers[0], cast.suppliers[3], cast.bank)
#: In the name of another: the key is not theirs.
not_theirs = {"key-not-valid"}
#: By itself it disposes of nothing, and alone it changes no firm that governs itself. What it is no party to it
#: does not even hear of (`finance.known`): the same thing is open to whoever is.
not_its_own = {
    "not-entitled", "two-persons-needed", "certificate-unknown", "document-unknown", "proposal-unknown", "offer-unknown",
    "hold-unknown", "quote-unknown",
}  # fmt: skip


@dataclass(frozen=True)
class Try:
    act: Waiting
    author: str
    key: SigningKey

    @property
    def is_own(self) -> bool:
        return self.author == self.key.keyid.partition(":")[2]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Invoiced]:
    home = tmp_path_factory.mktemp("alone")
    with invoiced(home, f"sqlite:///{home / 'ledger.sqlite3'}") as made:
        yield made


def test_the_node_alone_can_do_nothing(place: Invoiced) -> None:
    """Nothing is proposed, confirmed, approved, accepted, released, instructed or paid; then whoever may says it."""
    opened = Open(place)
    acts = opened.acts()
    released = {act.entry_type for act in acts if "release" in act.entry_type}
    assert len(released) == 4, released
    keys = [*held(place), cast.key(f"300:{cast.node}")]
    assert len(keys) > 2
    found = answers(place, [Try(*one) for one in product(acts, everybody(keys), keys)])

    assert {code for one, code in found if not one.is_own} == not_theirs
    own = {code for one, code in found if one.is_own}
    assert own <= not_its_own | not_theirs, own
    assert "not-entitled" in own
    for act in acts:
        opened.say(act.by, act.entry_type, act.body)


def held(place: Invoiced) -> list[SigningKey]:
    """Every key in the node's store."""
    folder = place.node.settings.folder / "keys"
    return [place.node.keys.get(unquote(path.stem)) for path in sorted(folder.glob("*.pem"))]


def everybody(keys: list[SigningKey]) -> list[str]:
    """Whose keys these are, the firms, and all people of the firms and of the node."""
    people = [firm.person(role) for firm in firms for role in firm.roles]
    operators = [cast.operator(role) for role in cast.operators]
    owners = {key.keyid.partition(":")[2] for key in keys}
    return [*sorted(owners), *(firm.handle for firm in firms), *people, *operators]


def answers(place: Invoiced, tries: list[Try]) -> list[tuple[Try, str]]:
    """The code with which each was refused, as all must be."""
    clock, told = SystemClock(), []
    for act in dict.fromkeys(one.act.entry_type for one in tries):
        some = [one for one in tries if one.act.entry_type == act]
        entries = [
            Author(place.ledger.origin, one.author, one.key, clock).write(act, one.act.body)
            for one in some
        ]
        for one, answer in zip(some, place.ledger.append(entries), strict=True):
            assert not answer.accepted, (act, one.author, one.key.keyid)
            told.append((one, answer.problem.code if answer.problem else str(answer.code)))
    return told
