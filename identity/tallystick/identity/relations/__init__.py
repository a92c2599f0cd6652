"""Typed relations between handles, without cycles, read in both directions."""

from tallystick.identity.relations.bodies import AddRelation, RelationKind, RemoveRelation
from tallystick.identity.relations.kinds import register
from tallystick.identity.relations.views import Relation, relations_for, relations_of

__all__ = [
    "AddRelation",
    "Relation",
    "RelationKind",
    "RemoveRelation",
    "register",
    "relations_for",
    "relations_of",
]
