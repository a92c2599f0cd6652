"""Papers of a certificate: gathered for whoever reads, offered over HTTP, on its page and by a command."""
