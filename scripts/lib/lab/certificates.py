"""A private certificate authority and certificates for hosted domains, made with openssl."""

import os
import shutil
from dataclasses import dataclass

from .place import Place


@dataclass
class Certificate:
    """`chain` and `key`: PEM files."""

    chain: str
    key: str


class Authority:
    """`root`: the PEM file that clients trust; `root_directory`: the same as OpenSSL's hashed
    directory, the form that Profanity wants."""

    def __init__(self, place: Place, name: str = "ca"):
        self._place = place
        self._folder = place.directory(name)
        self.root = os.path.join(self._folder, "root.pem")
        self._key = os.path.join(self._folder, "root.key")
        place.run(
            ["openssl", "req", "-x509", *_new_key(self._key), "-out", self.root, "-days", "30"]
            + ["-subj", f"/CN=Private test authority {name}"]
            + ["-addext", "basicConstraints=critical,CA:TRUE"]
            + ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        )
        self.root_directory = place.directory(f"{name}/trusted")
        hashed = place.run(["openssl", "x509", "-noout", "-hash", "-in", self.root]).stdout.strip()
        shutil.copy(self.root, os.path.join(self.root_directory, f"{hashed}.0"))

    def certificate(self, domain: str, file_name: str | None = None) -> Certificate:
        """A certificate for one hosted domain; another `file_name` gives another one."""
        return self._sign(file_name or domain, domain, f"DNS:{domain}")

    def certificate_of_user(self, user: str) -> Certificate:
        """A client's certificate, with the JID as `xmppAddr` (RFC 6120 section 13.7.1.4)."""
        return self._sign(user, user, f"otherName:1.3.6.1.5.5.7.8.5;UTF8:{user}")

    def _sign(self, file_name: str, name: str, alternative: str) -> Certificate:
        base = os.path.join(self._folder, file_name)
        request, chain, key = f"{base}.csr", f"{base}.pem", f"{base}.key"
        extensions = self._place.file(f"{base}.ext", f"subjectAltName={alternative}\n")
        self._place.run(
            ["openssl", "req", *_new_key(key), "-out", request, "-subj", f"/CN={name}"]
        )
        self._place.run(
            ["openssl", "x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self._key]
            + ["-CAcreateserial", "-out", chain, "-days", "30", "-extfile", extensions]
        )
        os.chmod(key, 0o644)  # private to this place; servers may run as another user
        return Certificate(chain, key)


def _new_key(path: str) -> list:
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]
