"""Batches in a log that is served elsewhere: issued with an own key, their leaves handed in, their codes proven.

Secret and label file are made here and stay here; over the wire go the signed entry with its root, and leaves. So a
code resolves there as *issued, not yet seen* for nobody, but whoever has the secret proves it with the help of any
node or mirror that has the leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import httpx
import orjson
from pydantic import Base64Bytes, BaseModel, Field, TypeAdapter, ValidationError

from tallystick.app.files import read_text
from tallystick.app.minting.proving import CodeProof, CodeUnknown
from tallystick.app.sending import (
    NodeNotReached,
    There,
    answer_bytes_max,
    answer_timeout_s,
)
from tallystick.identity import Said, minting
from tallystick.ledger import (
    Answer,
    Author,
    Clock,
    Count,
    Hex32,
    SigningKey,
    SystemClock,
    TallystickError,
)

upload_timeout_s = 3600
upload_read_bytes = 1 << 20
T = TypeVar("T")


class RefusedAfar(TallystickError):
    """What a node says, in its own code."""

    code = "refused-afar"
    status = 409
    title = "The node that serves the log refused this"
    advice = "Look up the code that it names in the table of errors."


class _Row(BaseModel):
    batch: Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}$")]
    since: Count
    root: str = ""


class _Place(BaseModel):
    entry: Count
    position: Annotated[int, Field(ge=0, lt=minting.batch_serials_max)]
    path: Annotated[list[Hex32], Field(max_length=25)]


class _Entry(BaseModel):
    envelope: dict[str, Any]
    body: str | None
    salt: Base64Bytes | None


_rows, _place, _entry = TypeAdapter(list[_Row]), TypeAdapter(_Place), TypeAdapter(_Entry)


@dataclass(frozen=True, slots=True)
class OwnPen:
    """Signs with a key that is here, for a log elsewhere."""

    author: str
    key: SigningKey
    origin: str
    log: There
    clock: Clock = field(default_factory=SystemClock)

    def write(self, said: Sequence[Said]) -> list[Answer]:
        author = Author(self.origin, self.author, self.key, self.clock)
        return self.log.submit([author.write(one.type, one.body, entry_id=one.id) for one in said])


@dataclass(frozen=True, slots=True)
class NodeAfar:
    """A node or mirror by its address. It is asked, and believed in nothing that a proof can show.

    As a `minting.Book` it never has a secret destroyed: numbers that are in the folder are not taken again.
    """

    url: str
    http: httpx.Client
    folder: minting.Folder
    own: bool = False

    @property
    def log(self) -> There:
        return There(self.url, self.http)

    def newest(self, prefix: str) -> str | None:
        """As `minting.Book` says."""
        after = ""
        while rows := self._batches(prefix, after):
            after = rows[-1].batch
        return max([after, *self.folder.numbers(prefix)]) or None

    def known(self, prefix: str, batch: str) -> tuple[str, int] | None:
        """As `minting.Book` says; a batch whose values are private is known to its owner's token alone."""
        rows = self._batches(prefix, minting.number_before(batch))
        return next(((one.root, one.since) for one in rows if one.batch == batch), None)

    def hand_in(self, prefix: str, batch: str) -> None:
        """Send the leaves of a batch. Raises `NodeNotReached`, `RefusedAfar`, FileNotFoundError."""
        with self.folder.leaves_path(prefix, batch).open("rb") as file:
            pieces = iter(lambda: file.read(upload_read_bytes), b"")
            self._ask("PUT", f"/v1/batches/{prefix}/{batch}/leaves", content=pieces,
                      timeout=upload_timeout_s)  # fmt: skip

    def prove(self, handle: str) -> CodeProof:
        """The proof of a code whose secret is here, unverified. Raises `CodeUnknown`, `BatchKeyMissing`, …"""
        serial = minting.read_serial(handle)
        if serial is None:
            raise CodeUnknown(handle)
        key = self.folder.key(serial.prefix, serial.batch)
        salt, leaf = minting.salt_and_leaf(key, serial.handle)
        where = f"/v1/batches/{serial.prefix}/{serial.batch}/leaves/{leaf.hex()}"
        place = self._read(_place, where)
        entry = self._read(_entry, f"/v1/entries/{place.entry}")
        if entry.body is None or entry.salt is None:
            raise CodeUnknown(f"{handle}: entry {place.entry} is not shown to this reader")
        return CodeProof(
            handle=serial.handle,
            salt=salt.hex(),
            position=place.position,
            path=place.path,
            envelope=entry.envelope,
            body=entry.body,
            body_salt=entry.salt.hex(),
            proof=self._ask("GET", f"/log/proof/{place.entry}").text,
        )

    def _batches(self, prefix: str, after: str) -> list[_Row]:
        return self._read(_rows, f"/v1/batches?{urlencode({'prefix': prefix, 'after': after})}")

    def _read(self, form: TypeAdapter[T], path: str) -> T:
        try:
            return form.validate_json(self._ask("GET", path).content[:answer_bytes_max])
        except ValidationError as error:
            raise NodeNotReached(f"{self.url}{path}: {error.errors()[0]['msg']}") from None

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self.http.request(method, f"{self.url}{path}", **more)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise NodeNotReached(f"{self.url}: {error or type(error).__name__}") from None
        if not answer.is_success:
            raise RefusedAfar(f"{path}: {answer.status_code} {_said(answer)}")
        return answer


@contextmanager
def reached(url: str, token_file: Path | None, home: Path) -> Iterator[NodeAfar]:
    """With the token of a reader, if there is one."""
    headers = {}
    if token_file is not None:
        headers["Authorization"] = f"Bearer {read_text(token_file).strip()}"
    with httpx.Client(timeout=answer_timeout_s, trust_env=False, headers=headers) as http:
        yield NodeAfar(url.rstrip("/"), http, minting.Folder(home))


def _said(answer: httpx.Response) -> str:
    try:
        told = orjson.loads(answer.content[:answer_bytes_max])
        return f"{told['code']}: {told.get('detail', '')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
