"""Answers that are signed, and answers that name their proof."""

from __future__ import annotations

import pytest
from tests.identity.native.rig import (
    ask,
    base_url,
    handle,
    over,
    question,
    service_key,
)
from tests.ledger.world import World, core

from tallystick.identity import (
    native,
)
from tallystick.identity.native import bodies, forms
from tallystick.ledger import (
    PrivateKey,
    PublicKey,
    TallystickError,
)


def test_answers_are_signed_on_request(here: tuple[World, int]) -> None:
    _, port = here
    for by in ("udp", "tcp"):
        site = over(port, by)._client.site()
        published = forms.read_key(site.servers[0].key)
        signer = PublicKey.from_jwk(published)
        assert signer == service_key.public
        assert over(port, by, service=signer).ask(handle).code == 1
        assert over(port, by, service=signer).ask("99.100.1/none").code == 100
        other = PrivateKey.generate().public
        with pytest.raises(TallystickError, match="not by this key"):
            over(port, by, service=other).ask(handle)
    plain = ask(port, question())
    assert plain.credential is None


def test_a_proof_is_named_on_request(here: tuple[World, int]) -> None:
    world, port = here
    found = over(port, "udp").ask(handle, (), (native.proof_type,))
    assert [(v.index, v.type) for v in found.values] == [(native.proof_index, native.proof_type)]
    told = found.values[0].value
    assert found.proof == told["proof"] == f"{base_url}/log/proof/{told['index']}"
    with world.reader.open() as snapshot:
        assert snapshot.row(told["index"]).type == "identity.handle.create/1"
    whole = ask(port, question())
    resolved = bodies.read_resolved(whole.body)
    assert native.record_digest(resolved.handle, resolved.values) == told["digest"]
    assert over(port, "udp").ask(core, (), (native.proof_type,)).code == 200
