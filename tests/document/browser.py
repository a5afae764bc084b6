"""Chromium without a window, driven by its DevTools protocol over two pipes, by the standard library."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from attrs import frozen

OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # a container has none, and the page is ours
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
)


@frozen
class Seen:
    """What a page is in a browser."""

    picture: bytes
    """PNG, of all of it."""
    width: int
    """That it takes, in CSS pixels."""
    wide: tuple[str, ...]
    """The elements that stand out to the right, without those that scroll by themselves."""
    requests: tuple[str, ...]
    """What it asked for besides itself."""
    errors: tuple[str, ...]
    """What the console says, and exceptions."""


class Browser:
    """One process; each page is a tab of its own."""

    def __init__(self, program: str, profile: Path) -> None:
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", "-c", _START, str(theirs_in), str(theirs_out), program),
                *(*OPTIONS, f"--user-data-dir={profile}", "about:blank"),
            ],
            pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._out, self._in = ours_out, os.fdopen(ours_in, "rb")
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def close(self) -> None:
        self._call("Browser.close")
        self._process.wait(120)
        self._in.close()
        os.close(self._out)

    def see(
        self,
        page: Path,
        *,
        width: int,
        height: int = 900,
        dark: bool = False,
        script: bool = True,
        media: str = "",
    ) -> Seen:
        """Opens a file and looks at it. ``media``: ``print``, if it is to look as on paper."""
        tab = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]

        def call(method: str, **parameters: Any) -> Any:
            return self._call(method, session=session, **parameters)

        for domain in ("Page", "Runtime", "Log", "Network"):
            call(f"{domain}.enable")
        call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        call("Emulation.setScriptExecutionDisabled", value=not script)
        self._open(page, session)
        size = call("Page.getLayoutMetrics")["cssContentSize"]
        # Evaluating works where the page itself may not run scripts.
        wide = call("Runtime.evaluate", expression=_WIDE, returnByValue=True)["result"]["value"]
        taken = call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        events = [*self._events]
        self._call("Target.closeTarget", targetId=tab)
        asked = [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]
        errors = [
            json.dumps(event["params"])
            for event in events
            if event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        ]
        return Seen(
            base64.b64decode(taken),
            int(size["width"]),
            tuple(wide),
            tuple(url for url in asked if url != page.as_uri()),
            tuple(errors),
        )

    def evaluate(self, page: Path, expression: str) -> Any:
        """The value of a script in a file that is open."""
        tab = self._call("Target.createTarget", url="about:blank")["targetId"]
        session = self._call("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        self._call("Page.enable", session=session)
        self._open(page, session)
        done = self._call(
            "Runtime.evaluate",
            session=session,
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in done, done
        self._call("Target.closeTarget", targetId=tab)
        return done["result"].get("value")

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]

    def _open(self, page: Path, session: str) -> None:
        """Returns when the page is loaded, and not only the empty one that was there before."""
        self._call("Page.setLifecycleEventsEnabled", session=session, enabled=True)
        self._events.clear()
        loader = self._call("Page.navigate", session=session, url=page.as_uri())["loaderId"]
        while not any(
            event["method"] == "Page.lifecycleEvent"
            and (event["params"]["loaderId"], event["params"]["name"]) == (loader, "load")
            for event in self._events
        ):
            self._read()

    def _read(self) -> dict[str, Any]:
        message = bytearray()
        while (byte := self._in.read(1)) != b"\0":
            assert byte, "the browser is gone"
            message += byte
        answer: dict[str, Any] = json.loads(message)
        if "method" in answer:
            self._events.append(answer)
        return answer


# The protocol stands on descriptors 3 and 4.
_START = """
import fcntl, os, sys
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for number, descriptor in zip((3, 4), high):
    os.dup2(descriptor, number)
os.execv(sys.argv[3], sys.argv[3:])
"""

_WIDE = """
[...document.querySelectorAll("body *")].filter((element) =>
  element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
  && !element.closest(".scroll, pre, .skip")
).map((element) => element.outerHTML.slice(0, 120))
"""
