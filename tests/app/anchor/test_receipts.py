"""A receipt whose entry is anchored: graded by what the chain says, not by what the node says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from tests.app.anchor.anchored import Anchored, make
from tests.contracts.liar import instead, lying
from tests.contracts.rig import Anchoring
from tests.ledger.test_http import client_of

from tallystick.app import receipts
from tallystick.app.anchor.checking import AnchorOfAnother
from tallystick.contracts import AnchorDiffers, AnchorGone, AnchorPending, AnchorUnconfirmed
from tallystick.ledger import promise


@pytest.fixture
def at(tmp_path: Path, sqlite_url: str, rig: Anchoring) -> Anchored:
    return make(tmp_path, sqlite_url, rig)


@pytest.fixture
def client(at: Anchored) -> Iterator[TestClient]:
    yield from client_of(at.world)


def test_a_receipt_is_anchored_only_by_the_word_of_the_chain(
    at: Anchored, client: TestClient
) -> None:
    receipt = dict(at.world.ledger.receipt(at.world.ledger.append(at.world.mint(1, 900))))
    at.world.ledger.seal()
    url, contract = at.rig.node.url, at.rig.chain.contract
    node = receipts.RemoteNode("http://testserver", client)
    charter = node.charter(at.world.ledger.signer.verifier)
    given = promise.open_promise(receipt, charter)

    def check(servers: tuple[str, ...] = (url,), named: str = contract) -> receipts.Checked:
        (found,) = receipts.check(given, charter, node, at.world.clock)
        return receipts.check_anchored(found, charter, node, servers, named)

    assert check().grade == "sealed"
    assert client.get("/log/anchor/0").status_code == 409
    assert client.get("/log/anchor/0").json()["code"] == "not-anchored"
    assert client.get("/log/anchor/99999").status_code == 404
    for expected in (AnchorPending, AnchorUnconfirmed):
        with pytest.raises(expected):
            at.step()
        at.rig.node.mine()
    at.step()
    found = check((url, url))
    assert found.grade == "anchored"
    assert f"in block {at.row.block} of chain {at.row.chain}" in found.said
    told = client.get(f"/v1/receipts/{given.entries[0].id}?author={given.entries[0].author}")
    assert told.json()["now"]["grade"] == "anchored"
    assert told.json()["now"]["proof"]
    with pytest.raises(AnchorOfAnother):
        check(named="0x" + "12" * 20)
    with (
        lying(url, instead("eth_getTransactionReceipt", None)) as liar,
        pytest.raises(AnchorGone),
    ):
        check((liar,))
    with at.node.store.write() as transaction:
        transaction.anchors.put(replace(at.row, block_time="2020-01-01T00:00:00.000Z"))
    with pytest.raises(AnchorDiffers):
        check()


@pytest.mark.parametrize(
    "answer", [b"[]", b"{}", b'{"anchor": {}, "proof": 1}', b'{"anchor": [], "proof": ""}']
)
def test_a_malformed_answer_of_a_node_is_refused(
    at: Anchored, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = receipts.RemoteNode("http://testserver", httpx.Client())
    monkeypatch.setattr(node, "_get", lambda _path: httpx.Response(200, content=answer))
    with pytest.raises(receipts.NodeAnswerRefused):
        node.anchored(0)
