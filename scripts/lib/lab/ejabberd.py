"""A real ejabberd with private data, on loopback: one Erlang machine, no epmd of the system.

Debian's `ejabberdctl` wants systemd paths and a user of its own, so the machine is started directly,
and told what to do by short Erlang programs over its own distribution port.
"""

import glob
import os

from .certificates import Certificate
from .place import Place, free_port, until

CONFIGURATION = """
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
    starttls_required: true
auth_method: internal
auth_password_format: scram
auth_scram_hash: sha256
modules:
  mod_roster: {{}}
  mod_admin_extra: {{}}
  mod_disco: {{}}
"""


class Ejabberd:
    """One server with one or several hosted domains."""

    def __init__(self, place: Place, name: str, certificates: dict[str, Certificate], root: str):
        self._place = place
        self.name = name
        self.port = free_port()
        self._node = f"{name}@localhost"
        self._folder = place.directory(name)
        self._distribution = free_port()
        configuration = place.file(f"{name}/ejabberd.yml", CONFIGURATION.format(
            hosts="\n".join(f'  - "{domain}"' for domain in certificates),
            certificates="\n".join(f'  - "{path}"' for files in certificates.values()
                                   for path in (files.chain, files.key)),
            root=root, port=self.port))
        self._environment = {
            "HOME": self._folder,
            "EJABBERD_CONFIG_PATH": configuration,
            "EJABBERD_LOG_PATH": f"{self._folder}/ejabberd.log",
            "EJABBERD_PID_PATH": f"{self._folder}/ejabberd.pid",
            "SPOOL_DIR": self._folder,
            # Debian's multiarch folder, where ejabberd and its libraries are.
            "ERL_LIBS": glob.glob("/usr/lib/*/ejabberd-*/ebin")[0].rsplit("/", 2)[0],
            "ERL_EPMD_PORT": str(free_port()),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_BYTES": "0",
        }
        self._common = ["-setcookie", f"private-{os.path.basename(place.path)}",
                        "-kernel", "inet_dist_use_interface", "{127,0,0,1}",
                        "inet_dist_listen_min", self._distribution,
                        "inet_dist_listen_max", self._distribution]

    def start(self):
        # epmd as a child of its own: `erl` would start one that outlives everything.
        self._epmd = self._place.start(f"{self.name}/epmd", ["epmd"], self._environment)
        until(lambda: self._epmd.listens(int(self._environment["ERL_EPMD_PORT"])), 10, "epmd")
        self.process = self._place.start(
            f"{self.name}/output",
            ["erl", "-noinput", "+sbwt", "none", "-start_epmd", "false", "-sname", self._node]
            + [*self._common, "-mnesia", "dir", f'"{self._folder}/database"', "-s", "ejabberd"],
            self._environment, self._folder)
        until(lambda: self.process.listens(self.port), 60, f"{self.name} to listen", every=0.2)
        return self

    def tell(self, program: str, seconds: float = 60) -> str:
        """Runs Erlang expressions inside the server; the value of the last is returned as text."""
        source = self._place.file(f"{self.name}/told.erl", program)
        # file:script evaluates a file of expressions, on the server's side.
        call = (f"io:format(\"~p\", [rpc:call('{self._node}', file, script, [\"{source}\"])]), "
                "halt(0).")
        common = [word if word != self._distribution else 0 for word in self._common]
        return self._place.run(
            ["erl", "-noinput", "-hidden", "-start_epmd", "false", "-sname",
             f"ctl{os.getpid()}@localhost", *common, "-eval", call],
            env={**os.environ, **self._environment}, seconds=seconds).stdout

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
            [ok = ejabberd_auth:try_register(U, S, <<"secret">>) || {U, S, _} <- Accounts],
            [begin
               [CU, CS] = binary:split(Contact, <<"@">>),
               ok = mod_admin_extra:add_rosteritem(U, S, CU, CS, CU, <<"circle">>, State)
             end || {U, S, Roster} <- Accounts, {Contact, State} <- Roster],
            length(Accounts).""" % ",\n".join(lines))
        if done != f"{{ok,{len(contacts)}}}":
            raise AssertionError(f"{self.name} did not take the accounts: {done}\n{self.process.log}")

    def export(self) -> str:
        """`export_piefxis` of all domains: the XEP-0227 file that includes all others."""
        folder = self._place.directory(f"{self.name}/export")
        done = self.tell(f'ejabberd_piefxis:export_server("{folder}").')
        if done != "{ok,ok}":
            raise AssertionError(f"{self.name} did not export: {done}")
        return min(glob.glob(f"{folder}/*.xml"), key=len)
