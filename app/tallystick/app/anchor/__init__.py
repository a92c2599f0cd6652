"""Anchoring this node's log on a chain, and checking anchors against one."""
