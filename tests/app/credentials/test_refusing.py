"""Each way to present a credential falsely is refused by a name of its own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.app.credentials.scene import Scene, body_of, buyer, certificate, lead, part, svhc
from tests.ledger.world import key, node, rule_set, supplier

from tallystick.app.access import Reading
from tallystick.app.credentials import acting, checking
from tallystick.app.credentials.presented import PresentationFile
from tallystick.app.credentials.proving import prove, prove_newer
from tallystick.identity import RevokeKey
from tallystick.identity.credentials import (
    Credential,
    DeclareMaterials,
    MaterialDeclaration,
    Packed,
    Qualification,
    ReinstateCredential,
    RevokeCredential,
    StatusPlace,
    SuspendCredential,
    hide_qualification,
    issue,
    present,
    qualification_type,
    visible_claims,
)
from tallystick.identity.credentials.disclosures import Disclosure
from tallystick.identity.credentials.jws import base64_of, sign
from tallystick.ledger import Reader, RuleSet, TallystickError, canonical, from_instant

day_ms = 24 * 3600 * 1000


def refused(scene: Scene, file: PresentationFile, code: str, **more: Any) -> str:
    with pytest.raises(TallystickError) as caught:
        scene.verify(file, **more)
    assert caught.value.code == code, caught.value.detail
    return caught.value.detail


def with_credential(file: PresentationFile, credential: Credential) -> PresentationFile:
    return replace(file, packed=replace(file.packed, credential=credential))


def test_asked_by_another_with_another_nonce_or_too_late(still: Scene) -> None:
    file = still.present(still.issue())
    refused(still, file, "presentation-wrong-audience", audience=node)
    refused(still, file, "presentation-wrong-nonce", nonce="n-2")
    late = still.now_ms + day_ms
    still.verify(file, now_ms=late)
    refused(still, file, "presentation-stale", now_ms=late + 1)
    still.verify(file, now_ms=still.now_ms - 60_000)
    refused(still, file, "presentation-stale", now_ms=still.now_ms - 60_001)


def test_from_the_instant_of_expiry_on(still: Scene) -> None:
    file = still.present(still.issue())
    age = 400 * 24 * 3600
    still.verify(file, now_ms=certificate.expires_ms() - 1, age_s_max=age)
    refused(
        still, file, "credential-expired", now_ms=certificate.expires_ms(), age_s_max=age
    )  # fmt: skip


def add(credential: Credential) -> Credential:
    extra = Disclosure.of("accredited", "yes", lambda size: b"x" * size)
    return rebound(replace(credential, disclosures=(*credential.disclosures, extra.text)))


def resalted(credential: Credential) -> Credential:
    """The same field under a salt of the holder's own."""
    first = Disclosure.parse(credential.disclosures[0])
    again = Disclosure.of(first.name, first.value, lambda size: b"y" * size)
    return rebound(replace(credential, disclosures=(again.text, *credential.disclosures[1:])))


def renamed(credential: Credential) -> Credential:
    """The number shown as if it were the scope."""
    first = Disclosure.parse(credential.disclosures[0])
    again = Disclosure.of("scope", first.value, lambda size: b"y" * size)
    return rebound(replace(credential, disclosures=(again.text, *credential.disclosures[1:])))


def twice(credential: Credential) -> Credential:
    return rebound(
        replace(credential, disclosures=(*credential.disclosures, credential.disclosures[0]))
    )


def dropped(credential: Credential) -> Credential:
    """Fewer fields than the holder signed, by somebody in between."""
    return replace(credential, disclosures=credential.disclosures[1:])


def rebound(credential: Credential) -> Credential:
    """Signed again by the holder, who lies."""
    return present(
        replace(credential, binding=None),
        _all_labels(credential),
        key(f"300:{supplier}"),
        audience=buyer,
        nonce="n-1",
        now_ms=from_instant("2026-01-05T01:00:00.000Z"),
    )


def _all_labels(credential: Credential) -> list[str]:
    return [Disclosure.parse(one).name for one in credential.disclosures]


def unbound(credential: Credential) -> Credential:
    return replace(credential, binding=None)


def by_another_key(credential: Credential) -> Credential:
    binding = credential.binding
    assert binding is not None
    forged = sign({"typ": "kb+jwt"}, binding.payload, key(f"300:{node}").private)
    return Credential.parse(credential.unbound() + forged)


def edited(credential: Credential) -> Credential:
    """A later expiry in the JWT itself."""
    payload = {**credential.claims, "exp": credential.claims["exp"] + 86_400}
    header, _, signature = credential.jwt.compact.split(".")
    compact = f"{header}.{base64_of(canonical.encode(payload))}.{signature}"
    return Credential.parse("~".join((compact, *credential.disclosures, "")))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (add, "credential-disclosure-refused"),
        (resalted, "credential-disclosure-refused"),
        (renamed, "credential-disclosure-refused"),
        (twice, "credential-disclosure-refused"),
        (dropped, "credential-disclosure-refused"),
        (unbound, "presentation-not-by-holder"),
        (by_another_key, "presentation-not-by-holder"),
        (edited, "bundle-head-missing"),
    ],
)
def test_what_the_holder_changes(
    still: Scene, change: Callable[[Credential], Credential], code: str
) -> None:
    file = still.present(still.issue())
    refused(still, with_credential(file, change(file.packed.credential)), code)


