"""A webhook: what an officer asks for, and what is kept of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.app.webhooks.errors import WebhookMalformed
from tallystick.app.webhooks.signing import Scheme, Secret, Seeds
from tallystick.ledger import RuleSet, WebhookRow, instant

#: paused: by an officer. failing: nothing went through for days. gone: the address answered 410.
State = Literal["active", "paused", "failing", "gone"]
Content = Literal["thin", "body"]
types_max, parties_max, label_chars_max = 50, 50, 60
secrets_max = 2
_part = re.compile(r"[a-z]+\.\*")

Text = Annotated[str, Field(max_length=500)]


class Wish(BaseModel):
    """What is asked for. `types`: entry types, `part.*` or `*`; `parties`: only entries that others of these are of.

    `country`: where the receiver keeps what it gets (ISO 3166-1).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    address: Annotated[str, Field(min_length=1, max_length=500)]
    types: Annotated[tuple[Text, ...], Field(min_length=1, max_length=types_max, strict=False)] = (
        "*",
    )
    parties: Annotated[tuple[Text, ...], Field(max_length=parties_max, strict=False)] = ()
    content: Content = "thin"
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""
    scheme: Scheme = "v1a"
    label: Annotated[str, Field(max_length=label_chars_max, pattern=r"^[^\x00-\x1f]*$")] = ""


class KeptSecret(BaseModel):
    """`number`: of the secret; `until_ms`: it signs no longer then, None for the current one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    seed: str
    since_ms: int
    until_ms: int | None = None


class Told(BaseModel):
    """What stands in a row, as JSON. `stopped`: when, at which size of the log and why it does not run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wish: Wish
    by: str
    made: str
    secrets: tuple[KeptSecret, ...]
    stopped: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of an organisation."""

    id: str
    organisation: str
    state: str
    next: int
    failing_ms: int | None
    told: Told

    @staticmethod
    def of(row: WebhookRow) -> Hook:
        told = Told.model_validate_json(row.told)
        return Hook(row.id, row.organisation, row.state, row.next, row.failing_ms, told)

    def row(self) -> WebhookRow:
        told = self.told.model_dump_json()
        return WebhookRow(self.id, self.organisation, self.state, self.next, self.failing_ms, told)

    def wants(self, entry_type: str) -> bool:
        part = entry_type.partition(".")[0]
        return not {entry_type, f"{part}.*", "*"}.isdisjoint(self.told.wish.types)

    def signing(self, seeds: Seeds, now_ms: int) -> list[Secret]:
        """The newest first. Raises `MasterKeyMissing`."""
        scheme = self.told.wish.scheme
        counts = [one for one in self.told.secrets if one.until_ms is None or now_ms < one.until_ms]
        return [seeds.secret(one.seed, self.id, one.number, scheme) for one in reversed(counts)]

    def shown(self) -> dict[str, Any]:
        """For its organisation; no secret is in it."""
        wish = self.told.wish
        told: dict[str, Any] = {
            "id": self.id, "organisation": self.organisation, "state": self.state, "address": wish.address,
            "types": list(wish.types), "parties": list(wish.parties), "content": wish.content,
            "country": wish.country, "scheme": wish.scheme, "label": wish.label, "by": self.told.by,
            "made": self.told.made, "next": self.next,
        }  # fmt: skip
        if self.failing_ms is not None:
            told["failing_since"] = instant(self.failing_ms)
        if self.told.stopped is not None:
            told["stopped"] = self.told.stopped
        return told


def read_wish(data: bytes, rules: RuleSet) -> Wish:
    """Raises `WebhookMalformed` that names the first wrong field."""
    try:
        wish = Wish.model_validate_json(data)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise WebhookMalformed(f"{where}: {wrong['msg']}") from None
    parts = {name.partition(".")[0] for name in rules.types}
    for one in wish.types:
        known = one == "*" or one in rules.types
        if not known and not (_part.fullmatch(one) and one[:-2] in parts):
            raise WebhookMalformed(f"types: there is no entry type {one!r}")
    return wish
