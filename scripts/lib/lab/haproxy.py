"""HAProxy in front of edges, which learn the clients' own addresses by the PROXY protocol."""

from .place import Place, free_port, until
from .programs import Edge

HEAD = """
global
  maxconn 2000
defaults
  mode tcp
  balance roundrobin
  timeout connect 5s
  timeout client 60s
  timeout server 60s
"""

LISTEN = """
listen {name}
  bind 127.0.0.1:{port}
"""

SERVER = "  server {edge} 127.0.0.1:{port} send-proxy-v2 check check-send-proxy inter 500ms\n"


class Haproxy:
    """`ports`: listener of the edges -> the port where all edges are reached in turn;
    `ports_of_one`: (listener, edge's name) -> the port where only this edge is reached.

    The listeners named must require the PROXY protocol.
    """

    def __init__(self, place: Place, edges: list[Edge], listeners: list[str]):
        self._place = place
        self.ports = {listener: free_port() for listener in listeners}
        self.ports_of_one = {
            (listener, edge.name): free_port() for listener in listeners for edge in edges}
        text = HEAD
        for listener, port in self.ports.items():
            text += LISTEN.format(name=listener, port=port)
            text += "".join(SERVER.format(edge=edge.name, port=edge.ports[listener])
                            for edge in edges)
        for edge in edges:
            for listener in listeners:
                text += LISTEN.format(name=f"{listener}-{edge.name}",
                                      port=self.ports_of_one[listener, edge.name])
                text += SERVER.format(edge=edge.name, port=edge.ports[listener])
        self._configuration = place.file("haproxy.cfg", text)

    def start(self) -> "Haproxy":
        process = self._place.start("haproxy", ["/usr/sbin/haproxy", "-db", "-f", self._configuration])
        for port in [*self.ports.values(), *self.ports_of_one.values()]:
            until(lambda: process.listens(port), 10, f"haproxy to listen on {port}")
        return self
