"""A certificate is shown to one buyer, who verifies it without the node."""

from __future__ import annotations

from tests.app.credentials.scene import Scene, certificate


def test_number_and_expiry_and_nothing_else(scene: Scene) -> None:
    file = scene.present(scene.issue())
    found = scene.verify(type(file).parse(file.encode()))
    assert found.fields == {"number": certificate.number, "expiry": certificate.expiry}
    assert found.revealed.hidden == 5
    written = file.encode() + file.proof
    for secret in (certificate.scope, *certificate.sites, certificate.issuer, "iso-9001"):
        assert secret.encode() not in written
