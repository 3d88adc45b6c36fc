"""What is compared when bytes are passed on: an edge, other proxies, and a program that only passes.

All take the same clients to the same node in the clear, with one thread on the first core. With TLS they show the same
certificate and speak TLS 1.3 with X25519 and AES-128-GCM, without session tickets; buffers are 16 KiB.
"""

import os

from lab import Place, free_port, until
from lab.certificates import Certificate
from lab.place import Process
from lab.programs import EDGE, ROOT

from small import DOMAIN, small_edge

SERVER_CORE = ("taskset", "-c", "0")
NGINX_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"

HAPROXY = """
global
  maxconn 9000
  maxpipes 400
  nbthread 1
  tune.bufsize 16384
  ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-bind-curves X25519
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  {option}
listen clients
  bind 127.0.0.1:{port} {tls}
  server node 127.0.0.1:{node}
"""

NGINX = """
load_module {module};
daemon off;
master_process off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/nginx.err crit;
events {{ worker_connections 19900; }}
stream {{
  server {{
    listen 127.0.0.1:{port} {tls};
    proxy_pass 127.0.0.1:{node};
    proxy_buffer_size 16k;
    proxy_timeout 1h;
    {options}
  }}
}}
"""

NGINX_TLS = """
    ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_ecdh_curve X25519;
    ssl_session_tickets off;
"""


class Proxy:
    """`start` leaves it listening on `port`, as process `pid`."""

    version_command: list | None = None

    def __init__(self, place: Place, name: str, node_port: int, certificate: Certificate | None):
        self.place, self.name, self.node_port = place, name, node_port
        self.certificate = certificate
        self.port = free_port()
        self.process: Process | None = None

    def start(self) -> "Proxy":
        self.process = self.place.start(self.name, [*SERVER_CORE, *self.command()])
        until(lambda: self.process.listens(self.port), 10, f"{self.name} to listen")
        return self

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def version(self) -> str:
        """What the program says of itself."""
        if not self.version_command:
            return "Tests/Integration/load/passing.c"
        result = self.place.run(self.version_command)
        return (result.stdout + result.stderr).split("\n")[0]

    def command(self) -> list:
        raise NotImplementedError


class Edge(Proxy):
    """One worker in mode relay, without probes."""

    version_command = [EDGE, "--version"]

    def start(self) -> "Edge":
        secret = self.place.file("secret", "0123456789abcdef0123456789abcdef")
        kind = "directtls" if self.certificate else "plain"
        edge = small_edge(self.place, {"clients": kind}, name=self.name, workers="1",
                          redirect__mode="relay", redirect__provider="hash",
                          redirect__hash__secret=secret, redirect__to="node",
                          redirect__to__node__host=f"127.0.0.1:{self.node_port}",
                          redirect__to__node__tls="plain")
        for key in [key for key in edge.keys if key.startswith("redirect.to.im")]:
            del edge.keys[key]
        edge.keys["redirect.db.partitions"] = None
        # Tests look at the files more often than an edge does by default.
        edge.keys["reload.poll"] = None
        if self.certificate:
            edge.keys |= {"tls.certificate": self.certificate.chain,
                          "tls.key": self.certificate.key}
        edge.start(before=SERVER_CORE)
        self.process, self.port = edge.process, edge.ports["clients"]
        return self


class Haproxy(Proxy):
    version_command = ["/usr/sbin/haproxy", "-v"]

    def __init__(self, *arguments, splices: bool = False):
        super().__init__(*arguments)
        self._splices = splices

    def command(self) -> list:
        tls = ""
        if self.certificate:
            both = "".join(open(path).read()
                           for path in (self.certificate.chain, self.certificate.key))
            tls = f"ssl crt {self.place.file(f'{self.name}.pem', both)}"
        option = "option splice-request\n  option splice-response" if self._splices else ""
        return ["/usr/sbin/haproxy", "-db", "-f", self.place.file(
            f"{self.name}.cfg", HAPROXY.format(port=self.port, node=self.node_port, tls=tls,
                                               option=option))]


class Nginx(Proxy):
    version_command = ["/usr/sbin/nginx", "-v"]

    def command(self) -> list:
        options = ""
        if self.certificate:
            options = NGINX_TLS.format(chain=self.certificate.chain, key=self.certificate.key)
        folder = self.place.directory(self.name)
        return ["/usr/sbin/nginx", "-p", folder, "-e", f"{folder}/nginx.err", "-c", self.place.file(
            f"{self.name}.conf", NGINX.format(
                module=NGINX_MODULE, folder=folder, port=self.port, node=self.node_port,
                tls="ssl" if self.certificate else "", options=options))]


class Passing(Proxy):
    """`load/passing.c`, which moves bytes in one of three ways."""

    def __init__(self, place: Place, way: str, node_port: int):
        super().__init__(place, way, node_port, None)
        self._way = way

    def command(self) -> list:
        return [compiled(self.place, "passing"), self.port, self.node_port, self._way]


def compiled(place: Place, name: str, *libraries: str) -> str:
    """The program of `load/<name>.c`, compiled when its source has changed."""
    source = os.path.join(ROOT, f"Tests/Integration/load/{name}.c")
    program = os.path.join(ROOT, f".build/integration/{name}")
    if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
        os.makedirs(os.path.dirname(program), exist_ok=True)
        place.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", source, "-o", program,
                   *(f"-l{library}" for library in libraries)])
    return program


__all__ = ["DOMAIN", "Edge", "Haproxy", "Nginx", "Passing", "Proxy", "compiled"]
