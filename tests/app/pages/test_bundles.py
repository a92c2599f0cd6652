"""Proofs to download from the pages: for who may read all of it, and verified with the log's key alone."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from tests.app.played import look_as
from tests.conformance.bundles import Story

from tallystick.app.access import Reading
from tallystick.app.bootstrap import Node
from tallystick.app.bundles.make import custody, make, promise
from tallystick.app.bundles.replay import replayed
from tallystick.app.bundles.verify import forms, states, verify
from tallystick.app.demo import cast, goods, money
from tallystick.finance import NotReadable
from tallystick.ledger import Reader, auditor_reader, log_verifier
from tallystick.ledger.bundle import Pins, Request, errors, open_bundle, pack, unpack

link = re.compile(r'href="(/v1/bundles/[^"]+)"')


@pytest.fixture
def pins(demo_node: Node) -> Pins:
    with demo_node.reader.open() as snapshot:
        return Pins(log_keys=(log_verifier(snapshot.view),))


def test_a_certificates_whole_proof_is_for_who_reads_all_of_it(
    demo: TestClient, shown: dict[str, list[str]], pins: Pins
) -> None:
    """A party may not read the others' hops: a proof of the promise, and a refusal for who guesses the address."""
    name = quote(shown["certificates"][0], safe="/")
    for who, provable in (("core", False), ("auditor", True), ("supplier", False)):
        look_as(demo, who)
        found = link.findall(demo.get(f"/certificates/{name}").text)
        assert [one.endswith("/promise") for one in found] == ([False] * provable) + [True], who
        answer = demo.get(f"/v1/bundles/certificates/{name}")
        assert answer.status_code == (200 if provable else 404)
        assert demo.get(f"/v1/bundles/certificates/{name}/promise").status_code == 200
        if not provable:
            assert answer.json()["code"] == "not-readable"
            continue
        assert answer.headers["content-disposition"].endswith('.tally"')
        assert answer.headers["cache-control"] == "private, no-store"
        assert verify(answer.content, pins)[-1].says == "certificate.complete"
    look_as(demo, "")
    for path in ("", "/promise"):
        assert demo.get(f"/v1/bundles/certificates/{name}{path}").status_code == 404


def test_a_supplier_of_the_last_tier_proves_the_promise_and_its_own_hops_alone(
    demo_node: Node, shown: dict[str, list[str]], pins: Pins
) -> None:
    """It once had to show the second tier's invoice, with its prices, or prove nothing."""
    (name,), last = shown["certificates"][:1], cast.suppliers[-1]
    with demo_node.reader.open() as snapshot:
        made = promise(snapshot, Reader.party(last.handle), name)
    found = verify(made, pins)
    fields = {
        str(one.document()["pointer"]): str(one.document()["value"])
        for one in found
        if one.says == "entry.field"
    }
    assert fields["/amount"] == str(goods.face)
    assert fields["/due_on"] == f'"{money.due_on}"'
    assert fields["/currency"] == '"CNY"'
    assert "/invoice" not in fields
    assert not any(pointer.startswith("/lines") for pointer in fields)
    assert all(one.grade == "proven" for one in found if one.says == "entry.field")
    bodies = [data for file, data in unpack(made).items() if file.startswith("bodies/")]
    offers = [json.loads(data) for data in bodies if b'"evidence"' in data]
    assert offers
    assert {offer["to"] for offer in offers} == {last.handle}
    text = b"".join(data for file, data in unpack(made).items() if not file.startswith("entries/"))
    for secret in (goods.invoice_number, goods.maker.handle, cast.suppliers[1].handle):
        assert secret.encode() not in text, secret
    nobody = Reader.party("99.100/O-NOBODY0000000")
    with demo_node.reader.open() as snapshot, pytest.raises(NotReadable):
        promise(snapshot, nobody, name)


def test_an_items_and_an_entrys_proof(
    demo: TestClient, shown: dict[str, list[str]], pins: Pins
) -> None:
    item = shown["items"][0]
    assert not link.findall(demo.get(f"/t/{item}").text)
    assert demo.get(f"/v1/bundles/items/{item}").status_code == 404
    assert demo.get("/v1/bundles/items/99.100.1/NOTHING").status_code == 404
    said = verify(demo.get("/v1/bundles/entries/1").content, pins)
    assert "entry.applied" in {one.says for one in said}
    assert demo.get("/v1/bundles/entries/99999").status_code == 404
    look_as(demo, "auditor")
    (address,) = link.findall(demo.get(f"/t/{item}").text)
    assert verify(demo.get(address).content, pins)[-1].says == "custody.not-complete"


def test_what_was_packed_comes_with_what_it_was_packed_in(
    demo_node: Node, shown: dict[str, list[str]], pins: Pins
) -> None:
    module, pallet = shown["items"][1:3]
    with demo_node.reader.open() as snapshot:
        reading = Reading(snapshot, auditor_reader)
        asked = custody(reading, [module], containers=True)
        data = make(snapshot, auditor_reader, asked)
    names = [request.text("item") for request in asked]
    assert (names[0], pallet in names) == (module, True)
    steps = {dict(one.members).get("step") for one in verify(data, pins) if "event" in one.says}
    assert {"commissioning", "packing", "shipping", "receiving"} <= steps


def test_the_rules_give_the_same_again_over_what_is_in_the_file(
    demo_node: Node, shown: dict[str, list[str]], pins: Pins
) -> None:
    """Cent by cent, from the scans on; a file that was not made for it is refused, not waved through."""
    asked = Request.of("certificate", certificate=shown["certificates"][0])
    with demo_node.reader.open() as snapshot:
        whole = make(snapshot, auditor_reader, [asked], replay=True)
        acts = make(snapshot, auditor_reader, [asked])
    said = replayed(open_bundle(whole, pins, forms))
    assert (said.says, dict(said.members)["certificates"]) == ("replay.same", 1)
    with pytest.raises(errors.ReplayRefused):
        replayed(open_bundle(acts, pins, forms))


def test_a_broken_rule_is_found_by_the_replay() -> None:
    """The operator's own acts, signed with everybody's keys: they add up, and no rule would admit them."""
    data = pack(Story().life())
    found = open_bundle(data, Pins(log_keys=(Story().verifier,)), forms)
    assert states(found)[-1].says == "certificate.complete"
    with pytest.raises(errors.ReplayRefused, match="entry"):
        replayed(found)
