"""`ledger.verifier/1`: the root authority publishes the hashes of the verifier page, and nobody else does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.ledger.world import World, core, root

from tallystick.ledger import PublishVerifier, verifier_type

files = {"index.html": "ab" * 32, "verifier.js": "cd" * 32}


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> World:
    made = World(database_url, tmp_path / "home")
    made.populate()
    return made


def test_the_root_authority_publishes_and_the_newest_counts(world: World) -> None:
    world.add(root, verifier_type, PublishVerifier(version="0.1.0", files=files))
    index = world.add(
        root,
        verifier_type,
        PublishVerifier(version="0.2.0", files={**files, "icon.svg": "00" * 32}),
    ).index
    with world.reader.open() as snapshot:
        found = snapshot.view.get("log", "verifier")
    assert found == {"version": "0.2.0", "files": {**files, "icon.svg": "00" * 32}, "index": index}


def test_nobody_else_publishes(world: World) -> None:
    """A firm would tell everybody that its own page is the right one."""
    body = PublishVerifier(version="0.1.0", files=files)
    (answer,) = world.ledger.append([world.author(core).write(verifier_type, body)])
    refused = answer.problem or answer.refusal
    assert refused is not None
    assert refused.code == "verifier-refused"
    with world.reader.open() as snapshot:
        assert snapshot.view.get("log", "verifier") is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": {}},
        {"files": {"../index.html": "ab" * 32}},
        {"files": {"": "ab" * 32}},
        {"files": {"index.html": "AB" * 32}},
        {"files": {f"{n}.js": "ab" * 32 for n in range(65)}},
        {"version": ""},
        {"version": "0.1.0\n"},
        {"more": 1},
    ],
)
def test_a_malformed_body_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PublishVerifier.model_validate_json(
            json.dumps({"version": "0.1.0", "files": files, **wrong})
        )
