"""Parameters of routes build what validates them when it is first asked for.

FastAPI builds it for each parameter of each route when an application is made: half of what that costs. A test makes an
application and asks a few of its routes; the description of all of them (OpenAPI) is a test of its own.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fastapi._compat.v2 import ModelField

_build = ModelField.__post_init__


def _built(field: ModelField) -> Any:
    _build(field)
    return vars(field)["_type_adapter"]


def build_late() -> None:
    """For this process."""
    late: Any = cached_property(_built)
    late.__set_name__(ModelField, "_type_adapter")
    made: Any = ModelField
    made._type_adapter, made.__post_init__ = late, lambda _field: None
