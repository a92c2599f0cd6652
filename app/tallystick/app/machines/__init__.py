"""Programs of organisations: access tokens, signed requests, and how many requests are answered."""

from tallystick.app.machines.principal import Principal, admitted, principal_of

__all__ = ["Principal", "admitted", "principal_of"]
