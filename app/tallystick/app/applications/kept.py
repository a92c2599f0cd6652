"""What is kept of an application: in its row what is no secret, and sealed what the applicant said."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tallystick.app.applications.errors import ApplicationMalformed
from tallystick.identity import FirstPerson
from tallystick.ledger import Hex32, Prefix

State = Literal[
    "draft", "submitted", "asked", "proposed", "admitted", "refused", "withdrawn", "lapsed"
]
PaperKind = Literal[
    "business-licence", "legal-representative", "beneficial-owner", "agent-authorisation",
    "bank-account", "register-extract", "other",
]  # fmt: skip
Scheme = Literal["uscc", "lei", "register", "none"]
CapacityAsked = Literal[
    "core", "supplier", "bank", "carrier", "auditor", "regulator", "inspector", "insurer", "court"
]
RefusalReason = Literal[
    "papers-insufficient", "number-not-found", "not-authorised", "sanctions", "duplicate", "other"
]
#: Which of them still wait for somebody.
open_states: tuple[State, ...] = ("draft", "submitted", "asked", "proposed")
closed_states: tuple[State, ...] = ("admitted", "refused", "withdrawn", "lapsed")
#: In which of them the applicant may change what it says.
writable_states: tuple[State, ...] = ("draft", "asked")
day_ms = 24 * 3600 * 1000
#: In each state, after how many days the application lapses, or what is left of it is forgotten.
days: dict[State, int] = {
    "draft": 14, "submitted": 60, "asked": 30, "proposed": 60,
    "admitted": 30, "refused": 30, "withdrawn": 30, "lapsed": 30,
}  # fmt: skip
#: What a node wants to see, by the scheme of the number.
wanted: dict[Scheme, tuple[PaperKind, ...]] = {
    "uscc": (
        "business-licence", "legal-representative", "beneficial-owner", "agent-authorisation", "bank-account",
    ),
    "lei": (
        "register-extract", "legal-representative", "beneficial-owner", "agent-authorisation", "bank-account",
    ),
    "register": (
        "register-extract", "legal-representative", "beneficial-owner", "agent-authorisation", "bank-account",
    ),
    "none": (),
}  # fmt: skip
persons_max = 10
text_chars_max = 1000
body_bytes_max = 256 * 1024
_day = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
M = TypeVar("M", bound=BaseModel)
Day = Annotated[str, Field(pattern=_day)]
#: Texts of people, shown to people: no control or bidirectional characters.
Said = Annotated[
    str,
    Field(
        min_length=1,
        max_length=text_chars_max,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+$",
    ),
]
Called = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+$",
    ),
]


class Sent(BaseModel):
    """Base of what comes over HTTP: closed and strict."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Begin(Sent):
    node: Prefix


class Form(Sent):
    """Who applies. `number` by `scheme`; `none` is unverified, and shown so. `contact`: an address or a phone.

    `bank_code`: 12 digits (联行号) or a BIC, of the account that the paper `bank-account` names. It is for the
    node's officers alone; the account comes on record by an entry, with a proof.
    """

    name: Annotated[dict[Literal["en", "zh"], Called], Field(min_length=1)]
    scheme: Scheme
    number: Annotated[str, Field(max_length=60, pattern=r"^\S+$")] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    bank_code: Annotated[str, Field(pattern=r"^[A-Z0-9]{8,12}$")] | None = None
    capacities: Annotated[list[CapacityAsked], Field(min_length=1, max_length=6)]
    contact: Called


class Wish(Sent):
    """A person and a key that it made, before it has signed for it."""

    person: Annotated[int, Field(ge=0, lt=persons_max)]
    roles: Annotated[list[str], Field(min_length=1, max_length=8)]
    jwk: Annotated[dict[str, Annotated[str, Field(max_length=100)]], Field(max_length=6)]


class Question(Sent):
    """What the applicant is asked to correct or to add."""

    text: Said


class Refusal(Sent):
    reason: RefusalReason
    text: Said | None = None


class Signed(Sent):
    """The entry that proposes, signed by an officer: envelope as JSON, body and salt in base64."""

    envelope: dict[str, object]
    body: Annotated[str, Field(max_length=2 * body_bytes_max)]
    salt: Annotated[str, Field(max_length=64)]


class Kept(BaseModel):
    """Base of what is stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PaperKept(Kept):
    """A paper's row in the list; its bytes are a part of the same id."""

    id: str
    kind: PaperKind
    type: str
    size: int
    ends: str | None = None


class Filled(Kept):
    """What the applicant said, and what it was asked: one sealed part."""

    form: Form | None = None
    papers: tuple[PaperKept, ...] = ()
    people: tuple[FirstPerson, ...] = ()
    question: str | None = None


class Open(Kept):
    """What stands in the row: handles that are kept for it, and what became of it."""

    organisation: str
    persons: tuple[str, ...]
    proposal: Hex32 | None = None
    reason: RefusalReason | None = None
    by: str | None = None


class Last(Kept):
    """The node's last word, sealed too, and kept with the row when all else is destroyed."""

    text: str | None = None


def read(model: type[M], data: bytes) -> M:
    """Raises `ApplicationMalformed` that names the first wrong field."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        raise ApplicationMalformed(_first(error)) from None


_people: TypeAdapter[tuple[FirstPerson, ...]] = TypeAdapter(
    Annotated[tuple[FirstPerson, ...], Field(min_length=1, max_length=persons_max)]
)


def read_people(data: bytes) -> tuple[FirstPerson, ...]:
    """Raises `ApplicationMalformed`."""
    try:
        return _people.validate_json(data)
    except ValidationError as error:
        raise ApplicationMalformed(_first(error)) from None


def _first(error: ValidationError) -> str:
    wrong = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, wrong["loc"])) or "it"
    return f"{where}: {wrong['msg']}"
