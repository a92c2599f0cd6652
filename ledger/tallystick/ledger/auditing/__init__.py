"""Audits of logs of any length: in several processes, in the same memory, broken off and gone on with."""
