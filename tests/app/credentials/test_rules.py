"""Who may issue, revoke, state, see, show and ask; the rest is refused by name, and the whole log audits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.app.credentials.scene import Scene, body_of, buyer, certificate, dehp, lead, part, svhc
from tests.ledger.world import core, node, supplier

from tallystick.identity import AddPerson, RevokeKey
from tallystick.identity.credentials import (
    IssueCredential,
    ReinstateCredential,
    RequireQualifications,
    RevokeCredential,
    SeeCredential,
    ShowCredential,
    StatusPlace,
    SuspendCredential,
    credential_for,
    credentials,
    needs_of,
    qualifications,
)
from tallystick.ledger import Act, Answer, Body, Reader, TallystickError, instant, reference_to

prefix = "identity.credential"
day_ms = 24 * 3600 * 1000


def issued(scene: Scene, **more: Any) -> IssueCredential:
    """The body of an entry that certifies; its attachment stays behind."""
    with scene.world.reader.open() as snapshot:
        written = scene.desk(body_of).issue(snapshot.view, certificate, supplier, f"300:{supplier}")
    body = IssueCredential.model_validate_json(written.submission.body)
    return IssueCredential(**{**dict(body), **more})


def send(scene: Scene, author: str, body: IssueCredential) -> str:
    """The code of the refusal; the attachment is a real one, of another name than is looked at."""
    with scene.world.reader.open() as snapshot:
        written = scene.desk(body_of).issue(snapshot.view, certificate, supplier, f"300:{supplier}")
    attached = written.submission.attachments
    told = IssueCredential(**{**dict(body), "document": reference_to(attached[0])})
    submission = scene.world.author(author).write(f"{prefix}.issue/1", told, attachments=attached)
    (answer,) = scene.world.ledger.append([submission])
    return code(answer)


def code(answer: Answer) -> str:
    found = answer.problem or answer.refusal
    return found.code if found else "accepted"


def judged(scene: Scene, author: str, body: IssueCredential) -> str:
    """By the rule alone, as a replay judges an entry whose attachment is gone."""
    with scene.world.reader.open() as snapshot:
        time = instant(scene.now_ms)
        act = Act(9**9, f"{prefix}.issue/1", author, "id", "0" * 64, time, body)
        try:
            scene.world.rules.judge(snapshot.view, act)
        except TallystickError as error:
            return error.code
    return "accepted"


wrong: list[tuple[dict[str, Any], str]] = [
    ({}, "accepted"),
    ({"holder": body_of}, "credential-self-issued"),
    ({"holder": "99.100/O-NOBODY0000000"}, "unknown-party"),
    ({"key": f"300:{node}"}, "credential-key-refused"),
    ({"key": f"999:{body_of}"}, "credential-key-refused"),
    ({"holder_key": f"300:{core}"}, "credential-key-refused"),
    ({"expires": "2026-01-05T01:00:00.000Z"}, "credential-expired"),
    ({"expires": "2026-12-31T00:00:00.001Z"}, "credential-expired"),
]


@pytest.mark.parametrize(("more", "expected"), wrong)
def test_what_a_certificate_must_say(still: Scene, more: dict[str, Any], expected: str) -> None:
    assert judged(still, body_of, issued(still, **more)) == expected


def test_who_speaks_for_the_issuer(scene: Scene) -> None:
    body = issued(scene)
    assert judged(scene, "99.100.2/scanner-1", body) == "not-entitled"
    assert judged(scene, core, body) == "credential-key-refused"
    for person, roles, expected in (
        ("99.100/P-WAREHOUSE000", ("warehouse",), "not-entitled"),
        ("99.100/P-CERTIFIES000", ("checker",), "accepted"),
    ):
        told = AddPerson(person=person, organisation=body_of, roles=roles)
        scene.world.add(body_of, "identity.person.add/1", told)
        assert judged(scene, person, body) == expected


def test_a_revoked_key_neither_certifies_nor_is_certified(scene: Scene) -> None:
    for owner, member in ((body_of, "key"), (supplier, "holder_key")):
        scene.world.add_key(owner, owner, index=305)
        body = issued(scene, **{member: f"305:{owner}"})
        assert judged(scene, body_of, body) == "accepted"
        scene.world.add_key(owner, owner, index=306, types=("trace.capture/1",))
        narrow = issued(scene, **{member: f"306:{owner}"})
        assert judged(scene, body_of, narrow) == "credential-key-refused"
        told = RevokeKey(key=f"305:{owner}", reason="lost")
        scene.world.add(owner, "identity.key.revoke/1", told)
        assert judged(scene, body_of, body) == "credential-key-refused"


def test_a_place_in_a_list_is_used_once(scene: Scene) -> None:
    digest = scene.issue()
    with scene.world.reader.open() as snapshot:
        row: Any = snapshot.view.get("credential", digest)
    place = StatusPlace(list=row["list"], index=row["place"])
    assert judged(scene, body_of, issued(scene, status=place)) == "credential-slot-taken"
    assert judged(scene, body_of, issued(scene, credential=digest)) == "already-registered"


def test_what_is_attached_must_be_what_is_said(scene: Scene) -> None:
    body = issued(scene)
    assert send(scene, body_of, body) == "credential-differs"
    for owner in (body_of, supplier):
        scene.world.add_key(owner, owner, index=301)
    with scene.world.reader.open() as snapshot:
        written = scene.desk(body_of).issue(snapshot.view, certificate, supplier, f"300:{supplier}")
    good = IssueCredential.model_validate_json(written.submission.body)
    lies: list[dict[str, Any]] = [
        {"kind": "iso-14001"}, {"key": f"301:{body_of}"}, {"holder_key": f"301:{supplier}"},
        {"expires": "2027-12-31T00:00:00.000Z"}, {"status": StatusPlace(list=1, index=1)},
    ]  # fmt: skip
    for lie in lies:
        told = IssueCredential(**{**dict(good), **lie})
        submission = scene.world.author(body_of).write(
            f"{prefix}.issue/1", told, attachments=written.submission.attachments
        )
        (answer,) = scene.world.ledger.append([submission])
        assert code(answer) == "credential-differs", lie


def turned(digest: str, to: str, **more: str) -> tuple[str, Body]:
    reasons = {"revoke": "fraud", "suspend": "audit", "reinstate": "resolved"}
    models: dict[str, Callable[..., Body]] = {
        "revoke": RevokeCredential, "suspend": SuspendCredential, "reinstate": ReinstateCredential,
    }  # fmt: skip
    return f"{prefix}.{to}/1", models[to](credential=digest, reason=reasons[to], **more)


def test_status_goes_its_ways_and_no_other(scene: Scene) -> None:
    digest = scene.issue()

    def turn(to: str, author: str = body_of) -> str:
        return code(scene.say(author, *turned(digest, to)))

    assert turn("reinstate") == "credential-status-refused"
    assert turn("suspend", supplier) == turn("revoke", node) == "credential-unknown"
    assert turn("suspend") == "accepted"
    assert turn("suspend") == "credential-status-refused"
    assert code(scene.show(digest)) == "credential-suspended"
    assert turn("reinstate") == "accepted"
    assert code(scene.show(digest)) == "accepted"
    assert turn("revoke") == "accepted"
    for to in ("revoke", "suspend", "reinstate"):
        assert turn(to) == "credential-status-refused"
    assert code(scene.show(digest)) == "credential-revoked"
    unknown = scene.say(body_of, *turned("0" * 64, "revoke"))
    assert code(unknown) == "credential-unknown"


def test_a_stated_certificate_is_called_so_and_seen_by_its_node(scene: Scene) -> None:
    paper = b"%PDF-1.7 a certificate on paper"
    desk = scene.desk(supplier)
    until = instant(scene.now_ms + 10 * day_ms)
    (answer,) = scene.world.append([desk.state("iso-14001", until, "application/pdf", paper)])
    with scene.world.reader.open() as snapshot:
        (one,) = credentials(snapshot.view, supplier, "holder", scene.now_ms)
        assert (one.row["source"], one.stood.standing, one.stood.days) == ("stated", "expiring", 10)
        # The paper is for the holder and the node that may see it.
        held = [
            snapshot.disclose(answer.index, Reader.party(who)) for who in (supplier, node, buyer)
        ]
        assert [len(found.attachments) for found in held] == [1, 1, 0]
    see = SeeCredential(credential=one.credential)
    assert code(scene.say(buyer, f"{prefix}.see/1", see)) == "not-entitled"
    assert code(scene.say(node, f"{prefix}.see/1", see)) == "accepted"
    of_issued = SeeCredential(credential=scene.issue())
    assert code(scene.say(node, f"{prefix}.see/1", of_issued)) == "credential-status-refused"
    shown = desk.show_paper(one.credential, buyer, "application/pdf", paper)
    scene.world.append([shown])
    with scene.world.reader.open() as snapshot:
        told = credential_for(
            snapshot.view, Reader.party(buyer), one.credential, scene.now_ms
        ).told()
    assert (told["source"], told["kind"], told["seen"]["by"]) == ("stated", "iso-14001", node)
    with pytest.raises(TallystickError) as caught:
        scene.present(one.credential)
    assert caught.value.code == "credential-unknown"


def test_declarations_are_counted_and_superseded(scene: Scene) -> None:
    first = scene.declare(lead)
    for number in (1, 3):
        with pytest.raises(TallystickError, match="newest is 1"):
            scene.declare(lead, number=number)
    second = scene.declare(dehp, number=2)
    scene.declare(lead, lot="L-1")
    with pytest.raises(TallystickError, match="does not hold the prefix"):
        scene.declare(lead, part="99.100.1/NOT-OURS")
    with scene.world.reader.open() as snapshot:
        before: Any = snapshot.view.get("credential", first)
        rows = snapshot.view.group("material", part.upper())
        current = {name: row["credential"] for name, row in rows.items()}
    assert (before["status"], before["reason"]) == ("revoked", "superseded")
    assert current[f"{svhc.name}|{svhc.version}|"] == second
    assert len(current) == 2


def test_a_buyer_sees_who_has_shown_what(scene: Scene) -> None:
    def page(**more: Any) -> list[tuple[str, str]]:
        with scene.world.reader.open() as snapshot:
            found = qualifications(snapshot.view, buyer, more.pop("now_ms", scene.now_ms), **more)
        return [(row.kind, row.stood.standing) for row in found.rows]

    need = RequireQualifications(supplier=supplier, kinds=("iso-9001", "business-licence"))
    assert page() == []
    assert code(scene.say(buyer, "identity.qualification.require/1", need)) == "accepted"
    digest = scene.issue()
    assert page() == [("business-licence", "not-shown"), ("iso-9001", "not-shown")]
    scene.show(digest, fields=("number",))
    # Without its kind, nobody can tell what it would count for.
    assert page(wanted="iso-9001") == [("iso-9001", "not-shown")]
    scene.show(digest)
    assert page(wanted="iso-9001") == [("iso-9001", "valid")]
    ends = certificate.expires_ms()
    for left_ms, standing in ((89 * day_ms, "expiring"), (0, "expiring"), (-1, "expired")):
        assert page(wanted="iso-9001", now_ms=ends - left_ms) == [("iso-9001", standing)]
    scene.say(body_of, *turned(digest, "suspend"))
    assert page(standing="suspended") == [("iso-9001", "suspended")]
    scene.say(body_of, *turned(digest, "revoke"))
    assert page(wanted="iso-9001", now_ms=ends) == [("iso-9001", "revoked")]
    # A new one of the kind takes its place; of two, the one that serves.
    again = scene.issue(number="CN-QMS-3")
    scene.show(again)
    assert page(wanted="iso-9001") == [("iso-9001", "valid")]
    with scene.world.reader.open() as snapshot:
        assert needs_of(snapshot.view, supplier) == [(buyer, ["business-licence", "iso-9001"])]
    nothing = RequireQualifications(supplier=supplier, kinds=())
    scene.say(buyer, "identity.qualification.require/1", nothing)
    assert page() == []


def test_pages_of_suppliers_have_every_row_once(scene: Scene) -> None:
    for name in (supplier, node, body_of):
        need = RequireQualifications(supplier=name, kinds=("a", "b", "c"))
        scene.say(buyer, "identity.qualification.require/1", need)
    with scene.world.reader.open() as snapshot:
        for limit in (1, 2, 4, 9):
            got, after = [], ""
            while True:
                page = qualifications(snapshot.view, buyer, 0, after=after, limit=limit)
                got += [row.cursor for row in page.rows]
                if page.next is None:
                    break
                after = page.next
            assert got == sorted(
                f"{name} {kind}" for name in (supplier, node, body_of) for kind in "abc"
            )


def test_the_audit_replays_all_of_it(tmp_path: Path, database_url: str) -> None:
    scene = Scene.made(database_url, tmp_path / "home")
    digest = scene.issue()
    scene.show(digest)
    scene.declare(lead)
    scene.declare(dehp, number=2)
    scene.world.append([scene.desk(supplier).state("iso-14001", None, "text/plain", b"paper")])
    need = RequireQualifications(supplier=supplier, kinds=("iso-9001",))
    scene.say(buyer, "identity.qualification.require/1", need)
    for to in ("suspend", "reinstate", "revoke"):
        scene.say(body_of, *turned(digest, to))
    scene.world.ledger.seal()
    with scene.world.store.read() as transaction:
        kinds = {row[0] for row in transaction.rows("document")}
        size = transaction.count("entry")
    assert kinds >= {
        "credential", "credential-place", "credential-shown", "qualification-need", "material",
    }  # fmt: skip
    assert scene.world.audit().size == size


def test_a_presentation_for_another_is_not_shown_through_the_log(scene: Scene) -> None:
    """The holder's own mistake, or somebody who passes one on: it comes in for no other buyer."""
    digest = scene.issue()
    shown = scene.show(digest)
    with scene.world.reader.open() as snapshot:
        (attached,) = snapshot.disclose(shown.index, Reader.party(buyer)).attachments
        document = attached.open()
    body = {
        "credential": digest,
        "to": node,
        "fields": ("kind",),
        "document": reference_to(document),
    }
    said = ShowCredential(**body)
    submission = scene.world.author(supplier).write(
        f"{prefix}.show/1", said, attachments=(replace(document),)
    )
    (answer,) = scene.world.ledger.append([submission])
    assert code(answer) == "credential-differs"
