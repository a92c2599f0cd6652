"""What a node's operator does about organisations that were admitted, about incidents, and about its own backups."""
