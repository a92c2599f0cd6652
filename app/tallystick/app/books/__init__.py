"""Files for the books of organisations: journal lines, exposure and accruals."""
