"""Organisations that apply: what they say and send, and how people of a node look at it."""
