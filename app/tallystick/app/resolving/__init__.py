"""Resolution beside the web server: the native protocol, the recursive resolver, and the command that asks."""
