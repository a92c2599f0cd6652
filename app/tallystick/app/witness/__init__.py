"""Running a witness: its folder, its server and status page, its commands."""
