"""What goes along with batches of codes beside the log: leaves, the entry that issued each, and sealed secrets.

codes/<batch>.leaves  the sorted leaves, as `minted/<prefix>/<batch>.leaves`
codes/<batch>.json    {batch, root, entry, known?, sealed?}   entry: as in the file of a code's proof; known: the
                      commitment to the secret; sealed: base64, see `sealing`

A node that has no leaves or no secret of a batch hands over what it has.
"""

from __future__ import annotations

import base64
import binascii
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.files import FileUnwritable, read_bytes, write_file
from tallystick.app.minting.proving import batch_entry
from tallystick.app.prefixes.sealing import Receiving, SecretsNotOpened, seal, unseal
from tallystick.identity import minting, prefix_travel
from tallystick.ledger import Hex32, Snapshot, TallystickError, View, sync_path

folder_name = "codes"
file_bytes_max = 2 << 20


class CodesRefused(TallystickError):
    code = "prefix-codes-refused"
    status = 400
    title = "What came along of the batches is not what the other log stated"
    advice = "Have `tallystick prefix carry` write the folder again, and take the whole folder."


class BatchFile(BaseModel):
    """`codes/<batch>.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    batch: Annotated[str, Field(pattern=r"^[0-9A-Z]{4}$")]
    root: Hex32
    entry: dict[str, Any]
    known: Hex32 | None = None
    sealed: Annotated[str, Field(max_length=400)] | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Which prefix goes from which log to which."""

    prefix: str
    here: str
    there: str

    def about(self, one: BatchFile) -> tuple[str, ...]:
        return (self.here, self.there, self.prefix, one.batch, one.root)


def stated(view: View, kept: minting.Folder, prefix: str) -> str | None:
    """What the log says of the secrets; None without batches."""
    told = [(number, _known(kept, prefix, number)) for number, _ in minting.issued(view, prefix)]
    return prefix_travel.secrets_of(told) if told else None


def write(
    snapshot: Snapshot, kept: minting.Folder, move: Move, receiver: str | None, folder: Path
) -> None:
    """The folder `codes`, if there are batches."""
    for number, batch in minting.issued(snapshot.view, move.prefix):
        root, key = batch.root.hex(), _key(kept, move.prefix, number)
        one = BatchFile(batch=number, root=root, entry=_entry(snapshot, kept, batch), known=_known(kept, move.prefix, number))  # fmt: skip
        if key is not None and receiver is not None:
            sealed = base64.b64encode(seal(key, receiver, move.about(one))).decode()
            one = one.model_copy(update={"sealed": sealed})
        told = one.model_dump(exclude_none=True)
        write_file(folder / folder_name / f"{number}.json", orjson.dumps(told))
        leaves = kept.leaves_path(move.prefix, number)
        if leaves.exists():
            _copy(leaves, folder / folder_name / leaves.name)


@dataclass(frozen=True, slots=True)
class Came:
    """What came along of a batch; `key`: its secret, if it was sealed for this node and is not here yet."""

    file: BatchFile
    leaves: Path | None
    key: bytes | None


def came_along(folder: Path, move: Move, secrets: str | None, home: Path) -> Sequence[Came]:
    """For the node of this home folder, checked against what the other log stated. Raises `CodesRefused` or `SecretsNotOpened`."""
    files = [read_file(path) for path in sorted((folder / folder_name).glob("*.json"))]
    told = prefix_travel.secrets_of((one.batch, one.known) for one in files) if files else None
    if told != secrets:
        raise CodesRefused(f"{len(files)} batches with secrets that the log does not state")
    return [_came(folder, move, one, home) for one in files]


def read_file(path: Path) -> BatchFile:
    """Raises `CodesRefused`."""
    try:
        found = BatchFile.model_validate_json(read_bytes(path, file_bytes_max))
    except ValidationError as error:
        raise CodesRefused(f"{path.name}: {error.errors()[0]['msg']}") from None
    if path.stem != found.batch:
        raise CodesRefused(f"{path.name} is about {found.batch}")
    return found


def keep(view: View, kept: minting.Folder, prefix: str, came: Sequence[Came]) -> None:
    """Where this node looks for codes; batches must be those that the log took in. Raises `CodesRefused`."""
    here = dict(minting.issued(view, prefix))
    for one in came:
        number = one.file.batch
        if number not in here or here[number].root.hex() != one.file.root:
            raise CodesRefused(f"batch {number} came along with another root")
        write_file(kept.entry_path(prefix, number), orjson.dumps(one.file.entry))
        if one.leaves is not None:
            _copy(one.leaves, kept.leaves_path(prefix, number))
        if one.key is not None:
            kept.put_key(prefix, number, one.key)


def _came(folder: Path, move: Move, one: BatchFile, home: Path) -> Came:
    path: Path | None = folder / folder_name / f"{one.batch}.leaves"
    if path is not None and path.exists():
        with minting.Leaves(path) as leaves:
            leaves.check(bytes.fromhex(one.root))
    else:
        path = None
    return Came(one, path, _opened(move, one, home))


def _opened(move: Move, one: BatchFile, home: Path) -> bytes | None:
    if one.sealed is None or _known(minting.Folder(home), move.prefix, one.batch) == one.known:
        return None
    private = Receiving(home, move.prefix).private()
    if private is None:
        raise SecretsNotOpened("this node has no key for what comes along with the prefix")
    try:
        sealed = base64.b64decode(one.sealed, validate=True)
    except binascii.Error:
        raise CodesRefused(f"{one.batch}: the sealed secret is not base64") from None
    key = unseal(sealed, private, move.about(one))
    if prefix_travel.committed(key) != one.known:
        raise SecretsNotOpened(f"batch {one.batch} has another secret than the log states")
    return key


def _entry(snapshot: Snapshot, kept: minting.Folder, batch: minting.Batch) -> dict[str, Any]:
    """Of this log, or of the one from which the batch came."""
    row = batch.row
    if "from" in row:
        found: dict[str, Any] = orjson.loads(
            read_bytes(kept.entry_path(row["prefix"], row["batch"]), file_bytes_max)
        )
        return found
    return batch_entry(snapshot, int(row["since"]))


def _key(kept: minting.Folder, prefix: str, number: str) -> bytes | None:
    return kept.key(prefix, number) if kept.has_key(prefix, number) else None


def _known(kept: minting.Folder, prefix: str, number: str) -> str | None:
    key = _key(kept, prefix, number)
    return None if key is None else prefix_travel.committed(key)


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all, however large. Raises `FileUnwritable`."""
    fresh = target.with_suffix(".new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(source, fresh)
        sync_path(fresh)
        fresh.replace(target)
        sync_path(target.parent)
    except OSError as error:
        raise FileUnwritable(f"{target}: {error.strerror}") from None
