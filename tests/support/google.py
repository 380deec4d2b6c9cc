"""The parts of Google Cloud that a job needs besides storage: a metadata server, which issues the tokens of its identity,
and the Cloud SQL Admin API before a real PostgreSQL.

The Admin API follows its reference (v1): instances.get, instances.export, instances.import, operations.get,
operations.list, operations.cancel. An operation is PENDING, RUNNING, then DONE, with `error.errors` if it failed; one runs
at a time on an instance. An export fails if its object exists. Exports are pg_dump's text, imports run in psql.

As a program, `google.py BUCKET…` starts a GCS server that asks for the tokens of a metadata server, makes the buckets,
prints both addresses as one line of shell assignments and serves until its standard input ends.
"""

import gzip
import http.server
import json
import re
import secrets
import sys
import threading
import time
import urllib.parse

import gcs
import pg


class JsonHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None

    def log_message(self, *_):
        pass

    def answer(self, status, document, headers=()):
        body = json.dumps(document).encode()
        try:
            self.send_response(status)
            for name, value in (*headers, ("Content-Type", "application/json"), ("Content-Length", len(body))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def refuse(self, status, reason, message, headers=()):
        self.answer(status, {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}, headers)

    def handle_any(self):
        self.world.handle(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    do_GET = do_POST = handle_any


class JsonServer:
    """An HTTP server on the loopback that answers with `handle`; gone after close()."""

    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (JsonHandler,), {"world": self}))
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class MetadataServer(JsonServer):
    """Issues tokens; `allows` tells whether a request has one."""

    def __init__(self):
        super().__init__()
        self.issued = []
        self.absent = False

    def handle(self, request, _body):
        if request.headers.get("Metadata-Flavor") != "Google" or not request.path.endswith("/service-accounts/default/token"):
            request.refuse(403, "forbidden", "not a request for a token")
        elif self.absent:
            request.refuse(404, "notFound", "no service account", [("Metadata-Flavor", "Google")])
        else:
            self.issued.append("ya29." + secrets.token_hex(16))
            request.answer(200, {"access_token": self.issued[-1], "expires_in": 3599, "token_type": "Bearer"}, [("Metadata-Flavor", "Google")])

    def allows(self, headers):
        return headers.get("Authorization", "").removeprefix("Bearer ") in self.issued


class Operation:
    def __init__(self, verb, context):
        self.name, self.verb, self.context = secrets.token_hex(8), verb, context
        self.status, self.errors, self.cancelled = "PENDING", [], False

    def document(self):
        said = {"kind": "sql#operation", "name": self.name, "operationType": self.verb.upper(), "status": self.status,
                f"{self.verb}Context": self.context, "startTime": time.strftime("%Y-%m-%dT%H:%M:%S.123Z", time.gmtime())}
        if self.errors:
            said["error"] = {"kind": "sql#operationErrors", "errors": self.errors}
        return said


