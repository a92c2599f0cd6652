"""A real Chromium, headless, driven over its DevTools pipe (file descriptors 3 and 4).

Pictures at exact widths of phones and desktops, cookies, dark mode, and what a page measures once it is
laid out; nothing but the standard library.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tests.patience import patience_s

phone_px, desktop_px = 390, 1280
_names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_picture_px_max = 12_000
#: After this long without its load, a page is asked for once more.
opens_again_s = 30.0
#: Keys by name: their number, and what they write.
_keys = {
    "Tab": (9, ""), "Enter": (13, "\r"), "Escape": (27, ""), "Space": (32, " "), "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""), "ArrowRight": (39, ""), "ArrowDown": (40, ""),
}  # fmt: skip
_shift = 8


_used = count(1)


def signed_before() -> int:
    """How often a passkey that is put into an authenticator signed: more than whatever it did in another before."""
    return 1000 * next(_used)


class BrowserFailed(Exception):
    """Chromium ended, refused a command, or did not answer in time."""


def find() -> str | None:
    """The path of a Chromium on this machine."""
    return next((path for name in _names if (path := shutil.which(name))), None)


class Tab:
    """One page of a running browser."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        self._buffer, self._count, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for part in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{part}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._count:
            self.events.append(answer)
        if "error" in answer:
            raise BrowserFailed(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def look(self, width: int, height: int = 844, *, dark: bool = False, scale: int = 1) -> None:
        """The size of the window; below 600 px it is a phone."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def cookies(self, url: str, values: Mapping[str, str]) -> None:
        """Exactly these cookies."""
        self.call("Network.clearBrowserCookies")
        for name, value in values.items():
            self.call("Network.setCookie", url=url, name=name, value=value)

    def open(self, url: str) -> None:
        """Go there and wait until it is loaded, and no other: the page before may still be going on to its next."""
        end = monotonic() + patience_s
        while monotonic() < end:
            self.events.clear()
            going = self.call("Page.navigate", url=url)
            if "loaderId" not in going or self._has_loaded(going["loaderId"]):
                return
        raise BrowserFailed(f"{url} does not load")

    def _has_loaded(self, loader: str) -> bool:
        """Whether that navigation ends with its page; another that came over it makes it wait in vain."""
        again, seen = monotonic() + opens_again_s, 0
        while True:
            for event in self.events[seen:]:
                told = event.get("params", {})
                is_load = (event.get("method"), told.get("name")) == ("Page.lifecycleEvent", "load")
                if is_load and told["loaderId"] == loader:
                    return True
            seen = len(self.events)
            if not self._waits(again - monotonic()):
                return False
            self.events.append(self._read())

    def loaded(self) -> None:
        """Wait until the page that is coming is there; `events` is to be empty before it comes."""
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read())

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return found["result"].get("value")

    def until(self, expression: str) -> Any:
        """What it gives on a page that is there whole, once that is something."""
        end = monotonic() + patience_s
        while not (found := self.value(f"document.readyState === 'complete' && ({expression})")):
            told = self.complaints(), self.value("document.body.innerText")
            assert monotonic() < end, (expression, told)
            sleep(0.03)
        return found

    def later(self, promise: str) -> Any:
        """What the promise that a JavaScript expression gives comes to."""
        asked = {"expression": promise, "returnByValue": True, "awaitPromise": True}
        return self.call("Runtime.evaluate", **asked)["result"].get("value")

    def press(self, key: str, *, shift: bool = False) -> None:
        """A key of `_keys` goes down and up, as from a keyboard: it moves the focus, and acts on what has it."""
        number, text = _keys[key]
        told = {
            "key": text if key == "Space" else key, "code": key,
            "windowsVirtualKeyCode": number, "modifiers": _shift if shift else 0,
        }  # fmt: skip
        down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
        self.call("Input.dispatchKeyEvent", **down, **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def write(self, text: str) -> None:
        """What has the focus is written into, as from a keyboard."""
        self.call("Input.insertText", text=text)

    def complaints(self) -> list[str]:
        """Errors the page wrote to the console: scripts, blocked styles, missing files."""
        return [
            event["params"]["entry"]["text"]
            for event in self.events
            if event.get("method") == "Log.entryAdded"
            and event["params"]["entry"]["level"] == "error"
        ]

    def picture(self, target: Path, *, whole: bool = True) -> None:
        """A PNG of the window, or of the whole page."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        height = min(size["height"], _picture_px_max)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        more = {"clip": clip, "captureBeyondViewport": True} if whole else {}
        data = self.call("Page.captureScreenshot", format="png", **more)["data"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(data))

    def _read(self) -> dict[str, Any]:
        end = monotonic() + patience_s
        while b"\0" not in self._buffer:
            data = os.read(self._reader, 1 << 20) if self._waits(end - monotonic()) else b""
            if not data:
                raise BrowserFailed("Chromium does not answer")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def _waits(self, seconds: float) -> bool:
        """Whether there is something to read within that time."""
        # Not `select`, which knows no descriptor above 1,023: a test process may have more.
        waiting = select.poll()
        waiting.register(self._reader, select.POLLIN)
        return b"\0" in self._buffer or bool(waiting.poll(1000 * max(0.0, seconds)))


@contextmanager
def tab() -> Iterator[Tab]:
    """A browser of its own with one page, ended afterwards; raises `BrowserFailed`."""
    path = find()
    if path is None:
        raise BrowserFailed("no Chromium here")
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = _start(path, folder, theirs_in, theirs_out)
        try:
            yield Tab(ours_in, ours_out)
        finally:
            process.terminate()
            process.wait(10)
            for descriptor in (ours_in, ours_out):
                os.close(descriptor)


def _start(path: str, folder: str, reader: int, writer: int) -> subprocess.Popen[bytes]:
    """Chromium with its pipe on descriptors 3 and 4: the shell moves ours there."""
    flags = "--headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run"
    command = (
        f'exec "$0" {flags} --remote-debugging-pipe --user-data-dir="$1" 3<&{reader} 4>&{writer}'
    )
    try:
        return subprocess.Popen(
            ["/bin/bash", "-c", command, path, f"{folder}/profile"],
            pass_fds=(reader, writer),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    finally:
        os.close(reader)
        os.close(writer)
