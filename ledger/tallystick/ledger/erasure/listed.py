"""A list of erasures, as `/v1/erasures` gives it, read again where the log itself does not know them yet."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.ledger.erasure.errors import ErasureListRefused

index_max = 2**53 - 1


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    entry: Annotated[int, Field(ge=0, le=index_max)]
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _List(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    erasures: tuple[_Row, ...]


def read_erasures(data: bytes) -> list[tuple[int, str]]:
    """(entry index, hash) of each; raises `ErasureListRefused`."""
    try:
        found = _List.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ErasureListRefused(f"{where}: {first['msg']}" if where else first["msg"]) from None
    return [(row.entry, row.hash) for row in found.erasures]
