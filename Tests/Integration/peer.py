"""The other side of the peer protocol, written from docs/peer-protocol.md alone: a client that asks
an edge, and servers that edges ask, well-behaved or not."""

import hashlib
import hmac
import ipaddress
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
          nonce: str = "-", version: int = 1, clients: int | None = None) -> str:
    line = f"HELLO {version} {edge or os.urandom(16).hex()} {digest} {profile} {nonce}"
    return line if clients is None else f"{line} clients={clients:016x}"


def proof(secret: bytes, role: str, client: str, server: str) -> str:
    text = f"redirect-edge peer proof\n{role}\n{client}\n{server}\n"
    return "PROOF " + hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()


class ClientKey:
    """How edges that share a secret hash clients."""

    def __init__(self, secret: bytes):
        digest = hmac.new(secret, b"redirect-edge clients", hashlib.sha256).digest()
        self.key = [int.from_bytes(digest[start:start + 8], "little") for start in (0, 8)]
        self.mark = siphash(b"redirect-edge clients 1", self.key)

    def client(self, user: str, address: str, looks: int) -> int:
        known = ipaddress.ip_address(address)
        number = int(known) | (0xffff << 32 if known.version == 4 else 0)
        hashed = siphash(user.encode(), self.key)
        for word in (number >> 64, number & (1 << 64) - 1, looks):
            hashed = siphash((hashed ^ word).to_bytes(8, "little"), self.key)
        return hashed


def looks(shape: str, installation: str | None = None) -> int:
    """Of a shape as the log of an edge spells it; FNV-1a."""
    number = 0xcbf29ce484222325
    for byte in shape.encode():
        number = (number ^ byte) * 0x100000001b3 & (1 << 64) - 1
    return number if installation is None else number ^ siphash(installation.encode(), [0, 0])


def siphash(data: bytes, key: list[int]) -> int:
    """SipHash-2-4."""
    all_bits = (1 << 64) - 1
    v = [key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
         key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573]

    def add_rotate_xor(left: int, right: int, bits: int):
        v[left] = v[left] + v[right] & all_bits
        v[right] = (v[right] << bits | v[right] >> 64 - bits) & all_bits ^ v[left]

    def turn(left: int):
        v[left] = (v[left] << 32 | v[left] >> 32) & all_bits

    def rounds(count: int):
        for _ in range(count):
            add_rotate_xor(0, 1, 13)
            turn(0)
            add_rotate_xor(2, 3, 16)
            add_rotate_xor(0, 3, 21)
            add_rotate_xor(2, 1, 17)
            turn(2)

    data += bytes(-(len(data) + 1) % 8) + bytes([len(data) & 255])
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start:start + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 255
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


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
    """Asks the edge at `port`; `secret` None: without proof (`context`: TLS). `clients`: the mark of a key for
    them; `source`: the address to come from."""

    def __init__(self, port: int, secret: bytes | None = None, context=None, greeting=None,
                 clients: int | None = None, source: str = "127.0.0.1"):
        connection = socket.create_connection(("127.0.0.1", port), 10, (source, 0))
        super().__init__(context.wrap_socket(connection) if context else connection)
        ours = greeting or hello(nonce=os.urandom(32).hex() if secret else "-", profile="-",
                                 clients=clients)
        self.say(ours)
        theirs = self.hear()
        _, _, self.edge, self.digest, self.profile, _, *more = theirs.split(" ")
        self.clients = next((int(word.removeprefix("clients="), 16) for word in more
                             if word.startswith("clients=")), None)
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

    def greet(self, line: Line, first: str, secret: bytes, digest: str,
              clients: int | None = None):
        """The greeting of a server that knows the secret; `clients`: the mark of a key for them."""
        ours = hello(digest=digest, nonce=os.urandom(32).hex(), clients=clients)
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