def test_fields_of_another_certificate_cannot_be_put_in(still: Scene) -> None:
    mine = still.present(still.issue())
    other = still.present(still.issue(number="CN-QMS-99999"))
    taken = other.packed.credential.disclosures
    swapped = replace(mine.packed.credential, disclosures=taken)
    refused(still, with_credential(mine, swapped), "credential-disclosure-refused")
    # Nor the proof of another one, nor another salt.
    refused(still, replace(mine, proof=other.proof), "bundle-head-missing")
    wrong_salt = replace(mine.packed, salt=b"z" * 32)
    refused(still, replace(mine, packed=wrong_salt), "bundle-head-missing")


def test_a_revoked_one_is_not_presented_and_no_newer_proof_helps(still: Scene) -> None:
    """Done when 4: after the revocation it fails, also for whoever kept the file."""
    digest = still.issue()
    file = still.present(digest)
    found = still.verify(file)
    with still.world.reader.open() as snapshot:
        fresh = prove_newer(snapshot, digest)
    assert checking.check_newer(found, fresh, still.pins(), still.now_ms).end == found.seen.end
    revoke = RevokeCredential(credential=digest, reason="withdrawn")
    index = still.say(body_of, "identity.credential.revoke/1", revoke).index
    still.world.ledger.seal()
    detail = refused(still, still.present(digest), "credential-revoked")
    assert f"entry {index}" in detail
    with still.world.reader.open() as snapshot:
        newer = prove_newer(snapshot, digest)
    with pytest.raises(TallystickError) as caught:
        checking.check_newer(found, newer, still.pins(), still.now_ms)
    assert (caught.value.code, f"entry {index}" in caught.value.detail) == (
        "credential-revoked",
        True,
    )
    # The old file proves what it always did, as of its own entry.
    assert still.verify(file).seen.end == found.seen.end < (index or 0)


def test_an_older_proof_and_that_of_another_are_none_that_is_newer(still: Scene) -> None:
    digest, other = still.issue(), still.issue(number="CN-QMS-2")
    with still.world.reader.open() as snapshot:
        proofs = [prove_newer(snapshot, one) for one in (digest, other)]
    still.issue(number="CN-QMS-3")
    found = still.verify(still.present(digest))
    for proof, code in zip(
        proofs, ("credential-proof-not-newer", "bundle-head-missing"), strict=True
    ):
        with pytest.raises(TallystickError) as caught:
            checking.check_newer(found, proof, still.pins(), still.now_ms)
        assert caught.value.code == code


def test_a_suspension_holds_until_it_is_lifted(still: Scene) -> None:
    digest = still.issue()
    suspend = SuspendCredential(credential=digest, reason="audit")
    still.say(body_of, "identity.credential.suspend/1", suspend)
    still.world.ledger.seal()
    refused(still, still.present(digest), "credential-suspended")
    lift = ReinstateCredential(credential=digest, reason="resolved")
    still.say(body_of, "identity.credential.reinstate/1", lift)
    still.world.ledger.seal()
    assert still.verify(still.present(digest)).fields["number"] == certificate.number


def test_the_holders_key_revoked_before(scene: Scene) -> None:
    scene.world.add_key(supplier, supplier, index=301)
    digest = scene.issue(301)
    file = scene.present(digest, index=301)
    found = scene.verify(file)
    scene.revoke_key(f"301:{supplier}")
    stolen = scene.present(digest, index=301)
    refused(scene, stolen, "presentation-holder-key-not-valid")
    # With the proof of before, a thief gets as far as the buyer's next look.
    with scene.world.reader.open() as snapshot:
        newer = prove_newer(snapshot, digest)
    with pytest.raises(TallystickError) as caught:
        checking.check_newer(found, newer, scene.pins(), scene.now_ms)
    assert caught.value.code == "presentation-holder-key-not-valid"


def test_by_a_key_to_which_it_is_not_bound(scene: Scene) -> None:
    scene.world.add_key(supplier, supplier, index=301)
    digest = scene.issue(300)
    with pytest.raises(TallystickError) as caught:
        scene.present(digest, index=301)
    assert caught.value.code == "presentation-not-by-holder"


def test_a_stranger_has_nothing_to_present(still: Scene) -> None:
    digest = still.issue()
    with still.world.reader.open() as snapshot, pytest.raises(TallystickError) as caught:
        acting.held(Reading(snapshot, Reader.party(buyer)), buyer, digest)
    assert caught.value.code == "credential-unknown"
    with pytest.raises(TallystickError) as unknown:
        still.present(digest, ("colour",))
    assert unknown.value.code == "credential-field-unknown"


