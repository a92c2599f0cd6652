"""Proof bundles: what they state, how they are made, and how they are verified (ADR 0021)."""
