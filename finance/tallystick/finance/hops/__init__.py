"""On what the hops of a certificate rest: the trade between giver and taker."""
