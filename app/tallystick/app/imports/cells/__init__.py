"""Cells as exact values: amounts, quantities, dates, names, units."""
