"""A certificate is shown to one buyer, who verifies it without the node."""

from __future__ import annotations

from tests.app.credentials.scene import Scene, certificate
from tests.app.credentials.test_private import found as found_in

from tallystick.app.bundles.verify import verify


def test_number_and_expiry_and_nothing_else(still: Scene) -> None:
    file = still.present(still.issue())
    found = still.verify(type(file).parse(file.encode()))
    assert found.fields == {"number": certificate.number, "expiry": certificate.expiry}
    assert found.revealed.hidden == 5
    assert found_in(file.encode()) | found_in(file.proof) == {"number"}
    assert b"iso-9001" not in file.proof


def test_the_proof_is_a_bundle_that_everybody_can_verify(still: Scene) -> None:
    """Also in the verifier page, without knowing what a credential is."""
    file = still.present(still.issue(), ("number", "kind"))
    says = {one.says for one in verify(file.proof, still.pins())}
    assert {"signers.proven", "key.not-revoked", "entry"} <= says
