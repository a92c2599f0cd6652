"""What two firms agree: contracts and supplements, orders and their changes, each answered once."""
