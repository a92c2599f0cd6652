"""HS_SITE as the JSON interface of Handle.net writes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.identity.native.errors import DataRefused
from tallystick.identity.native.forms import key_bytes, read_key
from tallystick.identity.native.sites import (
    Interface,
    Server,
    Site,
    administration,
    list_max,
    multi_primary,
    primary,
    query,
)

_Port = Annotated[int, Field(ge=0, le=65_535)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Interface(_Told):
    query: bool = False
    admin: bool = False
    protocol: Annotated[str, Field(pattern="^(UDP|TCP|HTTP|HTTPS)$")]
    port: _Port


class _Key(_Told):
    value: dict[str, Any]


class _Server(_Told):
    serverId: Annotated[int, Field(ge=0, lt=2**32)]
    address: Annotated[str, Field(max_length=45)]
    publicKey: _Key | None = None
    interfaces: Annotated[tuple[_Interface, ...], Field(max_length=list_max)] = ()


class _Attribute(_Told):
    name: Annotated[str, Field(max_length=200)]
    value: Annotated[str, Field(max_length=2000)]


class _Site(_Told):
    version: Annotated[int, Field(ge=0, lt=2**16)] = 1
    protocolVersion: Annotated[str, Field(pattern=r"^\d{1,2}\.\d{1,2}$")] = "3.0"
    serialNumber: Annotated[int, Field(ge=0, lt=2**16)]
    primarySite: bool = True
    multiPrimary: bool = False
    hashOption: Annotated[int, Field(ge=0, le=2)] = 2
    attributes: Annotated[tuple[_Attribute, ...], Field(max_length=list_max)] = ()
    servers: Annotated[tuple[_Server, ...], Field(max_length=list_max)] = ()


def document(site: Site) -> dict[str, Any]:
    """As JSON. Raises `DataRefused` for a key in no form that is known."""
    return {
        "version": site.version,
        "protocolVersion": ".".join(map(str, site.protocol)),
        "serialNumber": site.serial,
        "primarySite": bool(site.primary & primary),
        "multiPrimary": bool(site.primary & multi_primary),
        "hashOption": site.hash_option,
        "attributes": [{"name": name, "value": value} for name, value in site.attributes],
        "servers": [_server(one) for one in site.servers],
    }


def site_of(told: object) -> Site:
    """Of such JSON. Raises `DataRefused`."""
    try:
        found = _Site.model_validate(told)
        servers = tuple(_server_of(one) for one in found.servers)
        major, _, minor = found.protocolVersion.partition(".")
        mask = primary * found.primarySite | multi_primary * found.multiPrimary
        attributes = tuple((one.name, one.value) for one in found.attributes)
        made = Site(
            found.serialNumber,
            servers,
            attributes,
            (int(major), int(minor)),
            mask,
            found.hashOption,
            version=found.version,
        )
        made.encode()
        return made
    except ValidationError as error:
        raise DataRefused(f"a site: {error.errors()[0]['msg']}") from None
    except ValueError as error:
        raise DataRefused(f"a site: {error}") from None


def _server(one: Server) -> dict[str, Any]:
    key = {"publicKey": {"format": "key", "value": read_key(one.key)}} if one.key else {}
    return {
        "serverId": one.number,
        "address": one.address,
        **key,
        "interfaces": [
            {
                "query": bool(each.use & query),
                "admin": bool(each.use & administration),
                "protocol": each.protocol,
                "port": each.port,
            }
            for each in one.interfaces
        ],
    }


def _server_of(one: _Server) -> Server:
    interfaces = tuple(
        Interface(query * each.query | administration * each.admin, each.protocol, each.port)
        for each in one.interfaces
    )
    key = key_bytes(one.publicKey.value) if one.publicKey else b""
    return Server(one.serverId, one.address, key, interfaces)
