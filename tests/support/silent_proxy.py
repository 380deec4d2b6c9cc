"""A proxy to a server that falls silent: from some block of a client on, it accepts everything and answers nothing.

    with SilentProxy(server.port) as proxy:
        proxy.fall_silent(after=3)
"""

import select
import socket
import socketserver
import threading


class SilentProxy(socketserver.ThreadingTCPServer):
    """Listens on `port` of the loopback."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream):
        super().__init__(("127.0.0.1", 0), Connection)
        self.upstream = upstream
        self.port = self.server_address[1]
        self.blocks = 0  # from clients, so far
        self.last = None  # the block after which it is silent
        self.closed = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closed.set()
        self.shutdown()
        self.server_close()

    def fall_silent(self, after=0):
        """Passes `after` blocks more."""
        self.last = self.blocks + after

    def recover(self):
        """Passes new connections on again."""
        self.last = None

    def silent(self):
        return self.last is not None and self.blocks >= self.last


class Connection(socketserver.BaseRequestHandler):
    """Never closes one on which it is silent."""

    def handle(self):
        with socket.create_connection(("127.0.0.1", self.server.upstream)) as server:
            while not self.server.closed.is_set() and not self.server.silent():
                for ready in select.select([self.request, server], [], [], 0.05)[0]:
                    try:
                        block = ready.recv(1 << 16)
                        if not block:
                            return
                        if ready is self.request:
                            if self.server.silent():
                                break
                            self.server.blocks += 1
                            server.sendall(block)
                        else:
                            self.request.sendall(block)
                    except OSError:  # one of the two is gone
                        return
            self.server.closed.wait()
