"""A real ejabberd with private data, on loopback: one Erlang machine, no epmd of the system.

Debian's `ejabberdctl` wants systemd paths and a user of its own, so the machine is started directly,
and told what to do by short Erlang programs over its own distribution port.
"""

import glob
import json
import os
import signal
import urllib.request

from .certificates import Certificate
from .place import Place, Process, free_port, until

# How every configuration begins; what follows belongs to the first listener.
BEGINNING = """
hosts:
{hosts}
loglevel: info
certfiles:
{certificates}
ca_file: "{root}"
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
"""

CONFIGURATION = BEGINNING + """\
    starttls_required: true
{web}auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
modules:
  mod_bosh: {{}}
  mod_roster: {{}}
  mod_admin_extra: {{}}
  mod_disco: {{}}
"""

# Listeners for clients that come by WebSocket (RFC 7395) and BOSH (XEP-0124), in the clear and inside TLS.
WEB = """  - port: {web_port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /ws: ejabberd_http_ws
      /bosh: mod_bosh
  - port: {web_tls_port}
    ip: "127.0.0.1"
    module: ejabberd_http
    tls: true
    request_handlers:
      /ws: ejabberd_http_ws
      /bosh: mod_bosh
"""

PASSWORD = "secret"

# An Erlang machine with its databases is up in 3 s here; a loaded machine takes some times that.
STARTING_SECONDS = 60.0


