"""Labels, decoding and the device client; runs on the device's own machine and speaks HTTP to a node."""

from tallystick.scanners.capture import Prepared, prepare
from tallystick.scanners.codes import LabelRefused, handle_of, label_url
from tallystick.scanners.decode import Decoded, DecoderMissing, ImageRefused, SecondOpinion, decode
from tallystick.scanners.device import Device, Flushed, Sending
from tallystick.scanners.device_errors import (
    CaptureTooLarge,
    NodeAnswerWrong,
    NodeAway,
    NodeRefused,
    StreamStopped,
)
from tallystick.scanners.enrolling import (
    Address,
    Enrolling,
    EnrolmentAway,
    EnrolmentDeclined,
    EnrolmentForeign,
    Invitation,
    InvitationRefused,
    NodeClient,
    Status,
    read_address,
)
from tallystick.scanners.fonts import Font, find_font, system_font
from tallystick.scanners.labels import Label, Printed, label_png
from tallystick.scanners.picture import code_png, code_text
from tallystick.scanners.queue import Queue, QueueLimits, Settled
from tallystick.scanners.queue_errors import (
    QueueForeign,
    QueueFull,
    QueueHistoryGone,
    QueueOutOfStep,
    QueueUnusable,
)
from tallystick.scanners.renewing import Renewing
from tallystick.scanners.sheet import Grid, label_sheet
from tallystick.scanners.store import Position, Queued
from tallystick.scanners.transport import HttpTransport, Transport

__all__ = [
    "Address",
    "CaptureTooLarge",
    "Decoded",
    "DecoderMissing",
    "Device",
    "Enrolling",
    "EnrolmentAway",
    "EnrolmentDeclined",
    "EnrolmentForeign",
    "Flushed",
    "Font",
    "Grid",
    "HttpTransport",
    "ImageRefused",
    "Invitation",
    "InvitationRefused",
    "Label",
    "LabelRefused",
    "NodeAnswerWrong",
    "NodeAway",
    "NodeClient",
    "NodeRefused",
    "Position",
    "Prepared",
    "Printed",
    "Queue",
    "QueueForeign",
    "QueueFull",
    "QueueHistoryGone",
    "QueueLimits",
    "QueueOutOfStep",
    "QueueUnusable",
    "Queued",
    "Renewing",
    "SecondOpinion",
    "Sending",
    "Settled",
    "Status",
    "StreamStopped",
    "Transport",
    "code_png",
    "code_text",
    "decode",
    "find_font",
    "handle_of",
    "label_png",
    "label_sheet",
    "label_url",
    "prepare",
    "read_address",
    "system_font",
]
