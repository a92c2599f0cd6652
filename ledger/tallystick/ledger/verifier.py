"""`ledger.verifier/1`: which verifier page is the published one, by the hashes of its files.

A page that a lying operator serves can say anything. That its hashes stand in the log lets anybody who reads
the log hold the page against them, and shows to everybody the same list.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from tallystick.ledger.errors import RuleError
from tallystick.ledger.fields import Body, Hex32
from tallystick.ledger.grading import graded
from tallystick.ledger.rules import Act, EntryType
from tallystick.ledger.state import Change, Effects, State

verifier_type = "ledger.verifier/1"
page_files_max = 64
_name = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")


class VerifierRefused(RuleError):
    code = "verifier-refused"
    title = "Only the root authority publishes the hashes of a verifier page"
    advice = (
        "Sign it with the root authority's key: `tallystick log publish-verifier` on its machine."
    )


def _named(files: dict[str, str]) -> dict[str, str]:
    if not all(_name.fullmatch(name) for name in files):
        raise ValueError("a file is named by letters, digits, dots, dashes and underscores")
    return files


class PublishVerifier(Body):
    """The page of this version; `files` are hex SHA-256 by name. The newest entry counts."""

    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+-]{0,39}$", examples=["0.1.0"])]
    files: Annotated[
        dict[str, Hex32],
        Field(min_length=1, max_length=page_files_max),
        AfterValidator(_named),
    ]


def _publish(state: State, act: Act[PublishVerifier]) -> Effects:
    genesis = state.get("log", "genesis")
    if not isinstance(genesis, dict) or act.author != genesis["root"]:
        raise VerifierRefused(f"its author is {act.author}")
    return [Change("log", "verifier", {**act.body.model_dump(mode="json"), "index": act.index})]


publish_type = EntryType(
    verifier_type,
    PublishVerifier,
    _publish,
    "The hashes of the published verifier page's files, by the root authority",
    data=graded("identity", "public"),
)
