"""The files of governance, strict JSON: a key's public half, a witness's statement, a proposal.

A proposal carries the exact bytes to sign: `governance.act_bytes` of its origin, type and act.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.files import read_bytes
from tallystick.ledger import Body, TallystickError, Text, governance, replace_durably
from tallystick.ledger.governance import GovernanceAct, GovernanceKey, GovernanceSignature, Stopped

epoch_proof_bytes_max = 16 << 20
Model = TypeVar("Model", bound=BaseModel)
acts: dict[str, type[GovernanceAct]] = {
    governance.policy_type: governance.NewPolicy,
    governance.rules_type: governance.SwitchRules,
    governance.epoch_type: governance.Epoch,
}


class GovernanceFileRefused(TallystickError):
    code = "governance-file-refused"
    status = 400
    title = "The file is none of governance, or of a kind that this version does not know"
    advice = "Nothing was signed. Ask for the file again, as it was written."


class ProposalRefused(GovernanceFileRefused):
    """The file is in its form, and what it proposes cannot be."""

    code = "governance-proposal-refused"
    status = 422
    title = "The proposal contradicts itself, or asks for what no log could put in force"
    advice = "Nothing was signed. Correct what is named, and propose it again."


class ProposalsDiffer(TallystickError):
    code = "governance-proposals-differ"
    status = 409
    title = "The files are not copies of one proposal"
    advice = "Collect signatures of one file; two proposals are enacted one after the other."


class KeyFile(Body):
    """The public half of a governance key, for whoever writes a genesis or a policy."""

    tallystick: Literal["governance key/1"] = "governance key/1"
    origin: Text
    key: GovernanceKey


class StoppedFile(Body):
    """What a witness states when it stops a log."""

    tallystick: Literal["witness stopped/1"] = "witness stopped/1"
    stopped: Stopped


class Governing(Body):
    """Who may sign a proposal, as its author knows it; what counts is the log."""

    witness: Text
    key: str
    jwk: dict[str, str]


class Proposal(BaseModel):
    """An act, and the signatures so far."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    tallystick: Literal["governance proposal/1"] = "governance proposal/1"
    origin: Text
    type: str
    act: dict[str, Any]
    governors: tuple[Governing, ...]
    signatures: Annotated[tuple[GovernanceSignature, ...], Field(max_length=64)] = ()

    def message(self) -> bytes:
        """What is signed."""
        return governance.act_bytes(self.origin, self.type, self.act)

    def body(self) -> GovernanceAct:
        """The act with its signatures; raises `GovernanceFileRefused`."""
        model = acts.get(self.type)
        if model is None:
            raise GovernanceFileRefused(f"nobody here knows what {self.type[:80]} means")
        told = {**self.act, "signatures": [one.model_dump() for one in self.signatures]}
        read = _read(model, _json(told), self.type)
        if read.act() != self.act:
            raise GovernanceFileRefused(f"its act is not what a {self.type} says")
        return read


def propose(
    entry_type: str, body: GovernanceAct, origin: str, regime: governance.Regime
) -> Proposal:
    """The proposal of an act, without signatures."""
    governors = tuple(
        Governing(witness=one.witness, key=one.key, jwk=one.public.jwk())
        for one in regime.governors
    )
    return Proposal(origin=origin, type=entry_type, act=body.act(), governors=governors)


def merged(proposals: list[Proposal]) -> Proposal:
    """One proposal with every signature that its copies carry; raises `ProposalsDiffer`."""
    first = proposals[0]
    found: dict[str, GovernanceSignature] = {}
    for one in proposals:
        if one.message() != first.message():
            raise ProposalsDiffer(f"{one.type} and {first.type}, or with other contents")
        for signature in one.signatures:
            found.setdefault(signature.key, signature)
    return first.model_copy(update={"signatures": tuple(found[key] for key in sorted(found))})


def read_key(path: Path) -> KeyFile:
    return _read(KeyFile, read_bytes(path), str(path))


def read_stopped(path: Path) -> Stopped:
    return _read(StoppedFile, read_bytes(path), str(path)).stopped


def write_stopped(path: Path, told: Stopped) -> None:
    write(path, StoppedFile(stopped=told))


def read_proposal(path: Path) -> Proposal:
    """Raises `GovernanceFileRefused`."""
    found = _read(Proposal, read_bytes(path), str(path))
    found.body()
    return found


def write(path: Path, file: BaseModel) -> None:
    replace_durably(path, file.model_dump_json(indent=1, exclude_none=True).encode() + b"\n")


def _read(model: type[Model], data: bytes, what: str) -> Model:
    if data.lstrip().startswith(b"-----BEGIN "):
        raise GovernanceFileRefused(
            f"{what} is a private key, which stays where it is: give {what}.json"
        )
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(step) for step in wrong["loc"]) or "the file"
        raise GovernanceFileRefused(f"{what}: {where}: {wrong['msg']}") from None


def _json(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:
        # An act may name any number or text that JSON allows.
        raise GovernanceFileRefused(
            "a number of more than 64 bits, or text that is no Unicode"
        ) from None
