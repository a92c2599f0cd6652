"""The heads of a bundle: what the last block says is complete or absent (step 8 of the format)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tallystick.ledger import canonical, heads, system
from tallystick.ledger.bundle import errors, layout
from tallystick.ledger.bundle.held import HeldEntry, HeldHead

#: In a block that states no map. It is also the root of an empty one, but genesis touches names.
no_heads = "0" * 64


def open_heads(
    files: Mapping[str, bytes], block: system.Block, entries: Mapping[int, HeldEntry]
) -> Iterator[HeldHead]:
    here = {held.leaf_hash: held.index for held in entries.values()}
    for name in layout.in_folder(files, "heads"):
        try:
            head = heads.HeadProof.read(canonical.decode(files[name]))
            stands = layout.head_file(heads.head_key(head.kind, head.name))
        except (heads.HeadProofRefused, canonical.NotCanonical) as error:
            raise errors.HeadRefused(f"{name}: {error.detail}") from None
        said = f"{head.kind} {head.name}"
        if name != stands:
            raise errors.HeadRefused(f"{name} is not the name of {said}")
        _require_head(head, block, said)
        lacking = [leaf for leaf in head.leaves if leaf not in here]
        if lacking:
            count = f"{len(lacking)} of {len(head.leaves)}"
            raise errors.Incomplete(f"{count} entries about {said} are not here")
        indexes = tuple(here[leaf] for leaf in head.leaves)
        if list(indexes) != sorted(set(indexes)):
            raise errors.Incomplete(f"the entries about {said} are not in their order")
        yield HeldHead(head.kind, head.name, indexes)


def require_acts(found: Mapping[tuple[str, str], HeldHead], acts: tuple[int, ...]) -> None:
    """No act of governance is left out, the newest least of all."""
    head = found.get(system.acts_head)
    if head is None:
        raise errors.HeadMissing(" ".join(system.acts_head))
    if head.indexes != acts:
        raise errors.ActsRefused(f"acts at {list(acts)}, the log lists {list(head.indexes)}")


def _require_head(head: heads.HeadProof, block: system.Block, said: str) -> None:
    if block.heads == no_heads:
        raise errors.HeadDiffers(f"the log keeps no heads, and the bundle holds one of {said}")
    try:
        head.verify(bytes.fromhex(block.heads))
    except heads.HeadProofRefused as error:
        raise errors.HeadDiffers(error.detail) from None
