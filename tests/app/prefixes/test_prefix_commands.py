"""`tallystick prefix` as two operators type it: a lease, a suspension, a move between two stores, and a decline."""

from __future__ import annotations

import json
from pathlib import Path

from tests.app.prefixes.typed import Typed, holder_there, prefix
from tests.ledger.world import core, supplier

from tallystick.app.bootstrap import Node
from tallystick.app.prefixes.figures import Figures
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, HandleRecord


def test_leases_are_let_shown_and_suspended(operators: tuple[Typed, Typed]) -> None:
    a, _ = operators
    told = a.done("delegate", "99.100.9", supplier, "--quota", 5,
                  "--expires", "2999-01-01T00:00:00.000Z")  # fmt: skip
    assert told.startswith("99.100.9: delegate, entry ")
    assert a.refused("delegate", "99.100.9", supplier) == "already-registered"
    assert a.refused("delegate", "99.100.x", supplier) == "prefix-refused"
    a.done("suspend", "99.100.9", "--reason", "unpaid")
    shown = json.loads(a.done("show", "99.100.9"))
    assert (shown["state"], shown["quota"], shown["used"]) == ("suspended", 5, 0)
    assert "suspended" in a.done("list", "--holder", supplier)
    a.done("lift", "99.100.9")
    a.done("renew", "99.100.9", "--quota", 7)
    assert json.loads(a.done("show", "99.100.9"))["quota"] == 7
    assert a.refused("show", "98") == "prefix-not-found"
    assert a.refused("statistics", "98") == "prefix-not-found"
    # The node holds no key of the holder, who signs with its own.
    assert a.refused("hand", prefix, supplier) == "key-missing"
    a.done("hand", prefix, supplier, "--author", f"300:{core}", "--author-key", a.pem)
    assert json.loads(a.done("show", prefix))["holder"] == supplier
    figures = Figures(Node.existing(Settings(home=a.home)))
    figures.counts.count(prefix, "found")
    figures.flush()
    assert a.done("statistics", prefix).count(" 1 ") == 1


def test_a_prefix_is_carried_from_one_operator_to_the_other(
    operators: tuple[Typed, Typed], tmp_path: Path
) -> None:
    a, b = operators
    body = CreateHandles(handles=(HandleRecord(handle=f"{prefix}/SN-1", values=()),))
    a.world.add(core, "identity.handle.create/1", body)
    out = tmp_path / "out"
    assert a.refused("carry", prefix, out) == "prefix-not-leaving"
    to = ("leave", prefix, "--log-key", b.vkey(), *a.sign)
    assert a.refused(*to, "--address", "b", "--unchecked") == "prefix-leave-refused"
    address = ("--address", "https://b.example")
    for site in ("b.example:2641", "203.0.113.7", "203.0.113.7:0"):
        asked = (*to, *address, "--site", site, "--unchecked")
        assert a.refused(*asked) == "prefix-leave-refused"
    assert a.refused(*to, "--address", "http://127.0.0.1:9") == "prefix-home-not-found"
    told = a.done(*to, *address, "--unchecked", "--site", "203.0.113.7:2641")
    assert "2 records go along" in told
    for _ in range(2):
        a.done("carry", prefix, out)
    assert sorted(path.name for path in out.iterdir()) == ["batch-000000.json", "proof.tally"]
    arrive = ("arrive", prefix, out, "--holder", holder_there, "--address", "https://a.example")
    assert b.refused(*arrive, "--log-key", b.vkey()) == "bundle-wrong-log-key"
    for _ in range(2):
        assert "is at home here" in b.done(*arrive, "--log-key", a.vkey())
    shown = json.loads(b.done("show", prefix))
    assert (shown["state"], shown["holder"]) == ("active", holder_there)
    assert json.loads(a.done("show", prefix))["home"]["url"] == "https://b.example"


def test_a_prefix_that_is_declined_stays(operators: tuple[Typed, Typed], tmp_path: Path) -> None:
    a, b = operators
    said, out = tmp_path / "declined.tally", tmp_path / "out"
    assert a.refused("return", prefix, said) == "prefix-not-leaving"
    told = a.done(
        "leave", prefix, "--log-key", b.vkey(), "--address", "https://b.example", "--unchecked",
        *a.sign,
    )  # fmt: skip
    a.done("carry", prefix, out)
    left = int(told.split("entry ")[1].split(";")[0])
    decline = ("decline", prefix, said, "--origin", a.world.origin, "--leave", left)
    for _ in range(2):
        assert "is declined" in b.done(*decline)
    arrive = ("arrive", prefix, out, "--holder", holder_there, "--address", "https://a.example")
    assert b.refused(*arrive, "--log-key", a.vkey()) == "prefix-move-refused"
    assert a.refused("return", "99.100.2", said) == "prefix-not-leaving"
    assert a.refused("return", prefix, out / "proof.tally", *a.sign) == "bundle-wrong-log-key"
    assert "is at home here again" in a.done("return", prefix, said, *a.sign)
    assert json.loads(a.done("show", prefix))["state"] == "active"
    assert a.refused("return", prefix, said, *a.sign) == "prefix-not-leaving"
