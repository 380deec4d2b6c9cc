"""A headless Chromium that tests drive by its DevTools protocol over pipes, and axe-core, which judges a page:

    with Browser() as browser:
        page = browser.open(path, width=390, scheme="dark")
        page.faults()
"""

import base64
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time

import pg
import servers

AXE_VERSION = "4.14.1"
HEIGHT = 900
PATIENCE = 120  # seconds for one answer: a browser starts slowly on a busy machine
# Its two pipes must be descriptors 3 and 4, which a shell can promise and Popen can't.
PIPES = 'exec 3<&"$0" 4>&"$1"; shift; exec "$@"'


def axe():
    """The source of axe-core, fetched once. Raises ServerError."""
    folder = servers.installed("axe-core", AXE_VERSION, "npm", lambda npm, place: (
        [npm, "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(place), f"axe-core@{AXE_VERSION}"], {}))
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


class Browser:
    """One browser with a profile of its own; gone when the `with` block ends. The constructor raises ServerError if there is
    no Chromium here."""

    def __init__(self):
        self.program = shutil.which("chromium")
        if not self.program:
            raise servers.ServerError("no chromium here; tests/run --long installs it")
        self.calls = 0
        self.unread = b""
        self.events = []

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="hfbrowser.")
        theirs_in, self.commands = os.pipe()
        self.answers, theirs_out = os.pipe()
        # A sandbox needs rights that root in a container lacks; all pages are the test's own.
        argv = [self.program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                "--remote-debugging-pipe", f"--user-data-dir={self.folder}"]
        with open(pathlib.Path(self.folder) / "log", "wb") as log:
            self.process = subprocess.Popen(["bash", "-c", PIPES, str(theirs_in), str(theirs_out), *argv], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, pass_fds=(theirs_in, theirs_out), start_new_session=True,
                                            preexec_fn=pg.die_with_parent)
        os.close(theirs_in)
        os.close(theirs_out)
        return self

    def __exit__(self, *_):
        os.close(self.commands)
        os.close(self.answers)
        pg.stop_process(self.process, signal.SIGTERM, patience=5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        """The result of one command. Events that arrive before it are added to `events`."""
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.commands, data):]
        while (answer := self._next()).get("id") != self.calls:
            self.events.append(answer)
        if "error" in answer:
            raise servers.ServerError(f"chromium refuses {method}: {answer['error']['message']}")
        return answer["result"]

    def wait_for(self, method):
        """Waits for an event, which may have arrived already."""
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next())

    def _next(self):
        deadline = time.monotonic() + PATIENCE
        while b"\0" not in self.unread:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self.answers, 1 << 20) if ready else b""
            if not data:
                raise servers.ServerError(f"chromium does not answer: {self.log()}")
            self.unread += data
        message, self.unread = self.unread.split(b"\0", 1)
        return json.loads(message)

    def log(self):
        return (pathlib.Path(self.folder) / "log").read_text(errors="replace")[-300:]

    def open(self, path, width, scheme="light", media=""):
        """A page of a file, loaded. `media` is "print" for a look at its printed form."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        page = Page(self, self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])
        self.events.clear()
        for domain in ("Page", "Network", "Log"):
            page.call(f"{domain}.enable")
        # The page's own policy forbids all requests. It is off, so that the requests that it would make are seen.
        page.call("Page.setBypassCSP", enabled=True)
        page.call("Emulation.setDeviceMetricsOverride", width=width, height=HEIGHT, deviceScaleFactor=1, mobile=False)
        page.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
        page.call("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        self.wait_for("Page.loadEventFired")
        return page


class Page:
    """One page of a browser."""

    def __init__(self, browser, session):
        self.browser = browser
        self.session = session

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def value(self, script):
        """The value of a script, or of its promise."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise AssertionError(f"the script fails on the page: {done['exceptionDetails']}")
        return done["result"].get("value")

    def requests(self):
        """The addresses of all that it asked for, itself first."""
        return [event["params"]["request"]["url"] for event in self.browser.events if event.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        """The messages of the browser on this page, such as markup or a style that it can't read."""
        return [event["params"]["entry"]["text"] for event in self.browser.events if event.get("method") == "Log.entryAdded"]

    def overflow(self):
        """By how many pixels it is wider than its window."""
        return self.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def faults(self, impacts=("serious", "critical")):
        """What axe-core finds: rule, first element and explanation of each."""
        self.value(axe() + "; 0")
        found = self.value("axe.run().then(done => done.violations)")
        return [f"{one['impact']} {one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found
                if one["impact"] in impacts]

    def picture(self, path):
        """Writes a PNG of the whole page."""
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png",
                         clip=self.value("({x: 0, y: 0, width: innerWidth, height: document.documentElement.scrollHeight, scale: 1})"))
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def print(self, path):
        """Writes a PDF as its print on A4."""
        printed = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        pathlib.Path(path).write_bytes(base64.b64decode(printed["data"]))

    def close(self):
        self.call("Page.close")
