"""A directory (OpenID Connect) by which people of an organisation log in to read: bound by two, proven by salted digests.

login-directory  <organisation>   {issuer, client_id, algorithm, since}
subject          <person>         {digest, since}   of the person at that directory
subject-of       <digest>         {person}          whose a digest ever was
"""

from tallystick.identity.logins.bodies import BindDirectory, DropDirectory, SetSubject
from tallystick.identity.logins.rules import (
    bind_directory,
    directory_kind,
    drop_directory,
    set_subject,
    subject_kind,
)

__all__ = [
    "BindDirectory",
    "DropDirectory",
    "SetSubject",
    "bind_directory",
    "directory_kind",
    "drop_directory",
    "set_subject",
    "subject_kind",
]
