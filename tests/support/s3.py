"""S3 servers for tests: versitygw, which checks signatures, and gofakes3, an independent implementation. The kind
"below-path" is versitygw behind `PathFront`, at an endpoint with a path.

    with S3Server("versitygw", tls=True) as server:
        ... server.endpoint, server.access_key, server.secret_key, server.ca_file

Built from their Go modules; servers.py explains their use as programs.
"""

import hashlib
import hmac
import http.client
import http.server
import secrets
import threading

import pg
import servers

MODULES = {"versitygw": ("github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
           "gofakes3": ("github.com/johannesboyne/gofakes3/cmd/gofakes3", "v1.2.0")}
BELOW = "below-path"


def program(kind):
    """The path of a server's program, built if it is missing. Raises ServerError."""
    return servers.go_program(*MODULES["versitygw" if kind == BELOW else kind])


class S3Server(servers.Server):
    """One server; see servers.Server."""

    region = "us-east-1"
    scheme = "s3"

    def __init__(self, kind="versitygw", tls=False, versions=False):
        self.program = program(kind)
        self.kind = kind
        self.tls = tls
        self.versions = versions  # whether buckets can keep versions and lock objects (versitygw)
        self.access_key = "tester"
        self.secret_key = secrets.token_hex(16)
        self.ca_file = ""
        self.front = None
        if tls and kind == BELOW:
            raise servers.ServerError("no TLS before a PathFront")

    def command(self):
        if self.kind == BELOW:
            self.program_port = pg.free_port()
            self.front = self.front or PathFront(self.port, self.secret_key)
            self.front.upstream_port = self.program_port
        address = f"127.0.0.1:{self.program_port or self.port}"
        if self.kind == "gofakes3":
            return [self.program, "-backend", "memory", "-host", address, "-quiet"]
        self.data.mkdir(exist_ok=True)
        argv = [self.program, "--access", self.access_key, "--secret", self.secret_key, "--port", address, "--region", self.region, "--quiet"]
        if self.tls:
            certificate, key = servers.self_signed(self.folder)
            self.ca_file = str(certificate)
            argv += ["--cert", certificate, "--key", key]
        argv += ["posix"]
        if self.versions:
            old = self.folder / "versions"
            old.mkdir(exist_ok=True)
            argv += ["--versioning-dir", old]
        return argv + [self.data]

    def options(self):
        options = {"endpoint": self.endpoint + (PathFront.path if self.front else ""), "access_key_id": self.access_key, "secret_access_key": self.secret_key}
        return {**options, "ca_file": self.ca_file} if self.tls else options

    @property
    def data(self):
        """The folder in which versitygw keeps the buckets, as folders."""
        return self.folder / "data"

    def close(self):
        if self.front:
            self.front.close()
            self.front = None
        super().close()


class PathFront:
    """An HTTP server that serves an S3 server's buckets below a path. It checks the signature of the whole path, takes the
    path away and signs the rest."""

    path = "/storage/v1/s3"

    def __init__(self, port, secret_key):
        self.secret_key = secret_key
        self.upstream_port = None
        handler = type("Handler", (PathHandler,), {"front": self})
        self.server = type("Server", (http.server.ThreadingHTTPServer,), {"request_queue_size": 64})(("127.0.0.1", port), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def signature(self, request, path, query):
        """The signature of the request as if its path were `path`, by the header fields and the scope that it names itself."""
        words = dict(word.split("=", 1) for word in request.headers["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(","))
        scope = words["Credential"].split("/", 1)[1]
        names = words["SignedHeaders"].split(";")
        canonical = "\n".join([request.command, path, query, *(f"{name}:{request.headers[name]}" for name in names), "",
                               words["SignedHeaders"], request.headers["x-amz-content-sha256"]])
        to_sign = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret_key).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return words["Signature"], hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()


class PathHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    front = None

    def log_message(self, *_):
        pass

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        given, right = self.front.signature(self, path, query)
        if not path.startswith(self.front.path + "/") or given != right:
            self.answer(403, [], b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
            return
        rest = path.removeprefix(self.front.path)
        headers = dict(self.headers.items())
        headers["authorization"] = headers.pop("authorization").replace(given, self.front.signature(self, rest, query)[1])
        connection = http.client.HTTPConnection("127.0.0.1", self.front.upstream_port, timeout=60)
        try:
            connection.request(self.command, rest + ("?" + query if query else ""), body, headers)
            reply = connection.getresponse()
            self.answer(reply.status, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def answer(self, status, headers, body):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding", "content-length") or (name == "Content-Length" and self.command == "HEAD"):
                self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = handle_request  # pylint: disable=invalid-name


if __name__ == "__main__":
    servers.main((*MODULES, BELOW), program, S3Server)
