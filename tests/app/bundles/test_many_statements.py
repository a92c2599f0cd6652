"""A bundle that asks for many statements about many entries costs what its size allows, not their product."""

from __future__ import annotations

import pytest
from tests.conformance import bundles

import tallystick.app.bundles.facts as facts
from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.verify import verify
from tallystick.ledger import Body
from tallystick.ledger.bundle import Request, pack


def test_each_body_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    story = bundles.Story()
    indexes = range(1, story.end)
    asked = [Request.of("entry", index=index) for index in indexes]
    asked.append(Request.of("certificate", certificate=story.certificate))
    data = pack(story.bundle(asked, indexes, story.key_heads()))
    read: list[bytes] = []
    by_model = facts._read

    def counted(body: bytes, model: type[Body]) -> Body | None:
        read.append(body)
        return by_model(body, model)

    monkeypatch.setattr(facts, "_read", counted)
    verify(data, read_pins(bundles.default_pins()["log_key"]))
    assert read
    assert len(read) == len(set(read))
