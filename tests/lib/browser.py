# SPDX-License-Identifier: GPL-2.0-only
"""Opens pages in a headless Chromium, which is driven through a pipe by the
DevTools protocol. One browser serves all checks of a program."""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time

import tap

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--remote-debugging-pipe", "--disable-dev-shm-usage"]
TIMEOUT_S = 90


class Browser:
    """A browser with one page. Raises tap.Unavailable where none can run."""

    def __init__(self):
        program = shutil.which("chromium")
        if not program:
            raise tap.Unavailable("no chromium")
        self.home = tempfile.mkdtemp(prefix="smallfio-browser-")
        from_us, self.to = os.pipe()
        self.back, to_us = os.pipe()
        # The browser reads from its descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec 3<&{from_us} 4>&{to_us} && exec "$@"', "sh",
             program, *FLAGS, f"--user-data-dir={self.home}/profile",
             "about:blank"], pass_fds=(from_us, to_us),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={**os.environ, "HOME": self.home,
                 "XDG_CONFIG_HOME": self.home})
        os.close(from_us)
        os.close(to_us)
        os.set_blocking(self.back, False)
        self.read, self.number, self.events, self.session = b"", 0, [], None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self):
        self.process.kill()
        self.process.communicate()
        os.close(self.to)
        os.close(self.back)
        shutil.rmtree(self.home, ignore_errors=True)

    def _message(self, deadline):
        while b"\0" not in self.read:
            try:
                part = os.read(self.back, 1 << 20)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError("the browser did not answer") from None
                time.sleep(0.005)
                continue
            if not part:
                said = self.process.communicate()[1].decode(errors="replace")
                raise tap.Unavailable(f"chromium does not run: {said[-300:]}")
            self.read += part
        text, self.read = self.read.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        """Calls a method of the protocol, and returns its result."""
        self.number += 1
        deadline = time.monotonic() + TIMEOUT_S
        text = json.dumps({"id": self.number, "method": method,
                           "params": params,
                           **({"sessionId": self.session}
                              if self.session else {})})
        os.write(self.to, text.encode() + b"\0")
        while True:
            message = self._message(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def run(self, expression):
        """Returns the value of an expression in the page."""
        done = self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")

    def open(self, path, width=1280, height=900, dark=False, script=True):
        """Loads a file, in a window of that size and colour scheme."""
        self.events.clear()
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme",
             "value": "dark" if dark else "light"}])
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Page.navigate", url=f"file://{path}")
        deadline = time.monotonic() + TIMEOUT_S
        while not any(e.get("method") == "Page.loadEventFired"
                      for e in self.events):
            self.events.append(self._message(deadline))

    def problems(self):
        """Returns what the console said, and what the network was asked for,
        since the page was opened."""
        wrong = []
        for event in self.events:
            params = event.get("params", {})
            if event.get("method") in ("Runtime.exceptionThrown",
                                       "Log.entryAdded",
                                       "Runtime.consoleAPICalled"):
                wrong.append(json.dumps(params)[:500])
            if event.get("method") == "Network.requestWillBeSent" and \
                    params.get("type") != "Document":
                wrong.append(params["request"]["url"][:200])
        return wrong

    def move(self, x, y, kind="mouseMoved", **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def drag(self, x0, x1, y):
        self.move(x0, y)
        self.move(x0, y, "mousePressed", button="left", clickCount=1)
        for step in range(1, 6):
            self.move(x0 + (x1 - x0) * step / 5, y, button="left", buttons=1)
        self.move(x1, y, "mouseReleased", button="left", clickCount=1)

    def finger(self, x, y0, y1=None):
        """A finger goes from y0 to y1, or taps. Returns when the page had the
        time to answer."""
        steps = 10 if y1 is not None else 0
        self.call("Input.dispatchTouchEvent", type="touchStart",
                  touchPoints=[{"x": x, "y": y0}])
        for step in range(1, steps + 1):
            self.call("Input.dispatchTouchEvent", type="touchMove",
                      touchPoints=[{"x": x,
                                    "y": y0 + (y1 - y0) * step / steps}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        self.run("new Promise(done => setTimeout(done, 300))")

    def picture(self, path, height=None):
        """Writes a PNG of the page, down to `height`."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        done = self.call("Page.captureScreenshot", captureBeyondViewport=True,
                         clip={"x": 0, "y": 0, "width": size["width"],
                               "height": min(size["height"], height or 16000),
                               "scale": 1})
        with open(path, "wb") as out:
            out.write(base64.b64decode(done["data"]))
