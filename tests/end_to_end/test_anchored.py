"""A real node whose worker anchors its log on a real chain, while it serves."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests import evm
from tests.contracts.rig import deploy
from tests.end_to_end.test_serving import free_port, serving
from tests.patience import patience_s

from tallystick.app.anchor.configured import key_path
from tallystick.app.bootstrap import NewLog, Node
from tallystick.app.settings import Settings


@pytest.mark.slow
def test_a_serving_node_anchors_its_checkpoints(tmp_path: Path) -> None:
    with evm.node() as chain:
        rig = deploy(chain)
        settings = Settings(
            home=tmp_path, port=free_port(), verify_processes=0, anchor_rpc=chain.url,
            anchor_chain=evm.chain_id, anchor_contract=rig.chain.contract,
            anchor_confirmations=2, anchor_fee_max_gwei=1000,
        )  # fmt: skip
        node = Node.at(settings)
        name = {"en": "Root", "zh": "根机构"}
        node.create(NewLog("tests.example/anchored", "99/L-LOG", "99/O-ROOT", name))
        rig.publisher.key.save(key_path(settings))
        with serving(settings) as client, chain.mining(0.2):
            until = time.monotonic() + patience_s
            while not (told := client.get("/log/finality").json())["anchored"]:
                assert time.monotonic() < until, told
                time.sleep(0.1)
            found = client.get("/log/anchor/0").json()
            page = client.get("/log", headers={"Accept-Language": "en"}).text
            seite = client.get("/log", headers={"Accept-Language": "zh"}).text
    assert found["anchor"]["contract"] == rig.chain.contract.lower()
    assert found["proof"].startswith("c2sp.org/tlog-proof@v1")
    assert "Anchored up to" in page
    assert found["anchor"]["transaction"] in page
    assert "已锚定至" in seite
