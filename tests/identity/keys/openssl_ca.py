"""OpenSSL as a CA of SM2 and as an oracle: its command issues, answers and verifies, its library verifies whole paths.

Its command gives only the first certificate of a path the user ID of the standard, so that paths are verified by pairs;
`path_is_good` asks the library, which knows it of each.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Sequence
from ctypes import byref, c_char_p, c_int, c_long, c_ulong, c_void_p
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.conftest import missing

from tallystick.ledger.sm import libcrypto

usual_id = "1234567812345678"
ca_extensions = (
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
    "subjectKeyIdentifier=hash",
    "authorityKeyIdentifier=keyid:always",
)
leaf_extensions = (
    "basicConstraints=critical,CA:FALSE",
    "keyUsage=critical,digitalSignature",
    "subjectKeyIdentifier=hash",
    "authorityKeyIdentifier=keyid:always",
)
_config = """
[req]
distinguished_name = nothing
[nothing]
[ca]
default_ca = here
[here]
database = {folder}/index.txt
crlnumber = {folder}/crlnumber
default_md = sm3
default_crl_days = 7
unique_subject = no
"""
_partial_chain = 0x80000


@dataclass
class OpensslCa:
    """Files of certificates and keys in a folder, by name."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "openssl.cnf").write_text(_config.format(folder=self.folder))
        (self.folder / "index.txt").touch()
        (self.folder / "crlnumber").write_text("01\n")

    def root(self, name: str, *, user_id: str = usual_id) -> x509.Certificate:
        self._request(name, f"/CN={name}")
        signed = ("-signkey", self._key(name), *_signing(user_id))
        return self._sign(name, ca_extensions, 3650, *signed)

    def issue(
        self,
        name: str,
        by: str,
        *,
        subject: str = "",
        extensions: Sequence[str] = leaf_extensions,
        days: int = 365,
        user_id: str = usual_id,
    ) -> x509.Certificate:
        self._request(name, subject or f"/CN={name}")
        issuer = ("-CA", self.pem(by), "-CAkey", self._key(by), "-CAcreateserial")
        return self._sign(name, extensions, days, *issuer, *_signing(user_id))

    def certificate(self, name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate(Path(self.pem(name)).read_bytes())

    def pem(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")

    def sign(self, name: str, file: Path, out: Path) -> None:
        """As the how-to says."""
        told = ("-sm3", "-sigopt", f"distid:{usual_id}", "-sign", self._key(name))
        openssl("dgst", *told, "-out", str(out), str(file))

    def is_issued(self, name: str, by: str, at: int) -> bool:
        """By `openssl verify`, as of seconds since 1970."""
        told = ("-vfyopt", f"distid:{usual_id}", "-attime", str(at), "-partial_chain")
        done = _run("verify", *told, "-trusted", self.pem(by), self.pem(name))
        return done.returncode == 0

    def response(
        self, name: str, by: str, *, signer: str = "", digest: str = "sha1", revoked: bool = False
    ) -> bytes:
        """An OCSP response."""
        self._know(name, revoked=revoked)
        request, out = self.folder / "request", self.folder / "response"
        asked = ("-issuer", self.pem(by), "-cert", self.pem(name), "-reqout", str(request))
        openssl("ocsp", f"-{digest}", *asked)
        who = signer or by
        told = ("-rsigner", self.pem(who), "-rkey", self._key(who), "-rmd", "sm3")
        database = ("-index", str(self.folder / "index.txt"), "-CA", self.pem(by))
        answered = ("-reqin", str(request), "-respout", str(out), "-ndays", "7")
        openssl("ocsp", *database, *told, "-rsigopt", f"distid:{usual_id}", *answered)
        return out.read_bytes()

    def crl(self, by: str, *names: str, user_id: str = usual_id) -> bytes:
        """A list of these as revoked, in PEM."""
        (self.folder / "index.txt").write_text("")
        for name in names:
            self._know(name, revoked=True)
        out = self.folder / "list.pem"
        told = (
            "-config",
            str(self.folder / "openssl.cnf"),
            "-gencrl",
            "-sigopt",
            f"distid:{user_id}",
        )
        openssl("ca", *told, "-cert", self.pem(by), "-keyfile", self._key(by), "-out", str(out))
        return out.read_bytes()

    def _request(self, name: str, subject: str) -> None:
        openssl("genpkey", "-algorithm", "SM2", "-out", self._key(name))
        config = ("-config", str(self.folder / "openssl.cnf"), "-utf8")
        request = ("-new", "-key", self._key(name), "-sm3", "-subj", subject)
        openssl("req", *config, *request, "-out", self._file(name, "csr"))

    def _sign(self, name: str, extensions: Sequence[str], days: int, *by: str) -> x509.Certificate:
        file = self.folder / f"{name}.ext"
        file.write_text("\n".join(extensions) + "\n")
        request = ("-req", "-in", self._file(name, "csr"), "-extfile", str(file))
        openssl("x509", *request, "-days", str(days), *by, "-out", self.pem(name))
        return self.certificate(name)

    def _know(self, name: str, *, revoked: bool) -> None:
        """As `openssl ca` would have written it down."""
        certificate = self.certificate(name)
        end = f"{certificate.not_valid_after_utc:%y%m%d%H%M%SZ}"
        state = ("R", end, "200101000000Z") if revoked else ("V", end, "")
        serial = f"{certificate.serial_number:X}"
        row = (*state, serial.zfill(len(serial) + len(serial) % 2), "unknown", f"/CN={name}")
        (self.folder / "index.txt").write_text("\t".join(row) + "\n")

    def _key(self, name: str) -> str:
        return self._file(name, "key")

    def _file(self, name: str, kind: str) -> str:
        return str(self.folder / f"{name}.{kind}")


def openssl_ca(folder: Path) -> OpensslCa:
    """Where the machine has no such command, the test says so."""
    if shutil.which("openssl") is None or _run("genpkey", "-algorithm", "SM2").returncode != 0:
        missing("the openssl command of OpenSSL 3 with SM2 (apt-get install openssl)")
    return OpensslCa(folder)


def openssl(*arguments: str) -> None:
    done = _run(*arguments)
    if done.returncode != 0:
        pytest.fail(f"openssl {' '.join(arguments)}: {done.stderr}")


def path_is_good(chain: Sequence[x509.Certificate], anchor: x509.Certificate, at: int) -> bool:
    """What X509_verify_cert says of it, as of seconds since 1970; the user ID of each is the usual one."""
    c = _library()
    store, context, more = c.X509_STORE_new(), c.X509_STORE_CTX_new(), c.OPENSSL_sk_new_null()
    leaf, *others = (_read(c, one) for one in chain)
    for one in others:
        c.OPENSSL_sk_push(more, one)
    c.X509_STORE_set_flags(store, _partial_chain)
    assert c.X509_STORE_add_cert(store, _read(c, anchor)) == 1
    assert c.X509_STORE_CTX_init(context, store, leaf, more) == 1
    c.X509_STORE_CTX_set_time(context, 0, at)
    found = c.X509_verify_cert(context)
    c.X509_STORE_CTX_free(context)
    c.X509_STORE_free(store)
    c.ERR_clear_error()
    return bool(found == 1)


def _signing(user_id: str) -> tuple[str, ...]:
    return ("-sm3", "-sigopt", f"distid:{user_id}")


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)


def _read(c: ctypes.CDLL, certificate: x509.Certificate) -> int:
    data = certificate.public_bytes(Encoding.DER)
    start = c_char_p(data)
    found: int = c.d2i_X509(None, byref(start), len(data))
    assert found
    user_id = c.ASN1_OCTET_STRING_new()
    assert c.ASN1_OCTET_STRING_set(user_id, usual_id.encode(), len(usual_id)) == 1
    c.X509_set0_distinguishing_id(found, user_id)
    return found


def _library() -> ctypes.CDLL:
    """Its own handle, with the types of what is used here."""
    c = ctypes.CDLL(libcrypto.find()._c._name)
    for name, result, arguments in (
        ("X509_STORE_new", c_void_p, []),
        ("X509_STORE_CTX_new", c_void_p, []),
        ("OPENSSL_sk_new_null", c_void_p, []),
        ("OPENSSL_sk_push", c_int, [c_void_p, c_void_p]),
        ("X509_STORE_set_flags", c_int, [c_void_p, c_ulong]),
        ("X509_STORE_add_cert", c_int, [c_void_p, c_void_p]),
        ("X509_STORE_CTX_init", c_int, [c_void_p] * 4),
        ("X509_STORE_CTX_set_time", None, [c_void_p, c_ulong, c_long]),
        ("X509_verify_cert", c_int, [c_void_p]),
        ("X509_STORE_CTX_free", None, [c_void_p]),
        ("X509_STORE_free", None, [c_void_p]),
        ("ERR_clear_error", None, []),
        ("d2i_X509", c_void_p, [c_void_p, ctypes.POINTER(c_char_p), c_long]),
        ("ASN1_OCTET_STRING_new", c_void_p, []),
        ("ASN1_OCTET_STRING_set", c_int, [c_void_p, c_char_p, c_int]),
        ("X509_set0_distinguishing_id", None, [c_void_p, c_void_p]),
    ):
        function = getattr(c, name)
        function.restype, function.argtypes = result, arguments
    return c
