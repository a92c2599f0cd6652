"""Subcontract orders at this node."""
