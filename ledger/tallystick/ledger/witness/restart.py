"""How a witness that lost its memory starts again: by hand, from a checkpoint that it once cosigned.

Whatever it cosigned above this checkpoint it has forgotten, and could contradict. So a person names log and
size, and the checkpoint bears the cosignature of this very witness unless that person insists.
"""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.ledger.checkpoint import Checkpoint, CheckpointRefused
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.note import Note, NoteRefused, Verifier
from tallystick.ledger.witness.cosignature import Cosigner
from tallystick.ledger.witness.errors import RestartRefused
from tallystick.ledger.witness.memory import Remembered
from tallystick.ledger.witness.rule import trusted


def restarted(
    named: tuple[str, int],
    note: bytes,
    keys: Sequence[Verifier],
    cosigner: Cosigner,
    *,
    not_cosigned: bool = False,
) -> Remembered:
    """What to remember of the log and size `named`; raises `RestartRefused`.

    `not_cosigned`: take a checkpoint also without this witness's own cosignature.
    """
    try:
        given = Note.read(note)
        checkpoint = Checkpoint.parse_extended(given.text)
        signed = trusted(given, keys)
        own = [line for _, line in given.signed_by([cosigner])]
    except (NoteRefused, CheckpointRefused) as error:
        raise RestartRefused(error.detail) from None
    except TallystickError as error:
        raise RestartRefused(f"{error.title}: {error.detail}") from None
    if (checkpoint.origin, checkpoint.size) != named or checkpoint.size == 0:
        said = f"it is of {checkpoint.origin} and size {checkpoint.size}"
        raise RestartRefused(f"{said}, not of {named[0]} and {named[1]}, or of no size")
    if not own and not not_cosigned:
        raise RestartRefused(f"{cosigner.name} has not cosigned this checkpoint")
    return Remembered(checkpoint, signed.adding(own).encode())
