"""Who may decide about devices of an organisation: asked here and nowhere else."""

from __future__ import annotations

from tallystick.identity import directory
from tallystick.identity.directory import NotEntitled, UnknownParty
from tallystick.identity.people import members
from tallystick.ledger import State


def may_approve(state: State, author: str, organisation: str) -> bool:
    """Whether `author` may approve devices of `organisation`: one of its officers, or, before its founding, itself.

    The node that verified it may not: it would make devices for others. Types that ask this also ask for a key
    that no node holds.
    """
    try:
        who = directory.speaker(state, author)
    except UnknownParty:
        return False
    return who.organisation == organisation and members.administers(state, who)


def require_approver(state: State, author: str, organisation: str) -> None:
    """Raises `NotEntitled` or `UnknownParty`."""
    directory.organisation(state, organisation)
    if not may_approve(state, author, organisation):
        raise NotEntitled(f"{author} approves no devices of {organisation}")


def require_keeper(state: State, author: str, organisation: str) -> None:
    """Who says where a device stands and how it is calibrated: also people of the warehouse. Raises `NotEntitled`."""
    who = directory.speaker(state, author)
    if may_approve(state, author, organisation):
        return
    if who.organisation != organisation or "warehouse" not in who.roles:
        raise NotEntitled(f"{author} does not look after devices of {organisation}")
