"""Rules of batches: issued by the prefix's holder, handed to makers and devices, seen, voided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from tallystick.identity import directory, names, records
from tallystick.identity.directory import AlreadyRegistered, NotEntitled, Speaker
from tallystick.identity.minting import batches, gs1, proofs, serials
from tallystick.identity.minting.batches import Batch, PositionsTaken
from tallystick.identity.minting.bodies import (
    AssignBatch,
    IssueBatch,
    Proven,
    Seen,
    Share,
    VoidSerials,
    devices_per_share_max,
    shares_per_batch_max,
)
from tallystick.identity.prefixes.standing import charge, require_here, require_writable
from tallystick.ledger import Act, Change, Effects, RuleError, State


class SerialVoided(RuleError):
    code = "serial-voided"
    title = "This code was voided"
    advice = "It was spoilt, lost or stolen before it was used. Take the thing aside, and ask who issued it."


def issue(state: State, act: Act[IssueBatch]) -> Effects:
    """A device with a stream issues none: a refused entry of a stream stays in the log, and would look issued."""
    body = act.body
    who = directory.speaker(state, act.author)
    organisation = who.organisation
    if directory.prefix_holder(state, body.prefix) != organisation:
        raise NotEntitled(f"{organisation} does not hold the prefix {body.prefix}")
    require_writable(state, body.prefix, act)
    if who.kind == "device":
        device = cast(Mapping[str, Any], state.get("device", who.handle))
        if device["purpose"] != "service":
            raise NotEntitled(
                f"{who.handle} is a {device['purpose']}: services and organisations issue"
            )
    name = batches.name_of(body.prefix, body.batch)
    if state.get(batches.kind, name) is not None:
        raise AlreadyRegistered(f"batch {name}")
    row: dict[str, Any] = {
        "prefix": body.prefix,
        "batch": body.batch,
        "count": body.count,
        "root": body.root,
        "owner": organisation,
        "author": act.author,
        "since": act.index,
        "values": gs1.stored(body.record, act.time),
    }
    return [Change(batches.kind, name, row), *charge(state, body.prefix, body.count)]


def seen(state: State, act: Act[Seen]) -> Effects:
    body = act.body
    batch, proof = _proven(state, body.batch, body)
    require_here(state, batch.row["prefix"], act)
    who = _on_whose_scan(state, act, batch)
    batches.require_may_see(state, batch, proof.position, who)
    return [_record(state, act, batch, body.handle, proof.position)]


def assign(state: State, act: Act[AssignBatch]) -> Effects:
    body = act.body
    batch = batches.require(state, body.prefix, body.batch)
    require_writable(state, body.prefix, act)
    organisation = directory.speaker(state, act.author).organisation
    by_owner, changes = organisation == batch.owner, dict[str, Change]()
    for share in body.shares:
        row = (
            _assigned(state, batch, share)
            if by_owner
            else _handed_on(state, batch, share, organisation)
        )
        part = batches.share_part(row["start"])
        changes[part] = Change(batches.kind, batch.name, row, part)
        # Later shares of this entry see this one.
        batch = Batch(batch.name, batch.row, _with(batch.parts, part, row))
    if sum(1 for _ in batch.shares()) > shares_per_batch_max:
        raise PositionsTaken(f"{batch.name} would have more than {shares_per_batch_max} shares")
    return list(changes.values())


def void(state: State, act: Act[VoidSerials]) -> Effects:
    body = act.body
    batch = batches.require(state, body.prefix, body.batch)
    require_here(state, body.prefix, act)
    who = directory.speaker(state, act.author)
    changes: dict[str, Change] = {}
    for code in body.codes:
        _, proof = _proven(state, body.batch, code)
        batches.require_may_see(state, batch, proof.position, who)
        folded = names.fold(code.handle)
        if folded in changes:
            raise AlreadyRegistered(code.handle)
        changes[folded] = _record(state, act, batch, code.handle, proof.position, body.reason)
    for run in body.positions:
        end = run.start + run.count
        batch.require_free("void-", run.start, end)
        _require_whole(state, batch, run.start, end, who)
        part = batches.void_part(run.start)
        row: dict[str, Any] = {
            "start": run.start,
            "end": end,
            "reason": body.reason,
            "time": act.time,
            "since": act.index,
        }
        changes[part] = Change(batches.kind, batch.name, row, part)
        batch = Batch(batch.name, batch.row, _with(batch.parts, part, row))
    return list(changes.values())


def _proven(state: State, number: str, code: Seen | Proven) -> tuple[Batch, proofs.Proof]:
    """The batch and the proof of a code, which verifies. Raises what is wrong with it."""
    serial = serials.require(code.handle)
    if serial.batch != number:
        raise proofs.SerialNotProven(f"{code.handle} is not of batch {number}")
    batch = batches.require(state, serial.prefix, serial.batch)
    proof = proofs.Proof(bytes.fromhex(code.salt), code.position, proofs.path_of(code.path))
    proofs.verify(code.handle, proof, batch.count, batch.root)
    voided = batch.void_of(proof.position)
    if voided is not None:
        raise SerialVoided(f"{code.handle}: {voided['reason']} at {voided['time']}")
    found = records.find(state, code.handle)
    if found is not None and "deleted" in found:
        raise SerialVoided(f"{code.handle}: {found['deleted']['reason']}")
    if found is not None:
        raise AlreadyRegistered(code.handle)
    return batch, proof


def _on_whose_scan(state: State, act: Act[Seen], batch: Batch) -> Speaker:
    """The author, or whom the batch's issuer names, having resolved the code for it."""
    by = act.body.by
    if by is None or by == act.author:
        return directory.speaker(state, act.author)
    if act.author != batch.author:
        raise NotEntitled(f"only {batch.author}, who issued {batch.name}, speaks for others' scans")
    return directory.speaker(state, by)


