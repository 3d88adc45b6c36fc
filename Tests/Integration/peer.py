"""The other side of the peer protocol, written from docs/peer-protocol.md alone: a client that asks
an edge, and servers that edges ask, well-behaved or not."""

import hashlib
import hmac
import os
import socket
import threading

from lab import Place, free_port


class Ended(Exception):
    """The other side has closed the connection; `fault`: the name that it gave, or None."""

    def __init__(self, fault: str | None):
        super().__init__(fault)
        self.fault = fault


def hello(edge: str | None = None, digest: str = "-", profile: str = "nodeprep",
          nonce: str = "-", version: int = 1) -> str:
    return f"HELLO {version} {edge or os.urandom(16).hex()} {digest} {profile} {nonce}"


def proof(secret: bytes, role: str, client: str, server: str) -> str:
    text = f"redirect-edge peer proof\n{role}\n{client}\n{server}\n"
    return "PROOF " + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


class Line:
    """Lines over a connected socket, with TLS or without."""

    def __init__(self, connection: socket.socket):
        self.socket = connection
        self._bytes = b""

    def say(self, *lines: str):
        self.socket.sendall("".join(f"{line}\n" for line in lines).encode())

    def hear(self, seconds: float = 10) -> str:
        """The next line. `Ended` when there is none: a FAULT is the end too."""
        self.socket.settimeout(seconds)
        while b"\n" not in self._bytes:
            try:
                more = self.socket.recv(65536)
            except (ConnectionError, OSError) as trouble:
                if isinstance(trouble, TimeoutError):
                    raise
                more = b""
            if not more:
                raise Ended(None)
            self._bytes += more
        line, self._bytes = self._bytes.split(b"\n", 1)
        text = line.decode()
        if text.startswith("FAULT "):
            raise Ended(text.removeprefix("FAULT "))
        return text

    def ended(self, seconds: float = 10) -> str | None:
        """Waits for the end of the connection; the fault that was named last."""
        try:
            while True:
                self.hear(seconds)
        except Ended as end:
            return end.fault

    def close(self):
        self.socket.close()


class Client(Line):
    """Asks the edge at `port`; `secret` None: without proof (`context`: TLS)."""

    def __init__(self, port: int, secret: bytes | None = None, context=None, greeting=None):
        connection = socket.create_connection(("127.0.0.1", port), 10)
        super().__init__(context.wrap_socket(connection) if context else connection)
        ours = greeting or hello(nonce=os.urandom(32).hex() if secret else "-", profile="-")
        self.say(ours)
        theirs = self.hear()
        _, _, self.edge, self.digest, self.profile, *_ = theirs.split(" ")
        if secret:
            self.say(proof(secret, "client", ours, theirs))
            if self.hear() != proof(secret, "server", ours, theirs):
                raise AssertionError("the edge does not know the secret")

    def ask(self, number: int, user: str) -> str:
        self.say(f"Q {number} {user}")
        return self.hear()


class Server:
    """Listens on a free port and lets `serve(line, first)` talk to each client, in a thread of its own;
    `first` is the client's hello."""

    def __init__(self, place: Place, serve, port: int | None = None):
        self._serve = serve
        self.port = port or free_port()
        self.greeted = 0
        self.queries: list[str] = []
        self._open: list[Line] = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        place.on_leaving(self.close)

    def close(self):
        # Wakes the thread that waits in accept.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        for line in self._open:
            line.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            line = Line(connection)
            self._open.append(line)
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line: Line):
        try:
            first = line.hear()
            self.greeted += 1
            self._serve(line, first)
        except (Ended, OSError):
            pass
        finally:
            line.close()

    # What servers are made of.

    def greet(self, line: Line, first: str, secret: bytes, digest: str):
        """The greeting of a server that knows the secret."""
        ours = hello(digest=digest, nonce=os.urandom(32).hex())
        line.say(ours)
        if line.hear() != proof(secret, "client", first, ours):
            raise AssertionError("the edge does not know the secret")
        line.say(proof(secret, "server", first, ours))

    def queries_of(self, line: Line):
        """Queries until the client goes; pings are answered."""
        while True:
            heard = line.hear(60)
            if heard == "PING":
                line.say("PONG")
            elif heard.startswith("Q "):
                self.queries.append(heard)
                yield heard.split(" ")[1:]
