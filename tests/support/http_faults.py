"""An HTTP proxy on the loopback that makes trouble: errors, resets and bursts of 503, before and after a request takes
effect.

    with TroubledProxy(server.port, seed) as proxy:
        ... proxy.port, proxy.counts
"""

import collections
import http.client
import random
import socket
import socketserver
import struct
import threading

FAULTS = {500: "InternalError", 503: "SlowDown"}


def fault(status):
    body = f"<Error><Code>{FAULTS[status]}</Code><Message>on purpose</Message></Error>".encode()
    return b"HTTP/1.1 %d Trouble\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % (status, len(body)), body


class TroubledProxy(socketserver.ThreadingTCPServer):
    """Answers a share `errors` of the requests with 500 or 503 and a share `resets` with a reset connection, half of
    each after the server has carried out the request. After each `burst_every` requests, answers the next `burst` with
    503."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream, seed, errors=0.10, resets=0.01, burst_every=60, burst=6):
        super().__init__(("127.0.0.1", 0), Connection)
        self.port = self.server_address[1]
        self.upstream = upstream
        self.counts = collections.Counter()
        self._random = random.Random(seed)
        self._errors, self._resets, self._burst_every, self._burst = errors, resets, burst_every, burst
        self._lock = threading.Lock()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *exc_info):
        self.shutdown()
        self.server_close()

    def fate(self, method):
        """The fate of the next request, and whether the server receives it."""
        with self._lock:
            self.counts.update(("requests", method))
            place = self.counts["requests"] % (self._burst_every + self._burst)
            drawn, heard = self._random.random(), self._random.random() < 0.5
            if place >= self._burst_every:
                fate, heard = "burst", False
            elif drawn < self._errors:
                fate = "error"
            elif drawn < self._errors + self._resets:
                fate = "reset"
            else:
                fate, heard = "passed", True
            self.counts[fate] += 1
            return fate, heard, self._random.choice(sorted(FAULTS))

    def shutdown_request(self, request):
        self.close_request(request)  # a shutdown would end the connection properly before the reset

    def handle_error(self, request, client_address):
        pass  # a client that disconnects is expected here


class Connection(socketserver.StreamRequestHandler):
    """One client, and its connection to the server."""

    disable_nagle_algorithm = True

    def handle(self):
        server = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        try:
            while self.pass_one(server):
                pass
        finally:
            server.close()

    def pass_one(self, server):
        line = self.rfile.readline()
        if not line.strip():
            return False
        method, target, _ = line.decode("latin-1").split(" ", 2)
        headers = {}
        while (field := self.rfile.readline().decode("latin-1").strip()):
            name, _, value = field.partition(":")
            headers[name.strip()] = value.strip()
        length = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
        body = self.rfile.read(length)
        fate, heard, status = self.server.fate(method)
        head, answer = fault(503 if fate == "burst" else status)
        if heard:
            try:
                server.request(method, target, body=body or None, headers=headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # it answered before it had received everything
            said = server.getresponse()
            content = said.read()
            if fate == "passed":
                fields = "".join(f"{name}: {value}\r\n" for name, value in said.getheaders() if name.lower() != "transfer-encoding")
                if method != "HEAD" and said.getheader("Content-Length") is None and said.status != 204:
                    fields += f"Content-Length: {len(content)}\r\n"
                head, answer = f"HTTP/1.1 {said.status} {said.reason}\r\n{fields}\r\n".encode("latin-1"), content
        if fate == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        self.wfile.write(head + (b"" if method == "HEAD" else answer))
        return True
