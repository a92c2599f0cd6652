"""Classes of devices, and what each may say: one table, read by rules, pages and the reference.

A class says which entry types its keys sign, and of which events it may report: EPCIS event types, and business
steps of the CBV (bare, as `trace` writes them). A class without a list of steps may report any, or none; one with a
list names one of its steps in each event. A device's class is its `purpose`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from tallystick.identity.directory import UnknownParty
from tallystick.identity.key_types import rotate_type
from tallystick.ledger import RuleError, State, reads

ClassName = Literal["scanner", "gateway", "sensor", "printer", "machine", "service"]
capture_type = "trace.capture/1"
sensor_step = "sensor_reporting"
_every_event = frozenset(
    {
        "ObjectEvent",
        "AggregationEvent",
        "TransactionEvent",
        "TransformationEvent",
        "AssociationEvent",
    }
)
_of_codes = ("identity.seen/1", "identity.void/1")
#: What software says under a policy that two people signed; the policy names it, or it says nothing.
_of_policies = ("finance.policy.confirm/1", "finance.erp.confirm/1")


class OutsideClass(RuleError):
    code = "outside-device-class"
    title = "A device of this class may not say this"
    advice = (
        "Let a device say it whose class may (docs/how-to/enrol-devices.md lists them), or enrol this one "
        "anew under that class."
    )


@dataclass(frozen=True, slots=True)
class DeviceClass:
    """`types`: entry types that its keys sign. `steps` None: any business step, or none. `stream`: numbered entries."""

    name: ClassName
    title: Mapping[str, str]
    types: tuple[str, ...]
    events: frozenset[str]
    steps: frozenset[str] | None = None
    stream: bool = True

    @property
    def measures(self) -> bool:
        """Whether readings are what it is for: its calibration is asked after."""
        return self.steps is not None and sensor_step in self.steps

    def may_report(self, event_type: str, step: str | None) -> bool:
        """Whether a device of this class may report such an event."""
        return event_type in self.events and (self.steps is None or step in self.steps)


_table = (
    DeviceClass(
        "scanner",
        {"en": "Scanner", "zh": "扫码终端"},
        (capture_type, rotate_type, *_of_codes),
        _every_event,
    ),
    DeviceClass(
        "gateway",
        {"en": "Gateway", "zh": "网关"},
        (capture_type, rotate_type),
        frozenset({"ObjectEvent", "AssociationEvent"}),
        frozenset(
            {sensor_step, "entering_exiting", "arriving", "departing", "transporting", "storing"}
        ),
    ),
    DeviceClass(
        "sensor",
        {"en": "Sensor", "zh": "传感器"},
        (capture_type, rotate_type),
        frozenset({"ObjectEvent"}),
        frozenset({sensor_step}),
    ),
    DeviceClass(
        "printer",
        {"en": "Printer", "zh": "打印机"},
        (capture_type, rotate_type, *_of_codes),
        frozenset({"ObjectEvent"}),
        frozenset({"commissioning", "encoding"}),
    ),
    DeviceClass(
        "machine",
        {"en": "Machine", "zh": "生产设备"},
        (capture_type, rotate_type, *_of_codes),
        frozenset({"ObjectEvent", "AggregationEvent", "TransformationEvent", "AssociationEvent"}),
        frozenset(
            {
                sensor_step,
                "commissioning",
                "encoding",
                "creating_class_instance",
                "assembling",
                "disassembling",
                "installing",
                "removing",
                "packing",
                "unpacking",
                "inspecting",
                "sampling",
            }
        ),
    ),
    DeviceClass(
        "service",
        {"en": "Service", "zh": "软件服务"},
        ("trace.*", "identity.*", reads.reads_type, *_of_policies),
        _every_event,
        stream=False,
    ),
)
classes: Mapping[str, DeviceClass] = {one.name: one for one in _table}
class_names: tuple[str, ...] = get_args(ClassName)


def class_of(state: State, device: str) -> DeviceClass:
    """The class of a registered device; raises `UnknownParty`."""
    row = state.get("device", device)
    if row is None:
        raise UnknownParty(device)
    return classes[cast(str, row["purpose"])]


def require_may_report(known: DeviceClass, author: str, event_type: str, step: str | None) -> None:
    """Raises `OutsideClass` unless `author`, a device of this class, may report it."""
    if not known.may_report(event_type, step):
        told = f"{event_type} with the step {step}" if step else f"{event_type} without a step"
        raise OutsideClass(f"{author} is a {known.name}, which reports no {told}")
