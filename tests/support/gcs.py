"""Google Cloud Storage for tests: fake-gcs-server, built from its Go module; servers.py explains its use as a program.

Differences from the service: it checks no credentials and no project, ignores `fields` and `ifGenerationMatch` of reads
and removals, answers only "Not Found" for a missing bucket, and treats a query of the state of a resumable upload
("bytes */*") as its end. The kind "resumable" is the same server behind `ResumableFront`, which handles these uploads
as the service does.
"""

import http.client
import http.server
import json
import re
import secrets
import threading
import urllib.parse

import pg
import servers

MODULE = ("github.com/fsouza/fake-gcs-server", "v1.56.1")
KINDS = ("fake-gcs-server", "resumable")
KEPT_UNIT = 256 << 10
PIECE = 64 << 10


def program(_kind=None):
    """The path of the server's program, built if it is missing. Raises ServerError."""
    return servers.go_program(*MODULE)


class GcsServer(servers.Server):
    """One server; see servers.Server."""

    scheme = "gs"

    def __init__(self, kind="fake-gcs-server", tls=False):
        self.program = program()
        self.kind = kind
        self.tls = tls
        self.program_port = None
        self.front = None
        if tls and kind == "resumable":
            raise servers.ServerError("no TLS before a ResumableFront")

    def command(self):
        """Its data are in memory, and are gone when it stops."""
        self.program_port = self.port
        if self.kind == "resumable":
            self.program_port = pg.free_port()
            self.front = self.front or ResumableFront(self.port)
            self.front.upstream_port = self.program_port
        argv = [self.program, "-backend", "memory", "-host", "127.0.0.1", "-port", str(self.program_port), "-log-level", "error"]
        if not self.tls:
            return argv + ["-scheme", "http"]
        certificate, key = servers.self_signed(self.folder)
        return argv + ["-scheme", "https", "-cert-location", certificate, "-private-key-location", key]

    def options(self):
        return {"endpoint": self.endpoint, "credentials": "anonymous", "project": "test"}

    def close(self):
        if self.front:
            self.front.close()
        super().close()


class ResumableFront:
    """An HTTP server in front of a fake-gcs-server. It collects resumable uploads and passes them on whole; it passes
    all else through. `guard`, if it is set, gets each request's method and header fields, and returns the status of a
    refusal, or None; it may wait."""

    guard = None

    def __init__(self, port):
        self.upstream_port = None
        self.uploads = {}
        self.server = FrontServer(("127.0.0.1", port), type("Handler", (FrontHandler,), {"front": self}))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def ask(self, method, path, body=b"", headers=None):
        """Sends one request to the fake server: status, header fields, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()


class FrontServer(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, *_):
        """A cut connection: expected in these tests."""


class Upload:
    """A resumable upload as the service handles it."""

    def __init__(self, path, query, description):
        self.path, self.query, self.description = path, query, description
        self.lock = threading.Lock()
        self.content = bytearray()
        self.answer = None

    def finish(self, front):
        boundary = secrets.token_hex(16)
        body = b"".join([b"--", boundary.encode(), b"\r\nContent-Type: application/json\r\n\r\n", self.description, b"\r\n--",
                         boundary.encode(), b"\r\nContent-Type: application/octet-stream\r\n\r\n", self.content, b"\r\n--",
                         boundary.encode(), b"--\r\n"])
        query = urllib.parse.urlencode({**self.query, "uploadType": "multipart"})
        status, _, answer = front.ask("POST", f"{self.path}?{query}", body, {"Content-Type": f"multipart/related; boundary={boundary}"})
        self.answer = (status, answer)


class WholeLines:
    """The input of a connection. A cut line is an error; http.server would accept it, with everything before it, as a
    request."""

    def __init__(self, file):
        self.file = file

    def readline(self, most=-1):
        line = self.file.readline(most)
        if not line.endswith(b"\n"):
            raise ConnectionError("cut")
        return line

    def __getattr__(self, name):
        return getattr(self.file, name)


class FrontHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    front = None

    def setup(self):
        super().setup()
        self.rfile = WholeLines(self.rfile)

    def log_message(self, *_):
        pass

    def pieces(self):
        """The request's body as it arrives; it ends early if its connection does."""
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            try:
                piece = self.rfile.read1(min(left, PIECE))
            except OSError:
                piece = b""
            if not piece:
                self.close_connection = True
                return
            left -= len(piece)
            yield piece

    def answer(self, status, body=b"", headers=()):
        try:
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", len(body))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def handle_any(self):
        path, _, text = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(text, keep_blank_values=True))
        refused = self.front.guard and self.front.guard(self.command, self.headers)
        if refused:
            b"".join(self.pieces())
            self.answer(refused, json.dumps({"error": {"code": refused, "message": "refused on purpose"}}).encode())
            return
        if "upload_id" in query:
            self.handle_upload(self.front.uploads.get(query["upload_id"]))
            return
        body = b"".join(self.pieces())
        if len(body) < int(self.headers.get("Content-Length") or 0):
            return  # cut: an upload in one request counts completely or not at all
        if query.get("uploadType") == "resumable":
            self.begin_upload(path, query, body)
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        status, headers, body = self.front.ask(self.command, self.path, body, headers)
        self.answer(status, body, headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_any

    def begin_upload(self, path, query, description):
        target = f"{path.removeprefix('/upload')}/{urllib.parse.quote(query['name'], safe='')}"
        if self.front.ask("GET", target)[0] == 200:
            self.answer(412, json.dumps({"error": {"code": 412, "errors": [{"reason": "conditionNotMet"}]}}).encode())
            return
        name = secrets.token_hex(16)
        self.front.uploads[name] = Upload(path, query, description)
        self.answer(200, b"", [("Location", f"http://{self.headers['Host']}{path}?uploadType=resumable&upload_id={name}")])

    def handle_upload(self, upload):
        if upload is None or self.command == "DELETE":
            b"".join(self.pieces())
            self.answer(499 if upload else 404)
            return
        with upload.lock:
            self.take_chunk(upload)
            if self.close_connection:
                return
            if upload.answer:
                self.answer(upload.answer[0], upload.answer[1], [("Content-Type", "application/json")])
            else:
                kept = len(upload.content)
                self.answer(308, b"", [("Range", f"bytes=0-{kept - 1}")] if kept else [])

    def take_chunk(self, upload):
        start, total = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", self.headers["Content-Range"]).groups()
        at = int(start) if start else 0
        for piece in self.pieces():
            new = piece[max(len(upload.content) - at, 0):] if at <= len(upload.content) else b""
            upload.content += new if upload.answer is None else b""
            at += len(piece)
        if total == "*" or len(upload.content) < int(total):
            del upload.content[len(upload.content) // KEPT_UNIT * KEPT_UNIT:]
        elif upload.answer is None:
            upload.finish(self.front)


if __name__ == "__main__":
    servers.main(KINDS, program, GcsServer)
