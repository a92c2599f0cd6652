"""Templates in files: our own form, and the one in which an IDHub node is given them.

Ours is the body of `identity.template/1` without `version`, which follows from what is published already.
Of the other, `metaHandle`, `metaName` and the items of `metaItemCreateDTOS` are read; items get the indexes 2000
and on, as they have there. What it says and a template here cannot, is refused by its name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, cast

from pydantic import Field, ValidationError

from tallystick.identity.bodies import Name, TemplateRef
from tallystick.identity.templates.bodies import PublishTemplate, TemplateField, fields_max
from tallystick.ledger import Body, Handle, TallystickError, Text

file_bytes_max = 1_048_576
first_item_index = 2000
_data_types = {1: "text", 2: "number", 3: "date"}
_date_formats = (None, "", "yyyy-MM-dd")


class TemplateFileRefused(TallystickError):
    code = "template-file-refused"
    status = 400
    title = "This is no file of a template"
    advice = "Compare it with docs/how-to/describe-your-records.md."


class TemplateFile(Body):
    """A template before it has a version."""

    template: Handle
    name: Name
    note: Text | None = None
    fields: Annotated[tuple[TemplateField, ...], Field(min_length=1, max_length=fields_max)]
    copied_from: TemplateRef | None = None

    def version(self, number: int) -> PublishTemplate:
        """To be published as this version."""
        return PublishTemplate(
            template=self.template,
            version=number,
            name=self.name,
            note=self.note,
            fields=self.fields,
            copied_from=self.copied_from,
        )


def read_template(data: bytes) -> TemplateFile:
    """Raises `TemplateFileRefused`."""
    if len(data) > file_bytes_max:
        raise TemplateFileRefused(f"it has more than {file_bytes_max} bytes")
    try:
        told = json.loads(data)
        given = _of_idhub(told) if isinstance(told, dict) and "metaHandle" in told else told
        return TemplateFile.model_validate_json(json.dumps(given))
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[:10]
        said = (f"{'/'.join(str(step) for step in one['loc'])}: {one['msg']}" for one in wrong)
        raise TemplateFileRefused("; ".join(said)) from None
    except (ValueError, RecursionError) as error:
        raise TemplateFileRefused(f"it is no JSON: {error}") from None


def _of_idhub(told: Mapping[str, Any]) -> dict[str, Any]:
    items = told.get("metaItemCreateDTOS")
    if not isinstance(items, list):
        raise TemplateFileRefused("metaItemCreateDTOS: a list of items is expected")
    fields = [_item(position, item) for position, item in enumerate(items)]
    name = str(told.get("metaName") or told["metaHandle"])
    return {"template": told["metaHandle"], "name": {"zh": name}, "fields": fields}


def _item(position: int, told: Any) -> dict[str, Any]:
    where = f"metaItemCreateDTOS/{position}"
    if not isinstance(told, dict):
        raise TemplateFileRefused(f"{where}: an object is expected")
    given = cast(dict[str, Any], told)
    called = {"en": given.get("englishName"), "zh": given.get("chineseName")}
    name = {language: text for language, text in called.items() if text}
    return {
        "index": first_item_index + position,
        "type": given.get("itemCode"),
        "name": name or {"en": str(given.get("itemCode"))},
        "required": _truth(given.get("required"), f"{where}/required"),
        "unique": _truth(given.get("uniqueField"), f"{where}/uniqueField"),
        **_schema(given.get("itemSchemaCreateDTO") or {}, f"{where}/itemSchemaCreateDTO"),
    }


def _schema(told: Any, where: str) -> dict[str, Any]:
    given = cast(dict[str, Any], told) if isinstance(told, dict) else {}
    said = given.get("dataType", 1)
    kind = _data_types.get(said) if isinstance(said, int) else None
    if kind is None:
        raise TemplateFileRefused(f"{where}/dataType: 1 (text), 2 (number) or 3 (date) is expected")
    if given.get("numberRange"):
        raise TemplateFileRefused(f"{where}/numberRange: say minimum and maximum in a form of ours")
    if kind == "date":
        if given.get("dateFormat") not in _date_formats:
            raise TemplateFileRefused(f"{where}/dateFormat: only yyyy-MM-dd is kept")
        return {"data": "date"}
    if kind == "number":
        scale = given.get("accuracy")
        return {"data": "decimal", "scale": scale} if scale else {"data": "integer"}
    limits = {"chars_min": given.get("minLength"), "chars_max": given.get("maxLength")}
    return {"data": "text", **{name: limit for name, limit in limits.items() if limit is not None}}


def _truth(told: object, where: str) -> bool:
    if told is None or (isinstance(told, int) and told in (0, 1)):
        return bool(told)
    raise TemplateFileRefused(f"{where}: true or false is expected")
