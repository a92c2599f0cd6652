"""An entry's page says of each signature whether its key was bound to a CA's certificate then, or was self-held."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.identity.keys.test_binding import authority as ca
from tests.identity.keys.test_binding import between, bind, bound, firm, leaf, listed, number
from tests.ledger.world import World, node, root

from tallystick.app.bootstrap import Node, rule_set
from tallystick.app.http import create_app
from tallystick.app.settings import Settings
from tallystick.identity import CreateHandles, DelegatePrefix, HandleRecord, RegisterOrganisation

words = {"en": ("self-held", "CA-bound"), "zh": ("自持（未绑定 CA 证书）", "已绑定 CA 证书")}


@pytest.mark.parametrize("language", words)
def test_before_and_after_the_binding(tmp_path: Path, language: str) -> None:
    world = World(f"sqlite:///{tmp_path / 'ledger.sqlite3'}", tmp_path / "signer", rule_set())
    world.populate()
    told = RegisterOrganisation(
        organisation=firm, name={"zh": "厂"}, scheme="uscc", number=number, capacities=("supplier",)
    )
    world.add(node, "identity.organisation.register/1", told)
    world.add_key(node, firm)
    delegated = DelegatePrefix(prefix="99.100.77", holder=firm, role="enterprise")
    world.add(node, "identity.prefix.delegate/1", delegated)
    world.add(root, "identity.anchor.list/1", listed(ca))
    world.clock.set("2026-03-01T00:00:00.000Z")
    world.ledger.seal(force=True)
    first = _said(world, "A")
    assert bind(world, bound(world, leaf, between)) == "accepted"
    second = _said(world, "B")
    world.ledger.seal()
    self_held, ca_bound = words[language]
    with TestClient(create_app(Node.at(Settings(home=tmp_path, verify_processes=0)))) as client:
        pages = [
            client.get(f"/log/entries/{index}", headers={"accept-language": language}).text
            for index in (first, second)
        ]
    assert [(self_held in page, ca_bound in page) for page in pages] == [
        (True, False),
        (False, True),
    ]


def _said(world: World, name: str) -> int:
    record = HandleRecord(handle=f"99.100.77/{name}", values=())
    body = CreateHandles(handles=(record,))
    return world.add(firm, "identity.handle.create/1", body).index
