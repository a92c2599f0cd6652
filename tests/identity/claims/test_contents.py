"""Digital things: versions of a record's content, and who had a content first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.identity.claims.says import also_mine, code, mine, populated, theirs
from tests.ledger.world import World, core, supplier

from tallystick.identity import (
    Licence,
    RegisterContent,
    contents_for,
    contents_of,
    digest_file,
    records_with,
)
from tallystick.identity.contents import views
from tallystick.ledger import Answer, Reader, auditor_reader, public_reader

first, second = "ab" * 32, "cd" * 32


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> World:
    return populated(sqlite_url, tmp_path)


def content(handle: str = mine, **more: Any) -> RegisterContent:
    told: dict[str, Any] = {
        "handle": handle, "what": "data-set", "sha256": first, "size": 7,
        "media_type": "text/csv", "licence": Licence(spdx="CC0-1.0"), **more,
    }  # fmt: skip
    return RegisterContent(**told)


def say(world: World, author: str, body: RegisterContent) -> Answer:
    (answer,) = world.ledger.append([world.write(author, "identity.content.register/1", body)])
    return answer


def test_versions_of_a_content_are_kept_and_read_as_they_were(world: World) -> None:
    one = say(world, core, content())
    assert code(say(world, core, content(size=8))) == "content-known"
    assert code(say(world, supplier, content())) == "not-entitled"
    assert code(say(world, core, content("99.100.1/NONE"))) == "handle-unknown"
    two = say(world, core, content(sha256=second, digests={"sm3": "0" * 64}))
    assert one.index is not None
    with world.reader.open() as snapshot:
        found = contents_of(snapshot.view, mine.lower())
        before = contents_of(snapshot.view, mine, at=one.index)
    assert [each.since for each in found] == [two.index, one.index]
    assert before == found[1:]
    assert found[0].digests == {"sm3": "0" * 64}


def test_whoever_had_it_first_is_named_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "contents_page", 1)
    order = [(supplier, theirs), (core, also_mine), (core, mine)]
    for author, handle in order:
        assert say(world, author, content(handle)).accepted
    with world.reader.open() as snapshot:
        found = records_with(snapshot.view, first)
        assert records_with(snapshot.view, second) == ()
    assert [(one.owner, one.handle) for one in found] == order


def test_a_private_content_is_for_its_readers(world: World) -> None:
    assert say(world, core, content(readers=(supplier,))).accepted
    with world.reader.open() as snapshot:
        found = records_with(snapshot.view, first)
    for reader in (Reader.party(core), Reader.party(supplier), auditor_reader):
        assert contents_for(reader, found) == found
    assert contents_for(public_reader, found) == ()


@pytest.mark.parametrize(
    "more",
    [{"sha256": "AB" * 32}, {"sha256": "ab"}, {"size": -1}, {"what": "song"}, {"media_type": "csv"},
     {"digests": {"md5": "0" * 32}}, {"digests": {"sha-512": "0" * 64}}, {"digests": {"sm3": "G" * 64}},
     {"digests": {}}, {"readers": ()}, {"handle": "x"}],
)  # fmt: skip
def test_malformed_contents(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        content(**more)


@pytest.mark.parametrize(
    "licence",
    [{}, {"spdx": "MIT", "text": first}, {"spdx": "MIT", "url": "https://example.com"}, {"spdx": "MIT AND"},
     {"spdx": "MIT and Apache-2.0"}, {"spdx": "a b"}, {"text": "x"}, {"text": first, "url": "ftp://example.com"}],
)  # fmt: skip
def test_malformed_licences(licence: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Licence(**licence)


def test_a_file_is_digested_in_pieces(tmp_path: Path) -> None:
    file, seen = tmp_path / "data", []
    file.write_bytes(b"x" * (2**20 + 1))
    found = digest_file(file, lambda done, total: seen.append((done, total)), ("sha-512",))
    assert found.size == 2**20 + 1
    assert seen == [(2**20, 2**20 + 1), (2**20 + 1, 2**20 + 1)]
    assert len(found.digests["sha-512"]) == 128
