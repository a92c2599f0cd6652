"""Devices: what each class may say, how they are enrolled, placed, calibrated, stopped and replaced."""

from tallystick.identity.devices import factory
from tallystick.identity.devices.bodies import (
    CalibrateDevice,
    DropFactory,
    EnrolDevice,
    FactoryIdentity,
    ListFactory,
    PlaceDevice,
    RetireDevice,
    SuspendDevice,
)
from tallystick.identity.devices.classes import (
    ClassName,
    DeviceClass,
    class_names,
    class_of,
    classes,
    require_may_report,
    sensor_step,
)
from tallystick.identity.devices.clones import NoClone, contradicts, read, suspend_type
from tallystick.identity.devices.fingerprint import (
    hash_of,
    is_device_name,
    key_request_context,
    request_message,
    spoken,
)
from tallystick.identity.devices.keys import valid_keys
from tallystick.identity.devices.registering import (
    calibrate_type,
    drop_factory_type,
    enrol_type,
    list_factory_type,
    place_type,
    register,
    retire_type,
)
from tallystick.identity.devices.standing import (
    Calibrated,
    Device,
    calibrated,
    device,
    devices_of,
    devices_page_max,
    place_at,
    reading_mark,
)
from tallystick.identity.devices.who import may_approve

__all__ = [
    "CalibrateDevice",
    "Calibrated",
    "ClassName",
    "Device",
    "DeviceClass",
    "DropFactory",
    "EnrolDevice",
    "FactoryIdentity",
    "ListFactory",
    "NoClone",
    "PlaceDevice",
    "RetireDevice",
    "SuspendDevice",
    "calibrate_type",
    "calibrated",
    "class_names",
    "class_of",
    "classes",
    "contradicts",
    "device",
    "devices_of",
    "devices_page_max",
    "drop_factory_type",
    "enrol_type",
    "factory",
    "hash_of",
    "is_device_name",
    "key_request_context",
    "list_factory_type",
    "may_approve",
    "place_at",
    "place_type",
    "read",
    "reading_mark",
    "register",
    "request_message",
    "require_may_report",
    "retire_type",
    "sensor_step",
    "spoken",
    "suspend_type",
    "valid_keys",
]
