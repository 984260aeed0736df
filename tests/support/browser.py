"""A headless browser, driven by its own protocol through pipes."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
from pathlib import Path
from typing import IO, Any

# The browser reads from this descriptor and writes to the next.
FIRST = 3
# How many seconds it may take to answer.
PATIENCE = 60


class Browser:
    """Chromium with one page, which notes what it asks of the network and what it complains about."""

    def __init__(self, profile: Path) -> None:
        read_commands, write_commands = os.pipe()
        read_answers, write_answers = os.pipe()
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ]
        # A shell puts the pipes where the browser looks for them.
        place = f'exec chromium "$@" {FIRST}<&{read_commands} {FIRST + 1}>&{write_answers}'
        self.process = subprocess.Popen(
            ["bash", "-c", place, "bash", *options, "about:blank"],
            pass_fds=(read_commands, write_answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self._commands: IO[bytes] = os.fdopen(write_commands, "wb", buffering=0)
        self._answers: IO[bytes] = os.fdopen(read_answers, "rb")
        self._rest, self._count = b"", 0
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self._events: set[str] = set()
        (target,) = (t for t in self("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self(f"{domain}.enable")

    def __call__(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Sends a command and waits for its answer."""
        self._count += 1
        command: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        self._commands.write(json.dumps(command).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._count:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def show(self, file: Path, width: int, *, dark: bool = False) -> None:
        """Shows a file on a screen of some width."""
        self("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])
        self._events.discard("Page.loadEventFired")
        self("Page.navigate", url=file.as_uri())
        while "Page.loadEventFired" not in self._events:
            self._note(self._message())

    def value(self, expression: str) -> Any:
        """What an expression is on the page."""
        answer = self("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Presses a key."""
        for kind in ("keyDown", "keyUp"):
            written = {"text": text} if text and kind == "keyDown" else {}
            self("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **written)

    def pdf(self) -> bytes:
        """The page as it is printed."""
        return base64.b64decode(self("Page.printToPDF", preferCSSPageSize=True)["data"])

    def close(self) -> None:
        self._session = None
        self("Browser.close")
        self.process.wait(30)
        self._commands.close()
        self._answers.close()

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], PATIENCE)
            part = os.read(self._answers.fileno(), 1 << 16) if ready else b""
            assert part, "the browser is gone"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def _note(self, message: dict[str, Any]) -> None:
        method, parameters = message.get("method", ""), message.get("params", {})
        self._events.add(method)
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"):
            self.complaints.append(str(parameters))
