"""Commands and pages of bank accounts."""
