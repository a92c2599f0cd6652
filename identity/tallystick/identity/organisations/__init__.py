"""Organisations: admitted with their first people, held, limited, with papers that end; and notices of incidents."""
