"""Notes with attachments, and their erasure, for tests."""

from __future__ import annotations

from tests.ledger.world import NoteBody, World, core, key

from tallystick.ledger import Answer, Attachment, AttachmentRef, SigningKey, Submission
from tallystick.ledger.erasure import Erase, erase_type

#: Nothing else in a store looks like it.
secret_text = b"Zhang San, 138-0000-0000, lives behind the third gate" * 8
secret_salt = bytes(range(100, 132))


def attachment(
    data: bytes = secret_text, grade: str = "parties", salt: bytes = secret_salt
) -> Attachment:
    return Attachment("text/plain", data, salt, grade)


def ref(of: Attachment) -> AttachmentRef:
    return AttachmentRef(hash=of.hash(), type=of.type, size=len(of.data), grade=of.grade)


def note(world: World, *attached: Attachment, by: str = core, text: str = "see") -> Answer:
    """A note of `by` that holds these attachments."""
    body = NoteBody(text=text, attachments=tuple(map(ref, attached)))
    said = world.author(by).write("test.note/1", body, attachments=attached)
    return world.append([said])[0]


def erase(
    world: World, index: int, digest: str, by: str = core, *endorsers: SigningKey
) -> Submission:
    body = Erase(entry=index, hash=digest, reason="consent-withdrawn", text_class="free-text")
    return world.author(by).write(erase_type, body, endorsers=endorsers)


def erased(world: World, index: int, digest: str, by: str = core) -> Answer:
    """Erase, which must be accepted, and seal."""
    answer = world.append([erase(world, index, digest, by)])[0]
    world.ledger.seal()
    return answer


def core_key() -> SigningKey:
    return key(f"300:{core}")
