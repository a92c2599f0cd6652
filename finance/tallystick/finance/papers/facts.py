"""What a paper is made from: values that stand in the log, and nothing else. Same facts, same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from tallystick.finance.draft import Row
from tallystick.ledger import TallystickError

#: 付款承诺函, 应收账款转让协议, 债权转让通知书, 结清证明.
PaperKind = Literal["undertaking", "assignment", "notice", "settlement"]
paper_kinds: tuple[PaperKind, ...] = get_args(PaperKind)
Language = Literal["zh", "en"]
languages: tuple[Language, ...] = get_args(Language)


class PaperMissing(TallystickError):
    code = "paper-missing"
    status = 404
    title = "This act has not happened, so that there is no paper of it"
    advice = "An undertaking needs a certificate that was not refused, an assignment its hop, a settlement the last cent."


class PaperFontMissing(TallystickError):
    code = "paper-font-missing"
    status = 503
    title = "This machine has no font that writes Chinese"
    advice = "Install one (Debian and Ubuntu: apt-get install fonts-noto-cjk); then ask again."


class PaperNotSealed(TallystickError):
    code = "paper-not-sealed"
    status = 409
    title = "No checkpoint covers the paper's last entry yet"
    advice = "Ask again in two seconds."


@dataclass(frozen=True, slots=True)
class Signed:
    """An entry that a paper rests on. `verified`: its signatures verify by keys that were valid at its index, and it is
    under the checkpoint. `act`: what it did, a word of `words.acts`."""

    act: str
    index: int
    time: str
    author: str
    leaf_hash: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """Units that went to another holder: by transfer, or to a bank that paid for them. `noticed`: what the debtor was
    told of it, which is all that the debtor itself sees of it."""

    index: int
    giver: str
    taker: str
    amount: int
    time: str
    offered: str
    background: str
    financing: Row | None = None
    acknowledged: Row | None = None
    noticed: Row | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`names`: of organisations, in the paper's language. `check`: size and root hash of the checkpoint under which the
    entries lie. `lookup`: where anybody finds them. `signing`: acts of the organisation whose seal could stand here."""

    kind: PaperKind
    certificate: str
    head: Row
    names: Mapping[str, str]
    entries: tuple[Signed, ...]
    signing: tuple[int, ...]
    origin: str
    size: int
    root: str
    lookup: str
    pays_on: str
    hop: Hop | None = None
    payouts: tuple[Row, ...] = ()
    waiver: Row | None = None
    simulated: bool = False

    @property
    def sealed(self) -> bool:
        """Whether every signature of whoever would seal this verified; otherwise no seal is drawn."""
        own = [entry for entry in self.entries if entry.index in self.signing]
        return bool(own) and len(own) == len(self.signing) and all(one.verified for one in own)


@dataclass(frozen=True, slots=True)
class Seal:
    """A mark beside verified signatures: whose, and by which entries. It is no company's registered seal."""

    name: str
    told: str
    entries: str


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of a longer paper. `rows`: label and value."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """Words in their order, ready to be drawn. `rows`: label and value; `table`: the entries; `made`: their last time.

    `parts`: of a longer paper, behind its paragraphs.
    """

    title: str
    subtitle: str
    language: Language
    opening: str
    rows: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    payouts: tuple[tuple[str, ...], ...]
    signatory: tuple[str, ...]
    seal: Seal | None
    evidence: str
    table: tuple[tuple[str, ...], ...]
    closing: tuple[str, ...]
    lookup: str
    footer: str
    made: str
    parts: tuple[Part, ...] = ()
