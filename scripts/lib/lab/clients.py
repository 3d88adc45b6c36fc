"""Real, unmodified XMPP clients, each with the configuration that its user would write.

A library gets a small program around it (Tests/Integration/clients); it logs in, sends a presence,
greets its contacts, and prints what it hears. Programs with a screen run in a terminal.

All in one file, so that what differs between them can be seen side by side.
"""

import hashlib
import os
import re
import ssl
import subprocess
import sys
from dataclasses import dataclass, field

from .certificates import Authority
from .place import Place, Process
from .profanity import Profanity
from .programs import ROOT
from .terminal import Terminal

SOURCES = os.path.join(ROOT, "Tests/Integration/clients")
COMPILED = os.path.join(ROOT, ".build/integration/clients")

# Debian's Python has the packages that PyPI has only as source.
SYSTEM_PYTHON = "/usr/bin/python3"

SERVER = "127.0.0.1"

KINDS = ("starttls", "directtls")


@dataclass
class Login:
    """Who logs in, where and `how` (`starttls`, `directtls`, `websocket`), and whom he greets."""

    user: str
    password: str
    port: int
    how: str
    authority: Authority
    certificate: str
    contacts: list[str] = field(default_factory=list)

    def folder(self, client: str) -> str:
        return f"{client.replace(chr(58) * 2, chr(45))}-{self.user.split('@')[0]}"


class Client:
    """A kind of client. `name` as in the table; `package`: where its version is from; `kinds`: the
    kinds of connection that it can make."""

    name: str
    package: str
    kinds: tuple[str, ...] = KINDS

    def start(self, place: Place, login: Login):
        """Something `Heard` with `running`, `greet()` and `stop()`."""
        raise NotImplementedError

    @property
    def version(self) -> str:
        text = subprocess.run(
            ["dpkg-query", "--show", "--showformat", "${Version}", self.package],
            capture_output=True, text=True, check=True, timeout=20).stdout
        # The upstream part: no epoch, no Debian revision, no note on a snapshot.
        return re.split(r"[-+~]", text.split(":")[-1])[0]


class Heard:
    """What a running client has heard, by its `output`: the stanzas as they came, if it shows them."""

    output: str

    def has_presence(self, user: str) -> bool:
        """Whether any client of `user` is available to this one."""
        stanza = rf"<presence\b[^>]*\bfrom=['\"]{re.escape(user)}/"
        return re.search(stanza, self.output) is not None

    def has_message(self, user: str) -> bool:
        """Whether the greeting of `user` has come."""
        return f"hello from {user}" in self.output


class Program(Heard):
    """A running client without a screen."""

    def __init__(self, process: Process):
        self._process = process

    @property
    def running(self) -> bool:
        return self._process.running

    @property
    def output(self) -> str:
        return self._process.log

    def greet(self):
        """It has done so when it logged in."""

    def stop(self):
        self._process.stop(5)


class Speaking(Program):
    """The program of a library tells what it hears in lines of its own."""

    def has_presence(self, user: str) -> bool:
        return f"presence {user}" in self.output.splitlines()

    def has_message(self, user: str) -> bool:
        return f"message {user} hello from {user}" in self.output.splitlines()


@dataclass(eq=False)
class Library(Client):
    """A library with the program `source` around it, interpreted by `command` or compiled with the
    flags of the packages `compiled`."""

    name: str
    package: str
    source: str
    command: tuple[str, ...] = ()
    compiled: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, place: Place, login: Login) -> Program:
        command = [*self.command, os.path.join(SOURCES, self.source)] if self.command else [
            self._program(place)]
        return Speaking(place.start(login.folder(self.name), [
            *command, SERVER, login.port, login.how, login.authority.root, login.user,
            login.password, *login.contacts], self.environment))

    def _program(self, place: Place) -> str:
        """Compiled when its source has changed."""
        source = os.path.join(SOURCES, self.source)
        program = os.path.join(COMPILED, self.name)
        if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
            os.makedirs(COMPILED, exist_ok=True)
            flags = place.run(["pkg-config", "--cflags", "--libs", *self.compiled]).stdout.split()
            compiler = ["g++", "-std=c++17"] if source.endswith(".cpp") else ["gcc"]
            place.run([*compiler, "-Wall", "-Wextra", "-Werror", "-O1", "-fPIC", source,
                       "-o", program, *flags])
        return program


class FromPyPI(Library):
    @property
    def version(self) -> str:
        from importlib.metadata import version
        return version(self.package)


class GoSendxmpp(Client):
    """Listens; it greets by a second login of the same user, because that is how it sends."""

    name = package = "go-sendxmpp"

    def start(self, place: Place, login: Login) -> Program:
        return _GoSendxmpp(place, login)


class _GoSendxmpp(Program):
    def __init__(self, place: Place, login: Login):
        self._place = place
        self._login = login
        self._environment = {"SSL_CERT_FILE": login.authority.root,
                             "HOME": place.directory(login.folder("go-sendxmpp-home"))}
        super().__init__(place.start(
            login.folder("go-sendxmpp"), [*self._command, "--listen", "--debug"], self._environment))

    @property
    def _command(self) -> list[str]:
        return ["go-sendxmpp", "--username", self._login.user, "--password", self._login.password,
                "--jserver", f"{SERVER}:{self._login.port}",
                *(["--tls"] if self._login.how == "directtls" else [])]

    def greet(self):
        self._place.run([*self._command, "--debug", *self._login.contacts], seconds=30,
                        input=f"hello from {self._login.user}",
                        env={**os.environ, **self._environment})


class ProfanityClient(Client):
    name, package = "Profanity", "profanity"

    def start(self, place: Place, login: Login):
        policy = "force" if login.how == "starttls" else "legacy"
        client = _GreetingProfanity(place, login.user, login.password, login.port, policy,
                                    login.authority)
        client.contacts = login.contacts
        return client.start()


