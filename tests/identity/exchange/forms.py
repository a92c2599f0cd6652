"""Random records for the forms in which they leave and come."""

from __future__ import annotations

import base64
from typing import Any

from hypothesis import strategies as st

from tallystick.identity import HandleValue
from tallystick.ledger import canonical

texts = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Cf", "Zl", "Zp", "Zs")
    ),
    max_size=30,
)
handles = st.sampled_from(["99.1/A", "99.1/电池", "0.NA/99.1", "99.1/x;y:z"])


def _admin(handle: str, index: int, permissions: int) -> tuple[str, str]:
    told = {"handle": handle, "index": index, "permissions": f"{permissions:012b}"}
    return "admin", canonical.encode(told).decode()


def _vlist(members: list[tuple[str, int]]) -> tuple[str, str]:
    told = [{"handle": handle, "index": index} for handle, index in members]
    return "vlist", canonical.encode(told).decode()


#: (type, format, data) of what both the batch file and the table can say.
plain = st.tuples(st.sampled_from(["URL", "EMAIL", "10320/loc", "电池"]), st.none(), texts)
admins = st.builds(_admin, handles, st.integers(0, 2**32 - 1), st.integers(0, 2**12 - 1))
lists = st.builds(
    _vlist,
    st.lists(st.tuples(handles.filter(lambda h: ";" not in h), st.integers(0, 9)), max_size=3),
)
in_both = st.one_of(
    plain,
    admins.map(lambda told: ("HS_ADMIN", *told)),
    lists.map(lambda told: ("HS_VLIST", *told)),
)
#: Bytes that are no text.
binary = st.binary(max_size=20).map(lambda data: base64.b64encode(b"\0" + data).decode())
in_table = st.one_of(in_both, st.tuples(st.just("CERT"), st.just("base64"), binary))
in_lines = st.one_of(
    in_table,
    st.tuples(st.just("MAP"), st.just("json"), texts.map(lambda t: canonical.encode([t]).decode())),
    st.tuples(st.just("RAW"), st.just("hex"), st.binary(max_size=9).map(bytes.hex)),
    st.tuples(st.just("NOTE"), st.none(), st.text(st.characters(codec="utf-8"), max_size=20)),
)


def values(of: st.SearchStrategy[Any], **more: Any) -> st.SearchStrategy[tuple[HandleValue, ...]]:
    one = st.tuples(
        of, st.integers(0, 31_536_000), st.sampled_from(["1110", "1100", "0110", "1010"])
    )
    made = st.dictionaries(st.integers(1, 2**31 - 1), one, max_size=4)
    return made.map(lambda told: tuple(_value(index, told[index]) for index in sorted(told)))


def _value(index: int, told: tuple[tuple[str, Any, str], int, str]) -> HandleValue:
    (kind, form, data), ttl, permissions = told
    return HandleValue(
        index=index, type=kind, format=form, data=data, ttl=ttl, permissions=permissions
    )
