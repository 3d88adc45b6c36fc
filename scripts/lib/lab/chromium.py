"""Headless Chromium with one page: Strophe.js as a browser runs it. The page is served from here, and tells here what it hears."""

import base64
import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .clients import SOURCES, Login, Speaking
from .place import Place

FILES = {
    "/": (os.path.join(SOURCES, "strophe_page.html"), "text/html"),
    "/strophe_session.js": (os.path.join(SOURCES, "strophe_session.js"), "text/javascript"),
    "/strophe.js": ("/usr/share/javascript/strophe/strophe.js", "text/javascript"),
}


class Browser(Speaking):
    """A browser in which a user logs in. `login.how`: `websocket` (wss) or `websocket-plain` (ws)."""

    def __init__(self, place: Place, login: Login):
        self._lines: list[str] = []
        self._login = login
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        place.on_leaving(self._server.shutdown)
        folder = place.directory(login.folder("chromium"))
        super().__init__(place.start(login.folder("chromium") + "-output", [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--no-proxy-server", "--disable-background-networking",
            f"--user-data-dir={folder}",
            # As if DNS said so.
            f"--host-resolver-rules=MAP {self._domain} 127.0.0.1",
            # The only certificate that it takes although it does not know its authority.
            f"--ignore-certificate-errors-spki-list={public_key_digest(place, login.certificate)}",
            f"http://127.0.0.1:{self._server.server_port}/"],
            {"HOME": folder}))

    @property
    def _domain(self) -> str:
        return self._login.user.split("@")[1]

    @property
    def output(self) -> str:
        return "\n".join(self._lines)

    @property
    def trouble(self) -> str:
        """For people: what the page told and what the browser complains of."""
        return f"{self.output}\n{self._process.log[-2000:]}"

    def _orders(self) -> bytes:
        login = self._login
        scheme = "wss" if login.how == "websocket" else "ws"
        return json.dumps({
            "service": f"{scheme}://{self._domain}:{login.port}/ws", "user": login.user,
            "password": login.password, "contacts": login.contacts}).encode()

    def _handler(browser):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/login":
                    self._answer(200, browser._orders(), "application/json")
                elif self.path in FILES:
                    path, kind = FILES[self.path]
                    with open(path, "rb") as file:
                        self._answer(200, file.read(), kind)
                else:
                    self._answer(404, b"", "text/plain")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                browser._lines.append(body.decode())
                self._answer(200, b"", "text/plain")

            def _answer(self, status: int, body: bytes, kind: str):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Not into the output of the tests."""

        return Handler


def public_key_digest(place: Place, certificate: str) -> str:
    """SHA-256 of the public key of a certificate, as Chromium wants it."""
    key = place.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"]).stdout
    der = base64.b64decode("".join(key.splitlines()[1:-1]))
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
