"""Classes and grades of data: commands and retention."""