class CloudSql(JsonServer):
    """`storage` is a gcs.ResumableFront, `server` a pg.PgServer. What follows are its faults, each for a test."""

    def __init__(self, server, storage, metadata):
        self.pg, self.storage, self.metadata = server, storage, metadata
        self.operations = []
        self.reset()
        super().__init__()

    def reset(self):
        self.state, self.version = "RUNNABLE", "POSTGRES_15"
        self.fails = None            # (code, message) of the next operations
        self.lost_answers = 0        # so many requests to begin an operation take effect, but are answered with 503
        self.busy = 0                # so many requests to begin an operation meet another one
        self.refused = None          # (status, reason, message) of all requests
        self.cut = False             # exports lack their end
        self.extra = b""             # statements at the beginning of exports
        self.unanswered = False      # operations begin without an answer as long as it is set
        self.held = threading.Event()  # operations wait until it is set
        self.held.set()

    def handle(self, request, body):
        path, _, query = request.path.partition("?")
        if not self.metadata.allows(request.headers):
            return request.refuse(401, "authError", "Invalid Credentials")
        if self.refused:
            return request.refuse(*self.refused)
        if found := re.fullmatch(r"/v1/projects/shop-project/instances/main(?:/(export|import))?", path):
            if request.command == "GET":
                return request.answer(200, {"kind": "sql#instance", "state": self.state, "databaseVersion": self.version, "name": "main"})
            return self.begin(request, found.group(1), json.loads(body))
        if path == "/v1/projects/shop-project/operations" and "instance=main" in query:
            return request.answer(200, {"kind": "sql#operationsList", "items": [each.document() for each in reversed(self.operations)]})
        if found := re.fullmatch(r"/v1/projects/shop-project/operations/(\w+)(/cancel)?", path):
            operation = next((each for each in self.operations if each.name == found.group(1)), None)
            if operation and found.group(2):
                operation.cancelled = True
                return request.answer(200, {})
            if operation:
                return request.answer(200, operation.document())
        return request.refuse(404, "instanceDoesNotExist", "The Cloud SQL instance does not exist.")

    def begin(self, request, verb, document):
        running = [each for each in self.operations if each.status != "DONE"]
        if self.busy or running:
            self.busy = max(self.busy - 1, 0)
            return request.refuse(409, "operationInProgress", "Operation failed because another operation was already in progress.")
        operation = Operation(verb, document[f"{verb}Context"])
        self.operations.append(operation)
        threading.Thread(target=self.carry_out, args=(operation,), daemon=True).start()
        while self.unanswered:
            time.sleep(0.02)
        if self.lost_answers:
            self.lost_answers -= 1
            return request.refuse(503, "backendError", "Service unavailable.")
        return request.answer(200, operation.document())

    def carry_out(self, operation):
        operation.status = "RUNNING"
        while not self.held.wait(0.02) and not operation.cancelled:
            pass
        try:
            if operation.cancelled:
                raise ValueError("CANCELLED", "The operation was cancelled.")
            if self.fails:
                raise ValueError(*self.fails)
            getattr(self, f"run_{operation.verb}")(operation.context)
        except ValueError as error:
            operation.errors = [{"kind": "sql#operationError", "code": error.args[0], "message": error.args[1]}]
        operation.status = "DONE"

    def run_export(self, context):
        assert context["fileType"] == "SQL" and len(context["databases"]) == 1 and context["uri"].endswith(".gz")
        bucket, name = context["uri"].removeprefix("gs://").split("/", 1)
        if self.storage.ask("GET", f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}")[0] == 200:
            raise ValueError("ERROR", "File already exists.")
        text = self.pg.run("pg_dump", "-d", self.pg.uri(context["databases"][0]), text=False)
        text = self.extra + text
        if self.cut:
            text = text[:text.rindex(b"-- PostgreSQL database dump complete")]
        self.storage.ask("POST", f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={urllib.parse.quote(name, safe='')}",
                         gzip.compress(text), {"Content-Type": "application/gzip"})

    def run_import(self, context):
        bucket, name = context["uri"].removeprefix("gs://").split("/", 1)
        packed = self.storage.ask("GET", f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media")[2]
        try:
            self.pg.run("psql", "-XqAt", "-vON_ERROR_STOP=1", "-d", self.pg.uri(context["database"]), input=gzip.decompress(packed), text=False)
        except pg.PgError as error:
            raise ValueError("ERROR_RDBMS", f"system failure: {error}") from error


def make_bucket(storage, name):
    storage.ask("POST", "/storage/v1/b?project=test", json.dumps({"name": name}).encode(), {"Content-Type": "application/json"})


def main():
    metadata = MetadataServer()
    with gcs.GcsServer("resumable") as server:
        for name in sys.argv[1:]:
            make_bucket(server.front, name)
        server.front.guard = lambda _method, headers: None if metadata.allows(headers) else 401
        print(f"GCS_ENDPOINT={server.endpoint} METADATA_HOST={metadata.endpoint}", flush=True)
        sys.stdin.read()
    metadata.close()


if __name__ == "__main__":
    main()
