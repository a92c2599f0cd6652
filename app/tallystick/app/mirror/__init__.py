"""Running a mirror: its folder and store, what it does, its server and status page, its commands."""
