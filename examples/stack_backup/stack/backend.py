#!/usr/bin/env python3
"""The backend of the example's stack: keeps functions as files of a volume, who owns them in one database, and their calls in another.

    POST /functions/NAME     stores the body as a function
    POST /functions/NAME/call  counts a call and returns the function's text
    GET  /health             200 if both databases and the volume answer
"""

import http.server
import os
import pathlib
import re
import signal
import subprocess
import sys

VOLUME = pathlib.Path(os.environ["FUNCTIONS_VOLUME"])
TABLES = {
    "MAIN_DATABASE_URL": "CREATE TABLE IF NOT EXISTS function (name text PRIMARY KEY, bytes int NOT NULL)",
    "FUNCTIONS_DATABASE_URL": "CREATE TABLE IF NOT EXISTS call (id bigserial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now())",
}


def sql(database, text, **values):
    sets = [word for name, value in values.items() for word in ("-v", f"{name}={value}")]
    done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *sets, "-d", os.environ[database]], input=text, capture_output=True,
                          text=True, check=True)
    return done.stdout.strip()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802
        if self.path != "/health":
            self.answer(404, "there is no such page\n")
            return
        try:
            calls = sql("FUNCTIONS_DATABASE_URL", "SELECT count(*) FROM call")
            known = sql("MAIN_DATABASE_URL", "SELECT count(*) FROM function")
            stored = sum(1 for path in VOLUME.iterdir() if path.suffix == ".py")
        except (OSError, subprocess.CalledProcessError) as error:
            self.answer(503, f"{error}\n")
            return
        well = int(known) == stored
        self.answer(200 if well else 503, f"{known} functions, {stored} files, {calls} calls\n")

    def do_POST(self):  # noqa: N802
        wanted = re.fullmatch(r"/functions/(\w{1,64})(/call)?", self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not wanted:
            self.answer(404, "there is no such page\n")
            return
        name, file = wanted[1], VOLUME / f"{wanted[1]}.py"
        if wanted[2]:
            if not file.exists():
                self.answer(404, "there is no such function\n")
                return
            sql("FUNCTIONS_DATABASE_URL", "INSERT INTO call (name) VALUES (:'name')", name=name)
            self.answer(200, file.read_text(encoding="utf-8"))
            return
        file.write_bytes(body)
        sql("MAIN_DATABASE_URL", "INSERT INTO function VALUES (:'name', :bytes) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes",
            name=name, bytes=len(body))
        self.answer(201, "stored\n")

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Nothing: the health check would fill the log."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container would ignore it
    for one, text in TABLES.items():
        sql(one, text)
    host, _, port = os.environ.get("BACKEND_ADDRESS", "127.0.0.1:8000").rpartition(":")
    print(f"listening on {host}:{port}", file=sys.stderr, flush=True)
    http.server.ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
