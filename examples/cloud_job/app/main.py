"""The application whose database the job backs up: it takes orders and counts them. DATABASE_URL names the database; a
lost connection is made again by the next request, so it goes on after a restore."""

import http.server
import json
import os
import signal
import sys

import psycopg2

TABLE = "CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, item text NOT NULL)"


def ask(sql, *values):
    """Runs one statement in a connection of its own; returns its rows."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=5)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(TABLE)
            cursor.execute(sql, values)
            return cursor.fetchall()
    finally:
        connection.close()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def attempt(self, sql, *values):
        try:
            self.answer(200, {"result": ask(sql, *values)[0][0]})
        except psycopg2.Error:
            self.answer(503, {"error": "the database does not answer"})

    def do_GET(self):
        if self.path == "/healthz":
            self.attempt("SELECT 'ok'")
        elif self.path == "/orders":
            self.attempt("SELECT count(*) FROM orders")
        else:
            self.answer(404, {"error": "there are /healthz and /orders"})

    def do_POST(self):
        item = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1000)).decode(errors="replace")
        if self.path != "/orders" or not item:
            self.answer(404, {"error": "POST an item to /orders"})
        else:
            self.attempt("INSERT INTO orders (item) VALUES (%s) RETURNING id", item)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container would ignore it
    http.server.ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler).serve_forever()