class _GreetingProfanity(Heard, Profanity):
    contacts: list[str]

    @property
    def output(self) -> str:
        return self.log

    def greet(self):
        for contact in self.contacts:
            self.type(f"/msg {contact} hello from {self._user}")


MCABBER = """set jid = {user}
set password = "{password}"
set server = 127.0.0.1
set port = {port}
set resource = mcabber
set disable_random_resource = 1
set tls = {tls}
set ssl = {ssl}
set ssl_ca = {root}
set ssl_fingerprint = SHA256:{fingerprint}
set ssl_ignore_checks = {pinned}
set tracelog_level = 3
set tracelog_file = {folder}/trace.log
set beep_on_message = 0
set pgp = 0
"""


class Mcabber(Client):
    name = package = "mcabber"

    def start(self, place: Place, login: Login):
        return _Mcabber(place, login)


class _Mcabber(Heard, Terminal):
    def __init__(self, place: Place, login: Login):
        super().__init__(place, login.folder("mcabber"))
        self._login = login
        path = place.file(f"{login.folder('mcabber')}/mcabberrc", MCABBER.format(
            user=login.user, password=login.password, port=login.port, root=login.authority.root,
            tls=int(login.how == "starttls"), ssl=int(login.how == "directtls"),
            # Inside direct TLS it wants the name of the server that it connects to in the certificate,
            # not the domain: there it trusts this certificate alone.
            pinned=int(login.how == "directtls"), fingerprint=fingerprint(login.certificate),
            folder=self.folder))
        # It refuses a file that others may read.
        os.chmod(path, 0o600)
        self.open(f"mcabber -f {path}")

    @property
    def output(self) -> str:
        """Its screen, and all that it has traced."""
        trace = f"{self.folder}/trace.log"
        if not os.path.exists(trace):
            return self.screen()
        with open(trace, errors="replace") as file:
            return file.read() + self.screen()

    def greet(self):
        for contact in self._login.contacts:
            self.type(f"/say_to -q {contact} hello from {self._login.user}")


def fingerprint(path: str) -> str:
    """SHA-256 of the first certificate of a PEM file."""
    with open(path) as file:
        pem = file.read()
    end = "-----END CERTIFICATE-----"
    first = ssl.PEM_cert_to_DER_cert(pem[:pem.index(end) + len(end)])
    return hashlib.sha256(first).hexdigest()


FINCH = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'><account>
  <protocol>prpl-jabber</protocol>
  <name>{user}/finch</name>
  <password>{password}</password>
  <settings>
    <setting name='connect_server' type='string'>127.0.0.1</setting>
    <setting name='port' type='int'>{port}</setting>
    <setting name='connection_security' type='string'>{security}</setting>
  </settings>
  <settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings>
</account></account>
"""


class Finch(Client):
    name = package = "finch"

    def start(self, place: Place, login: Login):
        return _Finch(place, login)


class _Finch(Heard, Terminal):
    def __init__(self, place: Place, login: Login):
        folder = login.folder("finch")
        super().__init__(place, folder)
        place.file(f"{folder}/purple/accounts.xml", FINCH.format(
            user=login.user, password=login.password, port=login.port,
            security="require_tls" if login.how == "starttls" else "old_ssl"))
        # As if its user had accepted the certificate before.
        peers = f"{folder}/purple/certificates/x509/tls_peers"
        with open(login.certificate) as certificate:
            place.file(f"{peers}/{SERVER}", certificate.read())
        self._log = f"{self.folder}/debug.log"
        self.open(f"finch --debug --config={self.folder}/purple 2>{self._log}")

    @property
    def output(self) -> str:
        """What libpurple says it does, with all stanzas that it gets."""
        with open(self._log, errors="replace") as log:
            return log.read()

    def greet(self):
        """Its windows are not for programs to type into."""


SLIXMPP = FromPyPI("slixmpp", "slixmpp", "slixmpp_client.py", (sys.executable,))
AIOXMPP = Library("aioxmpp", "python3-aioxmpp", "aioxmpp_client.py", (SYSTEM_PYTHON,))
NBXMPP = Library("nbxmpp", "python3-nbxmpp", "nbxmpp_client.py", (SYSTEM_PYTHON,))
XMPPPY = FromPyPI("xmpppy", "xmpppy", "xmpppy_client.py", (sys.executable,))
PROFANITY = ProfanityClient()
FINCH_CLIENT = Finch()
GO_SENDXMPP = GoSendxmpp()
MCABBER_CLIENT = Mcabber()
LIBSTROPHE = Library("libstrophe", "libstrophe-dev", "libstrophe.c", compiled=("libstrophe",))
GLOOX = Library("gloox", "libgloox-dev", "gloox.cpp", compiled=("gloox",))
QXMPP = Library("QXmpp", "libqxmpp-dev", "qxmpp.cpp",
                compiled=("qxmpp", "Qt5Core", "Qt5Network", "Qt5Xml"),
                # 1.4 sends its stream header twice inside direct TLS, which no server takes.
                kinds=("starttls",))
STROPHE_JS = Library("Strophe.js", "libjs-strophe", "strophe_client.js", ("node",),
                     kinds=("websocket",), environment={"NODE_PATH": "/usr/share/nodejs"})
NET_XMPP = Library("Net::XMPP", "libnet-xmpp-perl", "net_xmpp.pl", ("/usr/bin/perl",))

CLIENTS = [SLIXMPP, AIOXMPP, NBXMPP, XMPPPY, PROFANITY, FINCH_CLIENT, GO_SENDXMPP, MCABBER_CLIENT,
           LIBSTROPHE, GLOOX, QXMPP, NET_XMPP, STROPHE_JS]
