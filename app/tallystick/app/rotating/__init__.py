"""Keys of people that are replaced on a page: the old key and the new one sign, and an administrator countersigns."""