def _record(
    state: State, act: Act[Any], batch: Batch, handle: str, position: int, reason: str = ""
) -> Change:
    """The first version of the record: the batch's values, or a tombstone if it is voided."""
    row: dict[str, Any] = {
        "handle": handle,
        "owner": batch.owner,
        "since": act.index,
        "values": [] if reason else gs1.filled(batch.row["values"], handle),
        "batch": batch.row["batch"],
        "position": position,
    }
    maker = batches.made_for(state, batch, position)
    if maker != batch.owner:
        row["made_by"] = maker
    if reason:
        row["deleted"] = {"reason": reason, "time": act.time}
    return Change("handle", names.fold(handle), row)


def _assigned(state: State, batch: Batch, share: Share) -> dict[str, Any]:
    """A share by the batch's owner: of what is free, with the devices that it names."""
    to = directory.speaker(state, share.to)
    if to.kind == "person":
        raise NotEntitled(f"{share.to} is a person: codes go to organisations and devices")
    end = share.start + share.count
    batch.require_free("share-", share.start, end)
    row: dict[str, Any] = {"to": share.to, "start": share.start, "end": end}
    if share.devices:
        row["devices"] = []
        for one in share.devices:
            row = _with_device(state, row, one.to, one.start, one.start + one.count)
    return row


def _handed_on(state: State, batch: Batch, share: Share, organisation: str) -> dict[str, Any]:
    """A part of its own share that an organisation gives to one of its devices."""
    row = batch.share_of(share.start)
    if row is None or row["to"] != organisation or share.devices:
        raise NotEntitled(f"{organisation} hands on its own positions of {batch.name} to devices")
    return _with_device(state, row, share.to, share.start, share.start + share.count)


def _with_device(
    state: State, row: Mapping[str, Any], device: str, start: int, end: int
) -> dict[str, Any]:
    who = directory.speaker(state, device)
    if who.kind != "device" or who.organisation != row["to"]:
        raise NotEntitled(f"{device} is no device of {row['to']}")
    devices: Sequence[Mapping[str, Any]] = row.get("devices", ())
    inside = row["start"] <= start and end <= row["end"]
    if not inside or any(one["start"] < end and start < one["end"] for one in devices):
        raise PositionsTaken(f"{start} up to {end} for {device}")
    if len(devices) >= devices_per_share_max:
        raise PositionsTaken(f"a share goes to at most {devices_per_share_max} devices")
    return {**row, "devices": [*devices, {"to": device, "start": start, "end": end}]}


def _require_whole(state: State, batch: Batch, start: int, end: int, who: Speaker) -> None:
    """Whoever voids positions has all of them: as the batch's owner, or by a share."""
    if who.organisation == batch.owner and who.kind != "device":
        return
    share = batch.share_of(start)
    whole = share is not None and end <= share["end"]
    if share is None or not whole or not _has_share(state, batch, share, who):
        raise NotEntitled(f"{who.handle} has not all of {start} up to {end} of {batch.name}")


def _has_share(state: State, batch: Batch, share: Mapping[str, Any], who: Speaker) -> bool:
    if who.kind == "device":
        return bool(who.handle == share["to"])
    return who.organisation == batches.organisation_of(state, batch, share)


def _with(parts: Mapping[str, Any], part: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted({**parts, part: row}.items()))


def seen_parties(state: State, act: Act[Seen]) -> Iterable[str]:
    """The owner of the batch, for whom the code was made, and who says so."""
    return _concerned(state, act.author, [act.body])


def void_parties(state: State, act: Act[VoidSerials]) -> Iterable[str]:
    body = act.body
    batch = batches.find(state, body.prefix, body.batch)
    owner = {batch.owner} if batch else set[str]()
    return sorted({*_concerned(state, act.author, body.codes), *owner})


def _concerned(state: State, author: str, codes: Iterable[Seen | Proven]) -> list[str]:
    found = {directory.speaker(state, author).organisation}
    for code in codes:
        serial = serials.read(code.handle)
        batch = batches.find(state, serial.prefix, serial.batch) if serial else None
        if batch is not None:
            found |= {batch.owner, batches.made_for(state, batch, code.position)}
    return sorted(found)
