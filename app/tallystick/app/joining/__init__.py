"""People come in by a code: a new member, a further key of somebody, a new key in the place of a lost one."""
