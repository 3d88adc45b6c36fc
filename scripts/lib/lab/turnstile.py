"""HAProxy as a turnstile: a door for each client, the connections through it counted."""

import csv
import os
import socket

from .place import Place, free_port, until
from .programs import Edge

HEAD = """
global
  maxconn 4000
  stats socket {socket} mode 600 level user
defaults
  mode tcp
  balance roundrobin
  timeout connect 5s
  timeout client 120s
  timeout server 120s
"""

DOOR = """
listen {name}
  bind 127.0.0.1:{port}
{servers}"""

SERVER = "  server {edge} 127.0.0.1:{port} send-proxy-v2\n"


class Turnstile:
    """`ports`: door -> port. A door leads to the listener of the same name of all edges in turn; odd
    doors begin with another edge than even ones. The listeners must require the PROXY protocol."""

    def __init__(self, place: Place, name: str, edges: list[Edge]):
        self._place = place
        self._name = name
        self._socket = os.path.join(place.path, f"{name}.socket")
        self.ports = {door: free_port() for door in edges[0].ports}
        text = HEAD.format(socket=self._socket)
        for number, (door, port) in enumerate(self.ports.items()):
            turn = number % len(edges)
            text += DOOR.format(name=door, port=port, servers="".join(
                SERVER.format(edge=edge.name, port=edge.ports[door])
                for edge in [*edges[turn:], *edges[:turn]]))
        self._configuration = place.file(f"{name}.cfg", text)

    def start(self) -> "Turnstile":
        self.process = self._place.start(
            self._name, ["/usr/sbin/haproxy", "-db", "-f", self._configuration])
        for port in self.ports.values():
            until(lambda: self.process.listens(port), 10, f"haproxy to listen on {port}")
        return self

    def stop(self) -> int:
        return self.process.stop()

    def counts(self) -> dict[str, int]:
        """Door -> connections that have come so far."""
        return self._statistics("conn_tot")

    def open(self) -> dict[str, int]:
        """Door -> connections that are open."""
        return self._statistics("scur")

    def _statistics(self, column: str) -> dict[str, int]:
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(self._socket)
            # Of all proxies, their front sides only.
            control.sendall(b"show stat -1 1 -1\n")
            text = b""
            while data := control.recv(65536):
                text += data
        rows = csv.DictReader(text.decode().removeprefix("# ").splitlines())
        return {row["pxname"]: int(row[column]) for row in rows}
