"""Audits of worlds, whole or broken off, for the tests here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.ledger.test_audit import fill
from tests.ledger.world import World

from tallystick.identity import Directory
from tallystick.ledger import Audited, Checker, audit
from tallystick.ledger.auditing import Crew

Progress = Callable[[int, int], None]


class Broken(Exception):
    """In the place of Ctrl-C."""


def filled(world: World, entries: int = 300) -> World:
    """Rows in every table, and pieces enough to be broken off between."""
    fill(world)
    world.ledger.append(world.mint(entries, start=5000))
    world.ledger.seal()
    return world


def audited(
    world: World,
    state: Path | None = None,
    *,
    ruled: bool = True,
    crew: Crew | None = None,
    progress: Progress | None = None,
    pinned: str | None = None,
) -> Audited:
    return audit(
        world.store, world.rules, Directory(), Checker(), memory=world.memory, state=state,
        ruled=ruled, crew=crew, progress=progress, pinned=pinned,
    )  # fmt: skip


def broken_at(size: int) -> Progress:
    """Breaks an audit off once it is so far."""

    def tick(done: int, _total: int) -> None:
        if done >= size:
            raise Broken

    return tick


def alike(one: Audited, other: Audited) -> bool:
    """But for where they began."""
    return replace(one, since=0) == replace(other, since=0)
