"""Databases whose files are ours to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import postgres


@dataclass
class Place:
    """A database server or folder of databases, and where its files are."""

    files: Path
    urls: dict[str, str]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Databases of the log, a mirror and a restored backup; their files and WAL are ours to read."""
    names = ("log", "mirror", "restored")
    if request.param == "sqlite":
        folder = tmp_path / "databases"
        yield Place(folder, {name: f"sqlite:///{folder / name}.sqlite" for name in names})
        return
    # A cluster of its own: other tests write no WAL here, and its data directory is ours.
    server: postgres.Server = request.getfixturevalue("postgres_server")
    socket = server.admin.query.get("host")
    if not isinstance(socket, str) or not Path(socket, "data").is_dir():
        pytest.skip("the tests were given a server whose files are not ours to read")
    with (
        server.fresh_tables() as one,
        server.fresh_tables() as two,
        server.fresh_tables() as three,
    ):
        yield Place(Path(socket, "data"), dict(zip(names, (one, two, three), strict=True)))
