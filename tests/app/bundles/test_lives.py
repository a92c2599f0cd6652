"""Real keys that begin and end in every way: what bundles of them prove, and that every other answer is the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.app.bundles.lived import (
    Lived,
    cases,
    cloned,
    dismissed,
    fresh,
    leaving,
    lived,
    old,
    retired,
)
from tests.app.test_export_commands import tallystick
from tests.conformance import bundles
from tests.identity.organisations.newcomer import handle as newcomer
from tests.identity.organisations.newcomer import one as first
from tests.identity.organisations.newcomer import two as second
from tests.ledger.world import core, log, node, root, supplier

from tallystick.app.bundles.make import make
from tallystick.app.bundles.pins import read_pins
from tallystick.app.bundles.replay import replayed
from tallystick.app.bundles.verify import forms, verify
from tallystick.identity import key_at
from tallystick.ledger import NotReadable, Reader, auditor_reader, canonical
from tallystick.ledger.bundle import Request, layout, open_bundle, pack, unpack

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return lived(tmp_path_factory.mktemp("lived") / "home")


def rows(story: Lived, *asked: Request, reader: Reader | None = None) -> Rows:
    more = {} if reader is None else {"reader": reader}
    return [one.document() for one in verify(story.bundle(*asked, **more), pins(story))]


def pins(story: Lived) -> Any:
    return read_pins(story.log_key, b"", "")


def entry(index: int) -> Request:
    return Request.of("entry", index=index)


def of(says: str, found: Rows) -> dict[str, Any]:
    return next(row for row in found if row["says"] == says)


@pytest.mark.parametrize(
    ("what", "owner", "how", "reason"),
    [
        ("retired", retired, "retired", "broken"),
        ("replaced", old, None, "replaced"),
        ("cloned", cloned, "cloned", "cloned"),
        ("leaving", leaving, "left", "left"),
        ("dismissed", dismissed, "recovered", "lost"),
    ],
)
def test_what_was_signed_before_an_end_is_proven(
    story: Lived, what: str, owner: str, how: str | None, reason: str
) -> None:
    index = story.at[f"{what}-before"]
    found = rows(story, entry(index), Request.of("key", key=f"300:{owner}"))
    assert of("signers.proven", found)["grade"] == "proven"
    assert of("entry.signed", found)["grade"] == "proven"
    assert of("key.registered", found)["index"] < index
    ended = of("key.revoked", found)
    assert (ended["reason"], ended["grade"]) == (reason, "proven")
    assert how is None or ended["index"] == story.at[how]


def test_the_call_that_asks_for_a_key_at_an_index_says_what_its_bundle_proves(story: Lived) -> None:
    """Of every key of the log, at each index at which anything could be otherwise."""
    people = [f"300:{one}" for one in (first, leaving, root, node, core, supplier)]
    things = [f"300:{one}" for one in (retired, old, fresh, cloned, log)]
    keys = [*people, *things, f"301:{log}", f"320:{second}"]
    keys += [f"{number}:{dismissed}" for number in (300, 301, 302)]
    with story.world.reader.open() as snapshot:
        view, end = snapshot.view, snapshot.size() - 1
        found = {key: key_at(view, key, end).row for key in keys}
        states = {
            (key, index): key_at(view, key, index)
            for key, row in found.items()
            for index in _edges(row, end)
        }
    seen = set()
    for (key, index), at in states.items():
        told = rows(story, Request.of("key-at", key=key, index=index))
        registered = of("key.registered", told)
        assert (registered["index"], registered["grade"]) == (found[key]["since"], "proven")
        says = [row["says"] for row in told if row["grade"] == "proven"]
        expected = {
            "valid": "key.at.valid", "not-yet": "key.at.not-yet",
            "revoked": "key.at.ended", "rotated": "key.at.ended",
        }[at.state]  # fmt: skip
        assert expected in says, (key, index)
        assert ("key.at.suspect" in [row["says"] for row in told]) == at.is_suspect
        if "until" in at.row:
            ended = of("key.revoked", told)
            assert (ended["index"], ended["reason"]) == (at.row["until"] - 1, at.row["reason"])
            replaced = [row["by"] for row in told if row["says"] == "key.replaced"]
            assert replaced == ([at.row["replaced_by"]] if "replaced_by" in at.row else [])
        else:
            assert "key.not-revoked" in says
        seen.add(at.state)
    assert seen == {"valid", "not-yet", "revoked", "rotated"}


def _edges(row: Any, end: int) -> set[int]:
    """Before and at the beginning, at the end and behind it."""
    told = {row["since"] - 1, row["since"], end}
    if "until" in row:
        told |= {row["until"] - 1, row["until"]}
    return {index for index in told if 0 <= index <= end}


def test_a_stranger_gets_what_a_proposal_says_of_keys_and_no_more(story: Lived) -> None:
    """The seller of a contract is no party of the admission of its buyer, nor of who was dismissed there."""
    index = story.at["dismissed-before"]
    asked = (
        entry(index),
        Request.of("key-at", key=f"302:{dismissed}", index=story.at["dismissed"] + 1),
    )
    mine, other = story.bundle(*asked), story.bundle(*asked, reader=Reader.party(core))
    shown = unpack(other)
    proposal = story.at["dismissed-proposed"]
    assert layout.body_file(proposal) not in shown
    told = {row["pointer"] for row in json.loads(shown[layout.disclosure_file(proposal)])["fields"]}
    assert told == {"/what/kind", "/what/person"}
    with story.world.reader.open() as snapshot:
        admission = key_at(snapshot.view, f"300:{dismissed}", index).row["since"] - 1
    pointers = {
        row["pointer"] for row in json.loads(shown[layout.disclosure_file(admission)])["fields"]
    }
    assert {one.split("/")[2] for one in pointers} == {"kind", "organisation", "people"}
    assert b"Newcomer Electronics" in mine
    assert b"Newcomer Electronics" not in other
    for data in (mine, other):
        found = [one.document() for one in verify(data, pins(story))]
        assert of("entry.signed", found)["grade"] == "proven"
        assert of("key.at.ended", found)["ended"] == story.at["dismissed"]
    denied = Request.of("not-revoked", key=f"300:{first}")
    assert of("key.not-revoked", rows(story, denied, reader=Reader.party(core)))


def test_a_proposal_whose_fields_were_not_signed_is_for_its_parties_alone(tmp_path: Path) -> None:
    """As entries of before are: an end is left open, and a beginning, without which nothing verifies, is refused."""
    story = lived(tmp_path / "home", in_parts=False)
    asked = Request.of("entry", index=story.at["leaving-before"])
    assert of("entry.signed", rows(story, asked))["grade"] == "proven"
    assert (
        of("entry.signed", rows(story, asked, reader=Reader.party(newcomer)))["grade"] == "proven"
    )
    with pytest.raises(NotReadable):
        story.bundle(asked, reader=Reader.party(core))
    of_public = Request.of("key", key=f"302:{dismissed}")
    with pytest.raises(NotReadable):
        story.bundle(of_public, reader=Reader.party(core))


def test_bundles_of_such_keys_replay(story: Lived) -> None:
    with story.world.reader.open() as snapshot:
        asked = [entry(story.at["dismissed-before"]), Request.of("key", key=f"302:{dismissed}")]
        data = make(snapshot, auditor_reader, asked, replay=True)
    bundle = open_bundle(data, pins(story), forms)
    assert replayed(bundle).says == "replay.same"


def test_the_command_verifies_them_where_no_log_is(story: Lived, tmp_path: Path) -> None:
    file = tmp_path / "contract.tally"
    asked = (entry(story.at["leaving-before"]), Request.of("key", key=f"300:{leaving}"))
    file.write_bytes(story.bundle(*asked, reader=Reader.party(core)))
    done = tallystick(tmp_path / "nowhere", "verify", str(file), "--log-key", story.log_key)
    assert done.returncode == 0, done.stderr
    assert f"revoked key 300:{leaving}: left" in done.stdout
    assert "had not revoked before" in done.stdout
    assert "not proven that they had not been revoked" not in done.stdout


def test_a_forged_bundle_of_a_real_log_is_refused(story: Lived) -> None:
    """Whoever passes it on leaves out the end, or what was decided, or puts another proposal in its place."""
    asked = (entry(story.at["dismissed-before"]), Request.of("key", key=f"302:{dismissed}"))
    files = dict(unpack(story.bundle(*asked)))
    end, proposal = story.at["dismissed"], story.at["dismissed-proposed"]

    def judged(changed: dict[str, bytes]) -> tuple[str | None, list[str]]:
        case = bundles.Case("forged", "", pack(changed), None, {"log_key": story.log_key})
        told = bundles.outcome(case)
        return told["error"], [row["says"] for row in told["statements"]]

    assert judged(files)[0] is None
    assert judged(bundles._without(files, end))[0] == "bundle-incomplete"
    code, says = judged(bundles._without(files, proposal))
    assert (code, "key.maybe-revoked" in says, "key.revoked" in says) == (None, True, False)
    body = json.loads(files[layout.body_file(proposal)])
    body["what"]["person"] = leaving
    swapped = {**files, layout.body_file(proposal): canonical.encode(body)}
    assert judged(swapped)[0] == "bundle-body-differs"


def test_what_other_verifiers_are_given_is_accepted_here(story: Lived) -> None:
    for case in cases(story):
        told = bundles.outcome(case)
        assert told["error"] is None
        assert "signers.proven" in [row["says"] for row in told["statements"]], case.name
