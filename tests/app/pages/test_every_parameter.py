"""Search, cursors and filters tell strangers nothing: each parameter of each route, with the owner's word and nobody's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.app.pages.cells import Asked, Copy, played
from tests.app.pages.seeking import Seeking, for_oneself, no_names, private
from tests.app.pages.test_every_cell import Answer, Asking, unnamed

from tallystick.app import permissions
from tallystick.app.demo import cast
from tallystick.app.http import create_app

strangers = ("ended", "same-role", "other")


@pytest.fixture(scope="module")
def asking(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    home = tmp_path_factory.mktemp("parameters")
    copy = Copy(demo_home, home, cast.core, cast.suppliers[0])
    with (
        played(pytest.MonkeyPatch(), [copy]),
        TestClient(
            create_app(copy.node),
            base_url="https://testserver",
            raise_server_exceptions=False,
            follow_redirects=False,
        ) as client,
    ):
        yield Asking(client, copy)


@pytest.fixture(scope="module")
def seeking(asking: Asking) -> Seeking:
    return Seeking(asking.copy)


def test_every_parameter_is_asked_or_holds_no_name(asking: Asking, seeking: Seeking) -> None:
    for path, parameters in asking.paths.items():
        for parameter in parameters:
            assert seeking.says(path, parameter) != (parameter in no_names), (path, parameter)


def questions(asking: Asking, seeking: Seeking) -> Iterator[tuple[str, Asked]]:
    for path, parameters in asking.paths.items():
        for parameter in sorted(parameters):
            for one in seeking.asked(asking.asked(path), parameter):
                yield parameter, one


def answers(asking: Asking, relation: str, address: str) -> list[Answer]:
    """As a whole, and in every role that may look at all."""
    if relation == "nobody":
        return [asking.whole(relation, address)]
    return [
        asking.whole(relation, address),
        *(asking.member(relation, role, address) for role in permissions.roles),
    ]


def test_what_is_asked_is_of_a_form_that_its_owner_may_ask(
    asking: Asking, seeking: Seeking
) -> None:
    """Where the owner is answered without the word, none of the two words is refused for its form."""
    wrong = []
    for parameter, one in questions(asking, seeking):
        if min(got.status for got in answers(asking, "own", asking.asked(one.path).real)) >= 400:
            continue
        words = seeking.words(one.path, parameter)
        for address in (one.real, one.unknown) if words else (one.real,):
            statuses = {got.status for got in answers(asking, "own", address)}
            if min(statuses) in (400, 422):
                wrong.append((one.path, parameter, address, statuses))
    assert wrong == [], "\n".join(map(str, wrong))


def test_the_private_value_is_found_by_its_owner(asking: Asking, seeking: Seeking) -> None:
    """Else nothing is compared below."""
    (one,) = seeking.asked(asking.asked("/v1/records"), "value")
    assert asking.whole("own", one.real).body != asking.whole("own", one.unknown).body


@pytest.mark.parametrize("relation", [*strangers, "nobody"])
def test_a_word_of_the_owners_and_one_of_nobodys_are_answered_alike(
    asking: Asking, seeking: Seeking, relation: str
) -> None:
    """Status, headers (ETag among them), order and text; of what is public, as nobody is answered.

    Asked of the owner's lists, and of the reader's own.
    """
    owner, own = asking.copy.owner.handle, asking.copy.organisations[relation]
    wrong: list[str] = []
    compared = 0
    for parameter, one in questions(asking, seeking):
        is_open = permissions.resource_of(one.path).open
        both = [one]
        if own:
            words = seeking.words(one.path, parameter)
            base = for_oneself(asking.asked(one.path), owner, own)
            both += seeking.asked(base, parameter) if words else []
        for asked in both:
            real, unknown = (answers(asking, relation, at) for at in (asked.real, asked.unknown))
            public = asking.whole("nobody", asked.real)
            for mine, nobodys in zip(real, unknown, strict=True):
                compared += 1
                assert mine.status < 500 or mine.status == 503, (asked.real, mine.body)
                if alike(mine, nobodys, asked):
                    continue
                if is_open and (one.path, parameter) not in private and alike(mine, public, asked):
                    continue
                wrong.append(f"{asked.real} {asked.unknown}: {mine.status} {nobodys.status}")
    assert wrong == [], "\n".join(wrong)
    assert compared > 100 * (1 if relation == "nobody" else len(permissions.roles))


def alike(one: Answer, other: Answer, asked: Asked) -> bool:
    bodies = {unnamed(answer.body, asked) for answer in (one, other)}
    return (one.status, one.headers) == (other.status, other.headers) and len(bodies) == 1


def test_where_a_code_leads_follows_from_its_form_alone(asking: Asking) -> None:
    """/find looks nothing up."""
    names = {
        asking.copy.objects.in_path(path, "name:path")
        for path in asking.paths
        if "{name:path}" in path
    }
    assert len(names) > 5
    for mine, nobodys in names:
        led = [
            asking.client.get("/find", params={"q": one}).headers["location"]
            for one in (mine, nobodys)
        ]
        where = [unnamed(one.encode(), Asked("/find", "", "", (mine, nobodys))) for one in led]
        assert where[0] == where[1]
