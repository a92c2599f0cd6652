"""What an operator sees of a running node, witness or mirror: logs, metrics, health, and how it stops."""

from tallystick.app.operations.logs import configure as configure_logs
from tallystick.app.operations.node import NodeOperations
from tallystick.app.operations.server import serve
from tallystick.app.operations.service import Service, install

__all__ = ["NodeOperations", "Service", "configure_logs", "install", "serve"]
