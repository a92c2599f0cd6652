"""What a prefix's owner says of its records: fields, versions, withdrawal.

A template is public, its fields and the readers that they name included. Whoever wants to keep a partner's
name to himself leaves `readers` out and names them with each value.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tallystick.identity.bodies import Name, TemplateRef
from tallystick.ledger import Body, Count, Handle, Positive, Text

fields_max = 64
choices_max = 64
readers_max = 32
scale_max = 12
digits_max = 30
pattern_chars_max = 200
versions_max = 9_999

DataType = Literal[
    "text", "integer", "decimal", "date", "boolean", "choice", "handle", "url", "digest"
]
ClassName = Literal["identity", "trade", "quality", "sensor", "money", "personal"]
MaskName = Literal["phone", "credit-code", "account", "name", "tail"]
Number = Annotated[str, Field(pattern=r"^(0|-?[1-9][0-9]{0,29})(\.[0-9]{1,12})?$")]


class Choice(Body):
    """One of the texts that a field may say, and what it is called."""

    value: Annotated[str, Field(min_length=1, max_length=100)]
    name: Name | None = None


class TemplateField(Body):
    """A value that a record may or must have, at one index, of one type.

    `data`: what its text is: `integer` 42; `decimal` with exactly `scale` digits behind the point; `date`
    2026-07-01; `boolean` true or false; `choice` one of `choices`; `handle`; `url` (http or https); `digest`
    64 hex digits (SHA-256). `unit`: a code of UN/CEFACT Recommendation 20, written behind the number with one
    blank: `12.5 KGM`. `pattern`: characters and classes with counts, such as `[A-Z]{2}[0-9]{4,6}`, of the
    whole text. `unique`: no other record of the owner under this template says the same. `final`: what is
    written once stays. `section`: basic or extended information. `grade`: whom values are for: everybody, the
    owner and partners (`readers`, or those whom a value names), or the owner alone; auditors read all.
    `data_class`: what it is about, `trade` unless said. What is for the owner alone is restricted: in the clear for roles that
    need it, and masked as `mask` says for its others.
    """

    index: Annotated[Positive, Field(le=2**31 - 1)]
    type: Annotated[str, Field(max_length=100, pattern=r"^\S+$")]
    name: Name
    data: DataType
    required: bool = False
    unique: bool = False
    final: bool = False
    section: Literal["basic", "extended"] = "basic"
    grade: Literal["public", "partners", "owner"] = "public"
    data_class: ClassName | None = None
    mask: MaskName | None = None
    readers: Annotated[tuple[Handle, ...], Field(min_length=1, max_length=readers_max)] | None = (
        None
    )
    unit: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$", examples=["KGM"])] | None = None
    scale: Annotated[int, Field(ge=0, le=scale_max)] | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    chars_min: Count | None = None
    chars_max: Count | None = None
    pattern: Annotated[str, Field(min_length=1, max_length=pattern_chars_max)] | None = None
    choices: Annotated[tuple[Choice, ...], Field(min_length=1, max_length=choices_max)] | None = (
        None
    )


class PublishTemplate(Body):
    """The next version of a template under a prefix that the author's organisation holds.

    Records name the version that they were written under; a new version changes none of them.
    """

    template: Handle
    version: Annotated[Positive, Field(le=versions_max)]
    name: Name
    note: Text | None = None
    fields: Annotated[tuple[TemplateField, ...], Field(min_length=1, max_length=fields_max)]
    copied_from: TemplateRef | None = None


class WithdrawTemplate(Body):
    """No record is created under this version from now on; those there are stay, and may be written."""

    template: Handle
    version: Annotated[Positive, Field(le=versions_max)]
