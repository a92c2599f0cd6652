"""The page of who may do what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from tallystick.app import permissions
from tallystick.app.reference.markdown import page, table

_relations = get_args(permissions.Relation)
_meant = {
    "own": "the thing is the asking organisation's own",
    "party": "the asking organisation is a party of it: a counterparty, or a reader that the entry names",
    "sharing": "its owner lets the asking organisation read it, by an agreement or disclosure that holds today",
    "remit": "a node or the root gave the asking outsider a remit that covers it and holds today",
    "ended": "an agreement, disclosure or remit that ended, lapsed, has not begun or was not accepted: it opens nothing",
    "same-role": "another organisation in the same capacity (another supplier, another bank)",
    "other": "another organisation, whatever its roles",
    "suspended": "own or a party, and suspended: it reads on; what others gave it rests",
    "nobody": "nobody is logged in, or the session is over",
}


def matrix() -> str:
    """Relations explained, the routes of each resource, and every cell."""
    relations = table(("relation", "meaning"), ((f"`{n}`", _meant[n]) for n in _relations))
    resources = table(
        ("resource", "what it is", "routes"),
        (
            (f"`{one.name}`", one.what, ", ".join(f"`{path}`" for path in _routes(one.name)))
            for one in permissions.resources.values()
        ),
    )
    cells = table(
        ("resource", "role", *_relations),
        (
            (f"`{row['resource']}`", row["role"], *(row[name] for name in _relations))
            for row in permissions.table()
        ),
    )
    said = (
        "Who reads what. `all`: everything of that relation; verbs: it is read so, and not otherwise; `public`: what everybody gets; –: refused, by `role-missing` "
        "to a person of the organisation, and as something that does not exist to everybody else. Programs have scopes in "
        "the place of roles; users of the Handle API read the resource `identity` as programs do, and nothing else. Writing is a signed entry: the rule of its [type](entry-types.md) names who may sign it. A route "
        "that stands in no line fails the tests."
    )
    return page(
        "Who may do what",
        said,
        relations,
        "## Resources",
        resources,
        "## Cells",
        cells,
        "## Entries",
        _writing,
        _entries(),
    )


_writing = (
    "Who may say an entry of each type. Each entry that a test of the product says is judged again as if somebody else had "
    "said it, over the same state: `itself` is an organisation with its own key, `device` one of its devices, `self` the one "
    "person whom it is about, the others people with one role. `own`: of the organisation that said it; `its node`: of the "
    "node that verified that; `party`: of another organisation that the entry names; `alike`: of another in the same capacity; "
    "`suspended`: of its own, while it is suspended. An organisation that is founded acts by its people, one that is not by "
    "its own key: a cell names both. The node registers, ends and suspends people, keys and devices only of an organisation "
    "that is not founded; what everybody may say, it may too. Two persons' acts are proposed by the first and decided by others. The rules "
    "judge; this table follows from them, and a test compares (`python -m tests.app.permitted` writes it anew)."
)
_columns = {
    "own": "own", "node": "its node", "party": "party", "same-role": "alike", "suspended": "suspended",
}  # fmt: skip


def _entries() -> str:
    return table(
        ("type", *_columns.values()),
        (
            (f"`{name}`", *(_said(cells.get(relation, ())) for relation in _columns))
            for name, cells in sorted(permissions.said_by().items())
        ),
    )


def _said(found: Sequence[str]) -> str:
    if set(found) >= {"itself", *permissions.roles}:
        more = ", device" if "device" in found else ""
        return f"everybody{more}"
    if set(found) >= set(permissions.roles):
        return "every person"
    return ", ".join(found) or "\u2013"


def _routes(resource: str) -> list[str]:
    return [path for path, name in permissions.of_route.items() if name == resource]
