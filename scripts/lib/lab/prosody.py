"""A real Prosody with private data, on loopback."""

import glob
import os
import shutil
import signal
import string

from .certificates import Certificate
from .place import Place, free_port, until

CONFIGURATION = """
run_as_root = true
daemonize = false
data_path = "{folder}/data"
certificates = "{folder}"
pidfile = "{folder}/prosody.pid"
plugin_paths = {{}}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
-- For clients that send no SNI inside direct TLS (libstrophe 0.12).
c2s_direct_tls_ssl = {{ certificate = "{chain}", key = "{key}" }}
http_ports = {{ }}
https_ports = {{ }}
authentication = "internal_hashed"
c2s_require_encryption = true
-- Everything is kept as XEP-0227 files, a form that `rdadmin generate` reads.
default_storage = "xep0227"
modules_enabled = {{ "roster", "saslauth", "tls", "disco", "ping", "posix", "presence",
  "message", "iq", "c2s" }}
modules_disabled = {{ "s2s", "offline", "http", "admin_shell" }}
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/prosody.log" }} }}
"""

# `settings` for clients that come by WebSocket (RFC 7395) and BOSH (XEP-0124). An edge ends the TLS of its clients, so what comes
# in the clear is as good as what comes inside TLS; it names a node by its address, which is no hosted domain.
WEB = """
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "posix", "presence",
  "message", "iq", "c2s", "websocket", "bosh" }
modules_disabled = { "s2s", "offline", "admin_shell" }
http_interfaces = { "127.0.0.1" }
http_ports = { $web_port }
https_interfaces = { "127.0.0.1" }
https_ports = { $web_tls_port }
https_ssl = { certificate = "$chain", key = "$key" }
http_default_host = "$domain"
consider_websocket_secure = true
consider_bosh_secure = true
"""

VIRTUAL_HOST = """
VirtualHost "{domain}"
  ssl = {{ certificate = "{chain}", key = "{key}" }}
"""


def several(place: Place, settings: dict[str, str], certificates: dict[str, Certificate],
            users: list[str], password: str) -> "dict[str, Prosody]":
    """Servers by name, each with its settings, started at once; all have the accounts of `users`."""
    servers = {name: Prosody(place, name, certificates, text) for name, text in settings.items()}
    for server in servers.values():
        server.launch()
    for server in servers.values():
        server.wait_until_started()
    first, *others = servers.values()
    if users:
        first.register(users, password)
    for server in others:
        server.take_accounts_of(first)
    return servers


class Prosody:
    """One server; several of them may host the same domains."""

    def __init__(self, place: Place, name: str, certificates: dict[str, Certificate],
                 settings: str = ""):
        """`settings`: lines that change the configuration; `WEB`: WebSocket and BOSH."""
        self._place = place
        self.name = name
        self._has_web = "$web_port" in settings
        self.port = free_port()
        self.tls_port = free_port()
        # WebSocket and BOSH, in the clear and inside TLS; nobody listens there without `WEB`.
        self.web_port, self.web_tls_port = free_port(), free_port()
        self._folder = place.directory(name)
        self._data = place.directory(f"{name}/data")
        domain, first = next(iter(certificates.items()))
        text = CONFIGURATION.format(folder=self._folder, port=self.port, tls_port=self.tls_port,
                                    chain=first.chain, key=first.key)
        text += string.Template(settings).safe_substitute(
            domain=domain, chain=first.chain, key=first.key, web_port=self.web_port,
            web_tls_port=self.web_tls_port)
        for domain, files in certificates.items():
            text += VIRTUAL_HOST.format(domain=domain, chain=files.chain, key=files.key)
        self._configuration = place.file(f"{name}/prosody.cfg.lua", text)

    def start(self):
        self.launch()
        return self.wait_until_started()

    def wait_until_started(self) -> "Prosody":
        for port in [self.tls_port, self.web_port] if self._has_web else [self.tls_port]:
            until(lambda: self.process.listens(port), 20, f"{self.name} to listen")
        return self

    def launch(self):
        """Starts without waiting."""
        self.process = self._place.start(
            f"{self.name}/output", ["prosody", "--config", self._configuration, "-F"]
        )

    def kill(self):
        """`kill -9`: no goodbye to clients."""
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)

    @property
    def websocket(self) -> str:
        """Where clients come by WebSocket, in the clear."""
        return f"ws://127.0.0.1:{self.web_port}/xmpp-websocket"

    @property
    def websocket_tls(self) -> str:
        """The same inside TLS."""
        return f"wss://127.0.0.1:{self.web_tls_port}/xmpp-websocket"

    @property
    def bosh(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/http-bind"

    def register(self, users: list[str], password: str):
        """Makes accounts of one domain with the same password.

        `prosodyctl` makes the first; the others are its file with another name, which is right
        because a stored SCRAM key does not depend on the name (RFC 5802, section 3).
        """
        first, domain = users[0].split("@")
        self._place.run(
            ["prosodyctl", "--config", self._configuration, "register", first, domain, password]
        )
        with open(os.path.join(self._data, f"{users[0]}.xml")) as file:
            account = file.read()
        for user in users[1:]:
            name = user.split("@")[0]
            with open(os.path.join(self._data, f"{user}.xml"), "w") as file:
                file.write(account.replace(f"<user name='{first}'>", f"<user name='{name}'>"))

    def take_accounts_of(self, other: "Prosody"):
        """Accounts and rosters of another server with the same domains."""
        for file in other.roster_files():
            shutil.copy(file, self._data)

    @property
    def log(self) -> str:
        with open(os.path.join(self._folder, "prosody.log"), errors="replace") as file:
            return file.read()

    def logins(self) -> list[str]:
        """Everybody who authenticated here since the start, in order."""
        marker = "Authenticated as "
        return [
            line.split(marker, 1)[1].strip() for line in self.log.splitlines() if marker in line
        ]

    def roster_files(self) -> list[str]:
        """One XEP-0227 file a user."""
        return sorted(glob.glob(os.path.join(self._data, "*.xml")))
