"""Who may do what with a handle through the API: HS_ADMIN values, and the groups they name (RFC 3651 §3.2.2).

An administrator is a reference `index:handle`. A reference to index 0 stands for every key of the handle, one to an
organisation for everybody who speaks for it, one to an HS_VLIST for whom it lists. The HS_ADMIN values of the record
count, and those of its prefix's record besides: who administers a prefix administers what is under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import IntFlag
from typing import Any

from tallystick.identity import directory, names
from tallystick.identity.rest.errors import NoAdministrator, NoPermission
from tallystick.identity.views import Record, prefix_record, resolve
from tallystick.ledger import View

groups_depth_max = 4
groups_looked_at_max = 64
_bits = re.compile("[01]{12}")


class Permission(IntFlag):
    """The bits of an HS_ADMIN value."""

    ADD_HANDLE = 0x1
    DELETE_HANDLE = 0x2
    ADD_PREFIX = 0x4
    DELETE_PREFIX = 0x8
    MODIFY_VALUE = 0x10
    REMOVE_VALUE = 0x20
    ADD_VALUE = 0x40
    MODIFY_ADMIN = 0x80
    REMOVE_ADMIN = 0x100
    ADD_ADMIN = 0x200
    READ_VALUE = 0x400
    LIST_HANDLES = 0x800


def read_permissions(text: str) -> Permission:
    """Twelve digits, the highest bit first; what is no such text allows nothing."""
    return Permission(int(text, 2)) if _bits.fullmatch(text) else Permission(0)


def permissions(view: View, identity: str, handle: str, record: Record | None) -> Permission | None:
    """What `index:handle` may do; None if no HS_ADMIN value names it."""
    prefix = resolve(view, prefix_record + names.administered_by(handle))
    found: Permission | None = None
    for one in (record, prefix):
        for value in one.values if one else ():
            admin = value.value
            if value.type == "HS_ADMIN" and isinstance(admin, Mapping):
                reference = f"{admin.get('index', 0)}:{admin.get('handle', '')}"
                if _stands_for(view, reference, identity):
                    granted = read_permissions(str(admin.get("permissions", "")))
                    found = granted | (found or Permission(0))
    return found


def require(
    view: View, identity: str, handle: str, record: Record | None, needed: Permission
) -> None:
    """Raises `NoAdministrator` or `NoPermission`."""
    granted = permissions(view, identity, handle, record)
    if granted is None:
        raise NoAdministrator(f"{identity} is not among the administrators", handle)
    if missing := needed & ~granted:
        raise NoPermission(f"{identity} has no permission {missing.name}", handle)


def _stands_for(view: View, reference: str, identity: str) -> bool:
    seen: set[str] = set()
    level = [reference]
    for _ in range(groups_depth_max + 1):
        if any(_names(view, one, identity) for one in level):
            return True
        seen.update(names.fold(one) for one in level)
        if len(seen) > groups_looked_at_max:
            return False
        level = [m for one in level for m in _members(view, one) if names.fold(m) not in seen]
    return False


def _names(view: View, reference: str, identity: str) -> bool:
    index, _, handle = reference.partition(":")
    own_index, _, own = identity.partition(":")
    if names.fold(handle) == names.fold(own):
        return index in ("0", own_index)
    try:
        return directory.speaker(view, own).organisation == handle
    except directory.UnknownParty:
        return False


def _members(view: View, reference: str) -> Iterator[str]:
    """Whom the HS_VLIST under a reference lists."""
    index, _, handle = reference.partition(":")
    record = resolve(view, handle) if "/" in handle else None
    for value in record.values if record else ():
        if value.type == "HS_VLIST" and str(value.index) == index:
            for one in value.value if isinstance(value.value, list) else ():
                if isinstance(one, Mapping):
                    row: Mapping[str, Any] = one
                    yield f"{row.get('index', 0)}:{row.get('handle', '')}"
