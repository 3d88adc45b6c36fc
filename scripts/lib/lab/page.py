"""Headless Chromium with one file, driven by the DevTools protocol: what a person would see, press and hear read out."""

import base64
import contextlib
import itertools
import json
import re

from websockets.sync.client import connect

from .place import Place, until

# A browser starts in two seconds here; a loaded machine takes some times that.
START_SECONDS = 60.0
ANSWER_SECONDS = 60.0
# Windows keys of the protocol, https://w3c.github.io/uievents-code/
KEYS = {"Tab": 9, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}


class Page:
    """A tab. `troubles` has what the console complains of, `requests` every address that was asked for."""

    def __init__(self, place: Place, name: str = "chromium"):
        folder = place.directory(name)
        self._process = place.start(f"{name}-output", [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--no-proxy-server", "--disable-background-networking", "--remote-debugging-port=0", "--hide-scrollbars",
            f"--user-data-dir={folder}", "about:blank"], {"HOME": folder})
        found = until(lambda: re.search(r"ws://127\.0\.0\.1:(\d+)/\S+", self._process.log), START_SECONDS,
                      lambda: f"Chromium to open its door:\n{self._process.log[-2000:]}")
        stack = contextlib.ExitStack()
        place.on_leaving(stack.close)
        self._socket = stack.enter_context(connect(found[0], max_size=None))
        self._numbers = itertools.count(1)
        self._session = None
        self._has_loaded = False
        self.troubles: list[str] = []
        self.requests: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")

    def open(self, path: str, has_scripts=True):
        """Loads a file to its end."""
        self._ask("Emulation.setScriptExecutionDisabled", value=not has_scripts)
        self.troubles, self.requests, self._has_loaded = [], [], False
        self._ask("Page.navigate", url=f"file://{path}")
        while not self._has_loaded:
            self._hear()

    def look(self, width: int, height: int, is_dark=False):
        """The size of the window and the colours that the person wants."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self._ask("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def run(self, expression: str):
        """The value of a JavaScript expression, awaited."""
        answer = self._ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str):
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key])

    def point(self, selector: str):
        """Moves the mouse onto the first such element."""
        x, y = self.run(f"""(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: "center"}});
            const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()""")
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, path: str):
        """The whole page as PNG."""
        answer = self._ask("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))

    def _ask(self, method: str, **parameters) -> dict:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._socket.send(json.dumps(message))
        while True:
            answer = self._hear()
            if answer.get("id") == number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _hear(self) -> dict:
        message = json.loads(self._socket.recv(timeout=ANSWER_SECONDS))
        parameters = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._has_loaded = True
            case "Runtime.exceptionThrown":
                self.troubles.append(json.dumps(parameters["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning", "assert"):
                self.troubles.append(json.dumps(parameters["args"]))
            case "Log.entryAdded":
                self.troubles.append(parameters["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(parameters["request"]["url"])
        return message
