"""EPCIS 2.0 events and documents as pydantic models (ISO/IEC 19987; JSON bindings of GS1 EPCIS 2.0).

Required parts: every event has type, eventTime and eventTimeZoneOffset; what else, each class says.
Where the JSON Schema is laxer than the text (parentID of an aggregation), the text rules.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from tallystick.trace.epcis.fields import (
    Closed,
    Component,
    Disposition,
    Epcs,
    Exceptional,
    Instant,
    Measurement,
    Number,
    Offset,
    Open,
    PartyType,
    Reason,
    Step,
    Text,
    TransactionType,
    Uri,
    short_list_max,
    wrong,
)
from tallystick.trace.summary import capture_events_max, event_items_max

Action = Literal["ADD", "OBSERVE", "DELETE"]


class QuantityElement(Closed):
    epcClass: Uri
    quantity: Annotated[Number, Field(ge=0)] | None = None
    uom: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")] | None = None

    @model_validator(mode="after")
    def _unit_of_something(self) -> Self:
        if self.uom is not None and self.quantity is None:
            raise wrong("a unit stands without a quantity", "add the quantity")
        return self


class BizTransaction(Closed):
    bizTransaction: Uri
    type: TransactionType | None = None


class Source(Closed):
    type: PartyType
    source: Uri


class Destination(Closed):
    type: PartyType
    destination: Uri


class Place(Open):
    id: Uri


class PersistentDisposition(Open):
    set: list[Disposition] | None = None
    unset: list[Disposition] | None = None

    @model_validator(mode="after")
    def _sets_something(self) -> Self:
        if not self.set and not self.unset:
            raise wrong("neither `set` nor `unset` names a disposition", "name at least one")
        return self


class ErrorDeclaration(Open):
    declarationTime: Instant
    reason: Reason | None = None
    correctiveEventIDs: Annotated[list[Uri], Field(max_length=short_list_max)] | None = None


class _Device(Open):
    time: Instant | None = None
    deviceID: Uri | None = None
    deviceMetadata: Uri | None = None
    rawData: Uri | None = None
    dataProcessingMethod: Uri | None = None
    bizRules: Uri | None = None


class SensorMetadata(_Device):
    startTime: Instant | None = None
    endTime: Instant | None = None


class SensorReport(_Device):
    type: Measurement | None = None
    exception: Exceptional | None = None
    microorganism: Uri | None = None
    chemicalSubstance: Uri | None = None
    value: Number | None = None
    minValue: Number | None = None
    maxValue: Number | None = None
    meanValue: Number | None = None
    sDev: Number | None = None
    percRank: Number | None = None
    percValue: Number | None = None
    uom: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,3}$")] | None = None
    component: Component | None = None
    stringValue: Text | None = None
    booleanValue: bool | None = None
    hexBinaryValue: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2})+$")] | None = None
    uriValue: Uri | None = None
    coordinateReferenceSystem: Uri | None = None

    @model_validator(mode="after")
    def _reports_something(self) -> Self:
        if self.type is None and self.exception is None:
            raise wrong("the report has neither a type nor an exception", "say what was measured")
        return self


class SensorElement(Open):
    sensorMetadata: SensorMetadata | None = None
    sensorReport: Annotated[list[SensorReport], Field(min_length=1, max_length=event_items_max)]


Quantities = Annotated[list[QuantityElement], Field(max_length=event_items_max)]


class Ilmd(Open):
    """Instance or lot master data: namespaced fields only."""


class Event(Open):
    """What all five types share."""

    eventTime: Instant
    eventTimeZoneOffset: Offset
    eventID: Uri | None = None
    recordTime: Instant | None = None
    certificationInfo: Uri | Annotated[list[Uri], Field(max_length=short_list_max)] | None = None
    errorDeclaration: ErrorDeclaration | None = None
    bizStep: Step | None = None
    disposition: Disposition | None = None
    persistentDisposition: PersistentDisposition | None = None
    readPoint: Place | None = None
    bizLocation: Place | None = None
    bizTransactionList: Annotated[list[BizTransaction], Field(max_length=short_list_max)] | None = (
        None
    )
    sourceList: Annotated[list[Source], Field(max_length=short_list_max)] | None = None
    destinationList: Annotated[list[Destination], Field(max_length=short_list_max)] | None = None
    sensorElementList: (
        Annotated[list[SensorElement], Field(min_length=1, max_length=event_items_max)] | None
    ) = None


class ObjectEvent(Event):
    """action, and things: epcList or quantityList; or sensor data with a readPoint."""

    action: Action
    epcList: Epcs | None = None
    quantityList: Quantities | None = None
    ilmd: Ilmd | None = None

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        sensed = self.sensorElementList is not None and self.readPoint is not None
        if not self.epcList and not self.quantityList and not sensed:
            raise wrong(
                "the event names nothing: epcList and quantityList are missing",
                "add one of them, or sensorElementList together with readPoint",
            )
        return self


class _Children(Event):
    action: Action
    parentID: Uri | None = None
    childEPCs: Epcs | None = None
    childQuantityList: Quantities | None = None

    @model_validator(mode="after")
    def _children_of_a_parent(self) -> Self:
        if self.parentID is None and (
            self.action != "OBSERVE" or isinstance(self, AssociationEvent)
        ):
            raise wrong("parentID is missing", "name the container or asset")
        if not self.childEPCs and not self.childQuantityList and self.action != "DELETE":
            raise wrong(
                "the event names no children: childEPCs and childQuantityList are missing",
                "add one of them; only DELETE may leave both out, for all children",
            )
        return self


class AggregationEvent(_Children):
    """action, children, and a parentID unless the action is OBSERVE."""


class AssociationEvent(_Children):
    """action, parentID and children: a sensor to an asset, a part to a machine."""


class TransactionEvent(Event):
    """action, bizTransactionList, and things: epcList or quantityList."""

    action: Action
    parentID: Uri | None = None
    epcList: Epcs | None = None
    quantityList: Quantities | None = None

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not self.bizTransactionList:
            raise wrong("bizTransactionList is missing", "name at least one transaction")
        if not self.epcList and not self.quantityList:
            raise wrong("the event names nothing", "add epcList or quantityList")
        return self


class TransformationEvent(Event):
    """Inputs and outputs; or a transformationID with at least one of the four lists. No action."""

    transformationID: Uri | None = None
    inputEPCList: Epcs | None = None
    inputQuantityList: Quantities | None = None
    outputEPCList: Epcs | None = None
    outputQuantityList: Quantities | None = None
    ilmd: Ilmd | None = None

    @model_validator(mode="after")
    def _in_and_out(self) -> Self:
        into = self.inputEPCList or self.inputQuantityList
        out = self.outputEPCList or self.outputQuantityList
        if not (into and out) and not (self.transformationID and (into or out)):
            raise wrong(
                "a transformation needs inputs and outputs",
                "add what is missing, or a transformationID that joins several events",
            )
        return self


event_models: dict[str, type[Event]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
    "AssociationEvent": AssociationEvent,
}


class Events(Closed):
    eventList: Annotated[list[Any], Field(min_length=1, max_length=capture_events_max)]


class Document(Open):
    """The envelope. Its events are validated one by one, under their own prefixes."""

    type: Literal["EPCISDocument"]
    schemaVersion: Annotated[str, Field(pattern=r"^2\.0(\.\d+)?$")]
    creationDate: Instant
    epcisBody: Events
    id: Uri | None = None
    sender: Text | None = None
    receiver: Text | None = None
    instanceIdentifier: Text | None = None
    epcisHeader: dict[str, Any] | None = None
