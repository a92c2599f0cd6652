"""The files of a bundle: their names, how large they may be, and which belongs to which."""

from __future__ import annotations

import re
from collections.abc import Collection

from tallystick.ledger.anchor import claim_bytes_max
from tallystick.ledger.bundle.errors import FileMissing, FileStray
from tallystick.ledger.checkpoint import proof_file_chars_max
from tallystick.ledger.entry import attachment_bytes_max, body_bytes_max, leaf_bytes_max
from tallystick.ledger.note import note_bytes_max
from tallystick.ledger.witness.policy import policy_bytes_max

salt_bytes = 32
manifest_bytes_max = 1 << 20
disclosure_bytes_max = 4 << 20
head_bytes_max = 8 << 20
name_bytes_max = 100

manifest_file, checkpoint_file, policy_file = "bundle.json", "checkpoint", "policy"
anchor_file = "anchor.json"
_index = "(?:0|[1-9][0-9]{0,14})"
_forms = (
    ("anchor[.]json", claim_bytes_max),
    ("bundle[.]json", manifest_bytes_max),
    ("checkpoint", note_bytes_max),
    ("policy", policy_bytes_max),
    (f"entries/{_index}", leaf_bytes_max),
    (f"bodies/{_index}", body_bytes_max),
    (f"salts/{_index}", salt_bytes),
    (f"proofs/{_index}[.]tlog-proof", proof_file_chars_max),
    (f"disclosures/{_index}[.]json", disclosure_bytes_max),
    ("attachments/[0-9a-f]{64}", salt_bytes + attachment_bytes_max),
    ("heads/[0-9a-f]{64}[.]json", head_bytes_max),
)
_known = tuple((re.compile(form), most) for form, most in _forms)
_needed = (manifest_file, checkpoint_file, policy_file, "entries/0", "bodies/0")


def entry_file(index: int) -> str:
    return f"entries/{index}"


def body_file(index: int) -> str:
    return f"bodies/{index}"


def salt_file(index: int) -> str:
    return f"salts/{index}"


def proof_file(index: int) -> str:
    return f"proofs/{index}.tlog-proof"


def disclosure_file(index: int) -> str:
    return f"disclosures/{index}.json"


def attachment_file(digest: str) -> str:
    return f"attachments/{digest}"


def head_file(key: bytes) -> str:
    return f"heads/{key.hex()}.json"


def bytes_max(name: str) -> int | None:
    """How many bytes a file of this name may have; None if no file of a bundle has it."""
    return next((most for form, most in _known if form.fullmatch(name)), None)


def in_folder(names: Collection[str], folder: str) -> list[str]:
    """The names in a folder, sorted by their bytes."""
    return sorted(name for name in names if name.startswith(f"{folder}/"))


def indexes(names: Collection[str], folder: str) -> list[int]:
    """The indexes of a numbered folder in ascending order."""
    found = in_folder(names, folder)
    return sorted(int(name.partition("/")[2].partition(".")[0]) for name in found)


def check_files(names: Collection[str]) -> None:
    """What must be there is there. Raises `FileMissing` or `FileStray`."""
    for name in _needed:
        _require(names, name)
    for name in sorted(names):
        folder, _, rest = name.partition("/")
        for needed in _beside(folder, rest.partition(".")[0]):
            _require(names, needed)
    for index in indexes(names, "disclosures"):
        if body_file(index) in names:
            raise FileStray(f"{disclosure_file(index)} beside the whole body")


def _beside(folder: str, index: str) -> tuple[str, ...]:
    """What must be there with a file of this folder."""
    entry, proof = f"entries/{index}", f"proofs/{index}.tlog-proof"
    return {
        "entries": (proof,),
        "bodies": (entry, f"salts/{index}"),
        "salts": (f"bodies/{index}",),
        "proofs": (entry,),
        "disclosures": (entry,),
    }.get(folder, ())


def _require(names: Collection[str], name: str) -> None:
    if name not in names:
        raise FileMissing(name)
