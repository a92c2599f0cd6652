"""PUT, DELETE and the list of a prefix: every response code with its HTTP status."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.rest.conftest import Api, admin, other, prefix, stranger, text, user
from tests.ledger.world import core, supplier

from tallystick.identity import versions

one = f"/api/handles/{prefix}/SN-1"
own = user.partition(":")[2]


def test_a_handle_through_its_life(api: Api) -> None:
    assert api.put("SN-1", text(1, "a"), text(2, "b")) == (201, 1)
    assert api.put("SN-1", text(1, "c")) == (200, 1)
    assert api.values("SN-1") == {1: "c"}
    assert api.put("SN-1", text(2, "d"), text(3, "e"), index=[2, 3]) == (200, 1)
    assert api.put("SN-1", text(4, "f"), index="various") == (200, 1)
    assert api.values("SN-1") == {1: "c", 2: "d", 3: "e", 4: "f"}
    assert api.code("DELETE", one, index=[2, 3]) == (200, 1)
    assert api.values("SN-1") == {1: "c", 4: "f"}
    assert api.code("DELETE", one, reason="duplicate") == (200, 1)
    assert api.code("GET", one) == (404, 100)
    assert api.put("SN-1", text(1, "again"), overwrite=False) == (201, 1)
    with api.world.reader.open() as snapshot:
        deleted = [
            row.get("deleted", {}).get("reason") for row in versions(snapshot.view, "99.100.1/SN-1")
        ]
    assert deleted == [None, "duplicate", *[None] * 5]


def test_what_is_already_so_is_not_written_again(api: Api) -> None:
    api.put("SN-1", text(1), text(2, permissions="1010"))
    with api.world.reader.open() as snapshot:
        size = snapshot.size()
    assert api.put("SN-1", text(1), text(2, permissions="1010")) == (200, 1)
    assert api.put("SN-1", text(2, permissions="1010"), index=2) == (200, 1)
    with api.world.reader.open() as snapshot:
        assert snapshot.size() == size


@pytest.mark.parametrize(
    ("method", "path", "body", "query", "expected"),
    [
        ("PUT", one, [text(1)], {"overwrite": False}, (409, 101)),
        ("PUT", one, [text(1)], {"index": 1, "overwrite": False}, (409, 201)),
        ("PUT", one, [text(1)], {"index": 2}, (400, 4)),
        ("PUT", one, [text(1)], {"index": "x"}, (400, 4)),
        ("PUT", one, [text(9, "y")], {"index": 9}, (403, 401)),
        ("PUT", "/api/handles/99.100.1/NONE", [text(1)], {"index": 1}, (404, 100)),
        ("PUT", "/api/handles/99.100.9/X", [text(1)], {}, (400, 301)),
        ("PUT", "/api/handles/99.100.2/X", [text(1)], {}, (403, 400)),
        ("PUT", "/api/handles/nothing", [text(1)], {}, (400, 102)),
        ("PUT", "/api/handles/99.100.1/a b", [text(1)], {}, (400, 102)),
        ("PUT", "/api/handles/99.100.1/" + "x" * 300, [text(1)], {}, (400, 102)),
        ("DELETE", one, None, {"index": 7}, (400, 200)),
        ("DELETE", one, None, {"index": "x"}, (400, 4)),
        ("DELETE", "/api/handles/99.100.1/NONE", None, {}, (404, 100)),
        ("DELETE", "/api/handles/99.100.1/NONE", None, {"index": 1}, (404, 100)),
        ("GET", "/api/handles", None, {"prefix": "99.100.9"}, (400, 301)),
        ("GET", "/api/handles", None, {"prefix": "99.100.2"}, (403, 400)),
        ("GET", "/hrls/handles", None, {}, (400, 4)),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(
    still: Api, method: str, path: str, body: Any, query: dict[str, Any], expected: tuple[int, int]
) -> None:
    still.put("SN-1", text(1, "a"), text(9, "for ever", permissions="1010"))
    with still.world.reader.open() as snapshot:
        size = snapshot.size()
    assert still.code(method, path, body, **query) == expected
    with still.world.reader.open() as snapshot:
        assert snapshot.size() == size


@pytest.mark.parametrize(
    "value",
    [
        {"index": 1, "type": "NAME"},
        {"index": 1, "type": "NAME", "data": ["x"]},
        {"index": 1, "type": "NAME", "data": {"format": "odd", "value": "x"}},
        {"index": 1, "type": "NAME", "data": {"format": "string", "value": 7}},
        {"index": 1, "type": "NAME", "data": {"format": "base64", "value": "!"}},
        {"index": 1, "type": "NAME", "data": {"format": "hex", "value": "0"}},
        {"index": 1, "type": "X", "data": {"format": "admin", "value": {"handle": "9/x", "index": 1}}},
        {"index": 1, "type": "X", "data": {"format": "vlist", "value": [{"handle": "9"}]}},
        {"index": 1, "type": "X", "data": {"format": "site", "value": 1}},
        {"index": 1, "type": "X", "data": {"format": "site", "value": {"a": 1.5}}},
        {"index": 1, "type": "X", "data": {"format": "key", "value": {"kty": "EC", "d": "secret"}}},
        {"index": 1, "type": "X", "data": {"format": "key", "value": {"kty": "DSA", "x": "secret"}}},
        {"index": 1, "type": "HS_SECKEY", "data": "a secret that would stay"},
        text(0), text(-1), text(1, surprise=1), text(2**60), text(1, "x" * 4097),
        text(1, ttl="2030-01-01T00:00:00Z"), text(1, ttl=-1), text(1, permissions="1111"),
        text(1, permissions="x"), text(1, readers=[core]), text(1, references=["x"]),
        {"index": True, "type": "NAME", "data": "x"}, {"index": 1, "type": "", "data": "x"},
    ],
)  # fmt: skip
def test_a_value_that_is_not_in_its_form(still: Api, value: dict[str, Any]) -> None:
    assert still.put("SN-NEW", value) == (400, 202)
    assert still.code("GET", f"/api/handles/{prefix}/SN-NEW") == (404, 100)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'"x"', b"7", b'{"values": 7}', b"[7]", b"\xff", b"[" * 5000]
)
def test_a_body_that_is_no_list_of_values(still: Api, body: bytes) -> None:
    answer = still.client.put(one, content=body, headers={"who": user})
    assert (answer.status_code, answer.json()["responseCode"]) == (400, 4)


def test_two_values_of_one_index_and_too_many(api: Api) -> None:
    assert api.put("SN-1", text(1), text(1)) == (400, 202)
    assert api.put("SN-1", *(text(index) for index in range(1, 66))) == (400, 202)
    answer = api.client.put(one, content=b" " * (1024 * 1024 + 1), headers={"who": user})
    assert answer.status_code == 413


def test_three_forms_of_a_body(still: Api) -> None:
    bodies: list[Any] = [text(1), [text(1)], {"values": [text(1)]}]
    for number, body in enumerate(bodies):
        assert still.code("PUT", f"/api/handles/{prefix}/FORM-{number}", body) == (201, 1)
        assert still.values(f"FORM-{number}") == {1: "x"}


_shapes: list[tuple[str, Any]] = [
    ("string", "电池"), ("base64", "YQ=="), ("hex", "0aff"), ("vlist", [{"handle": own, "index": 301}]),
    ("admin", {"handle": own, "index": 301, "permissions": "011111110011"}),
    ("site", {"version": 1, "servers": [{"serverId": 1}]}),
    ("key", {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
]  # fmt: skip


@pytest.mark.parametrize(("form", "value"), _shapes)
def test_data_of_every_form_comes_back_as_it_was(still: Api, form: str, value: Any) -> None:
    data = {"format": form, "value": value}
    references = [{"handle": own, "index": 300}]
    told = {"index": 7, "type": "X", "data": data, "ttl": 60, "permissions": "1010"}
    assert still.put(f"DATA-{form}", {**told, "references": references}) == (201, 1)
    _, found = still.ask("GET", f"/api/handles/{prefix}/DATA-{form}")
    (shown,) = found["values"]
    assert shown.pop("timestamp")
    assert shown == {**told, "references": references}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("abc")), max_size=5))
def test_a_record_is_what_was_put_last(wanted: list[tuple[int, str]]) -> None:
    """The plan over a record, as data: what it would leave is what was asked for."""
    from tallystick.identity import HandleValue
    from tallystick.identity.rest import plan
    from tallystick.ledger import Change, MemoryState

    state = MemoryState()
    before = [{"index": index, "type": "NAME", "data": "a", "time": "t"} for index in (1, 2)]
    row = {"handle": "99.1/X", "owner": core, "since": 1, "values": before}
    state.apply([Change("handle", "99.1/X", row)])
    after = dict(wanted)
    values = [HandleValue(index=index, type="NAME", data=data) for index, data in after.items()]
    made = plan.put(state, "99.1/x", values, overwrite=True)  # type: ignore[arg-type]
    left = {1: "a", 2: "a"}
    if made.said is not None:
        body: Any = made.said.body
        left = {index: data for index, data in left.items() if index not in body.remove}
        left |= {value.index: value.data for value in body.values}
    assert left == after


def test_bits_decide_and_groups_are_followed(api: Api) -> None:
    group = {"index": 200, "type": "HS_VLIST", "data": {"format": "vlist", "value": [
        {"handle": other.partition(":")[2], "index": 0}]}}  # fmt: skip
    # Nobody but the two named here administers the prefix any longer.
    rights = [admin(100, own, 301, "111111111111"), group]
    assert api.code("PUT", f"/api/handles/0.NA/{prefix}", rights, index="various") == (404, 100)
    assert api.code("PUT", f"/api/handles/0.NA/{prefix}", rights) == (201, 1)
    shared = admin(100, f"{prefix}/SN-1", 200, "000000010000")
    assert api.put("SN-1", shared, group, text(1), text(2)) == (201, 1)
    assert api.put("SN-1", text(1, "changed"), index=1, who=other) == (200, 1)
    for refused in (
        lambda: api.put("SN-1", text(3), index=3, who=other),
        lambda: api.code("DELETE", one, index=1, who=other),
        lambda: api.code("DELETE", one, who=other),
        lambda: api.put("SN-1", {**group, "index": 201}, index=201, who=other),
        lambda: api.put("SN-1", {**group, "data": "x"}, index=200, who=other),
    ):
        assert refused() == (403, 401)
    assert api.put("SN-2", text(1), who=other) == (403, 400)
    assert api.code("GET", "/api/handles", prefix=prefix, who=other) == (403, 400)
    assert api.code("DELETE", one) == (200, 1)


def test_groups_that_contain_each_other_end(api: Api) -> None:
    def group(*members: str) -> dict[str, Any]:
        rows = [{"handle": f"{prefix}/{one}", "index": 200} for one in members]
        return {"index": 200, "type": "HS_VLIST", "data": {"format": "vlist", "value": rows}}

    assert api.put("G-1", group("G-2", "G-3")) == (201, 1)
    assert api.put("G-2", group("G-1", "G-2")) == (201, 1)
    rights = [admin(100, f"{prefix}/G-1", 200, "111111111111")]
    assert api.code("PUT", f"/api/handles/0.NA/{prefix}", rights) == (201, 1)
    assert api.put("SN-1", text(1)) == (403, 400)


def test_reading_private_values_needs_its_bit(api: Api) -> None:
    hidden = text(2, "secret", permissions="1100")
    assert api.put("SN-1", text(1), hidden) == (201, 1)
    assert api.values("SN-1") == {1: "x", 2: "secret"}
    assert api.values("SN-1", publicOnly=True) == api.values("SN-1", who=None) == {1: "x"}
    rights = [
        admin(100, own, 301, "111111111111"),
        admin(101, other.partition(":")[2], 0, "101111111111"),
    ]
    assert api.code("PUT", f"/api/handles/0.NA/{prefix}", rights) == (201, 1)
    assert api.values("SN-1", who=other) == {1: "x"}
    assert api.values("SN-1") == {1: "x", 2: "secret"}


def test_a_prefix_is_listed_by_pages_without_the_deleted(api: Api) -> None:
    names = [f"SN-{number}" for number in range(5)]
    for name in names:
        api.put(name, text(1))
    api.code("DELETE", f"/api/handles/{prefix}/SN-3")
    path, handles = "/api/handles", [f"{prefix}/{name}" for name in names if name != "SN-3"]
    status, whole = api.ask("GET", path, prefix=f"0.NA/{prefix}")
    assert (status, whole["handles"], whole["totalCount"]) == (200, handles, 4)
    pages = [api.ask("GET", path, prefix=prefix, page=page, pageSize=3)[1] for page in range(3)]
    assert [page["handles"] for page in pages] == [handles[:3], handles[3:], []]
    assert {page["totalCount"] for page in pages} == {4}
    _, count = api.ask("GET", path, prefix=prefix, pageSize=0)
    assert (count["handles"], count["totalCount"]) == ([], 4)
    assert api.ask("GET", path, prefix=prefix, who=None)[0] == 401


def test_a_minted_suffix_is_new(api: Api) -> None:
    made = set()
    for start in ("", "SN-"):
        _, told = api.ask("PUT", f"/api/handles/{prefix}/{start}", [text(1)], mintNewSuffix=True)
        assert told["handle"].startswith(f"{prefix}/{start}")
        assert len(told["handle"]) == len(f"{prefix}/{start}") + 20
        made.add(told["handle"])
    assert len(made) == 2
    assert api.code("PUT", "/api/handles/x", [text(1)], mintNewSuffix=True) == (400, 102)


def test_nobody_writes_for_another_organisation(api: Api) -> None:
    """An HS_ADMIN names whom it likes: the rules let nobody but the owner's own people write."""
    api.put("SN-1", admin(100, stranger.partition(":")[2], 301, "111111111111"))
    assert api.put("SN-1", text(1), index=1, who=stranger)[0] == 403
    assert supplier not in str(api.ask("GET", one)[1])


def test_nobody_without_a_login_writes(api: Api) -> None:
    assert api.put("SN-1", text(1), who=None) == (401, 402)
    answer = api.client.put(one, json=[text(1)])
    assert "Basic" in answer.headers["www-authenticate"]
    assert api.code("DELETE", one, who=None) == (401, 402)