class Epmd:
    """The port mapper by which the Erlang machines of one place find each other.

    A child of its own: `erl` would start one that outlives everything.
    """

    def __init__(self, place: Place, name: str = "epmd"):
        self._place = place
        self._name = name
        self.environment = {"ERL_EPMD_PORT": str(free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1"}

    def start(self) -> "Epmd":
        process = self._place.start(self._name, ["epmd"], self.environment)
        until(lambda: process.listens(int(self.environment["ERL_EPMD_PORT"])), 10, "epmd")
        return self


class Ejabberd:
    """One server with one or several hosted domains.

    `configuration`: a template; it may use `{port}` (STARTTLS), `{tls_port}` (direct TLS),
    `{api_port}` (mod_http_api) and, in its list of listeners, `{web}` (WebSocket and BOSH). Servers of one cluster share an
    `epmd`.
    """

    def __init__(self, place: Place, name: str, certificates: dict[str, Certificate], root: str,
                 configuration: str = CONFIGURATION, epmd: Epmd | None = None):
        self._place = place
        self.name = name
        self.port, self.tls_port, self.api_port = free_port(), free_port(), free_port()
        self.web_port, self.web_tls_port = free_port(), free_port()
        # The one port on which other servers of a cluster reach this one.
        self.distribution_port = free_port()
        self.node = f"{name}@localhost"
        self.process: Process | None = None
        self._folder = place.directory(name)
        self._epmd = epmd
        self._tellings = 0
        path = place.file(f"{name}/ejabberd.yml", configuration.format(
            hosts="\n".join(f'  - "{domain}"' for domain in certificates),
            certificates="\n".join(f'  - "{path}"' for files in certificates.values()
                                   for path in (files.chain, files.key)),
            root=root, port=self.port, tls_port=self.tls_port, api_port=self.api_port,
            web=WEB.format(web_port=self.web_port, web_tls_port=self.web_tls_port)))
        self._environment = {
            "HOME": self._folder,
            "EJABBERD_CONFIG_PATH": path,
            "EJABBERD_LOG_PATH": f"{self._folder}/ejabberd.log",
            "EJABBERD_PID_PATH": f"{self._folder}/ejabberd.pid",
            "SPOOL_DIR": self._folder,
            # Debian's multiarch folder, where ejabberd and its libraries are.
            "ERL_LIBS": glob.glob("/usr/lib/*/ejabberd-*/ebin")[0].rsplit("/", 2)[0],
            "ERL_CRASH_DUMP_BYTES": "0",
        }

    def start(self) -> "Ejabberd":
        self.launch()
        self.wait_until_started()
        return self

    def launch(self):
        """Starts without waiting, so that several can start at once."""
        if self._epmd is None:
            self._epmd = Epmd(self._place, f"{self.name}/epmd").start()
        log = self._place.file(f"{self.name}/output.log")
        self._log_at_launch = os.path.getsize(log) if os.path.exists(log) else 0
        self.process = self._place.start(
            f"{self.name}/output",
            ["erl", "-noinput", "+sbwt", "none", "-sname", self.node,
             *self._common(self.distribution_port),
             "-mnesia", "dir", f'"{self._folder}/database"', "-s", "ejabberd"],
            {**self._environment, **self._epmd.environment}, self._folder)

    def wait_until_started(self):
        """Its ports listen early; it has all modules and accepts only when it says so."""
        until(lambda: self._said_after_launch(" is started in the node "), STARTING_SECONDS,
              lambda: f"{self.name} to start:\n{self.process.log[-2000:]}", every=0.1)

    def _said_after_launch(self, words: str) -> bool:
        if not self.process.running:
            raise AssertionError(
                f"{self.name} ended with {self.process.exit_code}:\n{self.process.log[-2000:]}")
        with open(self.process.log_path, errors="replace") as log:
            log.seek(self._log_at_launch)
            return words in log.read()

    def _common(self, distribution_port: int) -> list:
        return ["-start_epmd", "false", "-setcookie", f"private-{os.path.basename(self._place.path)}",
                "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
                "inet_dist_listen_min", distribution_port,
                "inet_dist_listen_max", distribution_port]

    def tell(self, program: str, seconds: float = 60) -> str:
        """Runs Erlang expressions inside the server; the value of the last is returned as text."""
        self._tellings += 1
        source = self._place.file(f"{self.name}/told{self._tellings}.erl", program)
        # file:script evaluates a file of expressions, on the server's side.
        call = (f"io:format(\"~p\", [rpc:call('{self.node}', file, script, [\"{source}\"])]), "
                "halt(0).")
        return self._place.run(
            ["erl", "-noinput", "-hidden", "-sname",
             f"ctl{os.getpid()}-{self.name}-{self._tellings}@localhost", *self._common(0),
             "-eval", call],
            env={**os.environ, **self._environment, **self._epmd.environment},
            seconds=seconds).stdout

    def ask(self, command: str, seconds: float = 20, **arguments):
        """A command of ejabberd by `mod_http_api`, where the configuration has it; its answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.api_port}/api/{command}", json.dumps(arguments).encode(),
            {"Content-Type": "application/json"})
        # No proxy of the environment is in the way to loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=seconds) as answer:
            return json.load(answer)

    @property
    def websocket(self) -> str:
        """Where clients come by WebSocket, in the clear."""
        return f"ws://127.0.0.1:{self.web_port}/ws"

    @property
    def websocket_tls(self) -> str:
        """The same inside TLS."""
        return f"wss://127.0.0.1:{self.web_tls_port}/ws"

    @property
    def bosh(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/bosh"

    def kill(self):
        """`kill -9`: no goodbye to clients or to the cluster."""
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        """SIGTERM: clients hear a stream error, the cluster a goodbye, the database is closed."""
        code = self.process.stop()
        if code != 0:
            raise AssertionError(f"{self.name} ended with {code}:\n{self.process.log[-2000:]}")

    def fill(self, contacts: dict[str, dict[str, str]]):
        """Makes the accounts and writes their rosters: user -> contact -> subscription."""
        lines = []
        for user, roster in contacts.items():
            local, domain = user.split("@")
            items = ",".join(f'{{<<"{contact}">>, <<"{state}">>}}'
                             for contact, state in roster.items())
            lines.append(f'{{<<"{local}">>, <<"{domain}">>, [{items}]}}')
        done = self.tell("""
            Accounts = [%s],
            [ok = ejabberd_auth:try_register(U, S, <<"%s">>) || {U, S, _} <- Accounts],
            [begin
               [CU, CS] = binary:split(Contact, <<"@">>),
               ok = mod_admin_extra:add_rosteritem(U, S, CU, CS, CU, <<"circle">>, State)
             end || {U, S, Roster} <- Accounts, {Contact, State} <- Roster],
            length(Accounts).""" % (",\n".join(lines), PASSWORD))
        if done != f"{{ok,{len(contacts)}}}":
            raise AssertionError(f"{self.name} did not take the accounts: {done}\n{self.process.log}")

    def export(self) -> str:
        """`export_piefxis` of all domains: the XEP-0227 file that includes all others."""
        folder = self._place.directory(f"{self.name}/export")
        done = self.tell(f'ejabberd_piefxis:export_server("{folder}").')
        if done != "{ok,ok}":
            raise AssertionError(f"{self.name} did not export: {done}")
        return min(glob.glob(f"{folder}/*.xml"), key=len)