def lying_rules() -> RuleSet:
    """The rules of an operator who lets a revoked key certify."""
    rules = rule_set()
    rule = rules.types["identity.credential.issue/1"].rule
    told = rules.types["identity.credential.issue/1"]

    def blind(state: Any, act: Any) -> Any:
        return rule(_Forgetful(state), act)

    rules.types[told.name] = replace(told, rule=blind)
    return rules


class _Forgetful:
    """A state that has forgotten every revocation."""

    def __init__(self, state: Any) -> None:
        self._state = state

    def get(self, kind: str, name: str, part: str = "") -> Any:
        row = self._state.get(kind, name, part)
        if kind == "key" and row:
            return {k: v for k, v in row.items() if k != "until"}
        return row

    def group(self, kind: str, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._state.group(kind, name)
        return found


def test_the_issuers_key_revoked_before_it_issued(sqlite_url: str, tmp_path: Path) -> None:
    """A log that lets it pass: the verifier sees it all the same."""
    scene = Scene.made(sqlite_url, tmp_path / "home", lying_rules())
    scene.world.add_key(body_of, body_of, index=301)
    scene.world.add(
        body_of, "identity.key.revoke/1", RevokeKey(key=f"301:{body_of}", reason="stolen")
    )
    with scene.world.reader.open() as snapshot:
        desk = replace(scene.desk(body_of), key=key(f"301:{body_of}"))
        written = desk.issue(snapshot.view, certificate, supplier, f"300:{supplier}")
    scene.world.append([written.submission])
    scene.world.ledger.seal()
    detail = refused(scene, scene.present(written.digest), "credential-issuer-key-not-valid")
    assert "revoked it" in detail


def test_a_credential_that_is_not_in_the_log(still: Scene) -> None:
    """Signed by the issuer's own key, and never entered."""
    digest = still.issue()
    place = StatusPlace(list=0, index=1)
    public = key(f"300:{supplier}").private.public
    claims = visible_claims(
        qualification_type, body_of, f"300:{supplier}", public, place, "https://log.example", certificate.expires_ms()
    )  # fmt: skip
    said = Qualification(**{**certificate.model_dump(), "number": "INVENTED"})
    hidden = hide_qualification(said, claims, still.world.random)
    made = issue(hidden, key(f"300:{body_of}"))
    bound = present(
        made, ["number"], key(f"300:{supplier}"), audience=buyer, nonce="n-1", now_ms=still.now_ms
    )
    with still.world.reader.open() as snapshot:
        proof = prove(Reading(snapshot, Reader.party(supplier)), digest, ())
    refused(still, PresentationFile(Packed(bound, b"s" * 32), proof), "bundle-head-missing")


def test_the_newer_proof_shows_no_field_and_no_kind(still: Scene) -> None:
    """Whoever knows the name of a credential learns what became of it, and nothing that it says."""
    digest = still.issue()
    with still.world.reader.open() as snapshot:
        found = prove_newer(snapshot, digest)
        assert snapshot.head("credential", digest).present
        with pytest.raises(TallystickError):
            snapshot.attachment(
                snapshot.head("credential", digest).indexes[0], "0" * 64, Reader.party(buyer)
            )
    for secret in ("iso-9001", certificate.number, certificate.scope):
        assert secret.encode() not in found
        assert base64.b64encode(secret.encode())[:12] not in found


def test_a_declaration_is_presented_the_same_way(still: Scene) -> None:
    digest = still.declare(lead)
    found = still.verify(still.present(digest, ["7439-92-1"]))
    assert found.fields["substances"] == [lead.model_dump(mode="json", exclude_none=True)]
    still.declare(lead, number=2)
    refused(still, still.present(digest, []), "credential-revoked")


def test_a_declaration_of_another_part_than_the_log_holds(sqlite_url: str, tmp_path: Path) -> None:
    """A node that does not compare, and a supplier that declares somebody else's part."""
    rules = rule_set()
    told = rules.types["identity.material.declare/1"]
    rules.types[told.name] = replace(told, admit=None)
    scene = Scene.made(sqlite_url, tmp_path / "home", rules)
    said = MaterialDeclaration(
        part="99.100.1/NOT-OURS", list=svhc, number=1, complete=True, substances=(lead,)
    )
    with scene.world.reader.open() as snapshot:
        written = scene.desk(supplier).declare(snapshot.view, said)
    body = DeclareMaterials.model_validate_json(written.submission.body)
    lie = scene.world.author(supplier).write(
        told.name,
        DeclareMaterials(**{**dict(body), "part": part}),
        attachments=written.submission.attachments,
        fields=True,
    )
    scene.world.append([lie])
    scene.world.ledger.seal()
    refused(scene, scene.present(written.digest, ()), "credential-not-in-log")
