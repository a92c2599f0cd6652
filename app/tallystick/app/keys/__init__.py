"""Keys over HTTP and as commands: valid when, replaced how."""
