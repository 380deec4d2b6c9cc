"""A small SMTP server with STARTTLS, TLS from the start, and AUTH, whose mails a test can read."""

import base64
import pathlib
import socketserver
import ssl
import subprocess
import threading

KEY = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")


def make_certificate(folder, name="localhost"):
    """A new authority and a certificate of it for a name. Returns the authority's file and the server's, with its key."""
    folder = pathlib.Path(folder)
    authority, key, request, certificate = (folder / f"{name}.{part}" for part in ("ca.pem", "key", "csr", "pem"))
    authority_key, extensions = folder / f"{name}.ca.key", folder / f"{name}.ext"
    extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    run = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: E731
    run("req", "-x509", "-newkey", *KEY, "-nodes", "-keyout", authority_key, "-out", authority, "-subj", "/CN=test authority", "-days", "2")
    run("req", "-newkey", *KEY, "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    run("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", certificate)
    certificate.write_bytes(certificate.read_bytes() + key.read_bytes())
    return authority, certificate


class _Dialogue(socketserver.StreamRequestHandler):
    """One connection: RFC 5321 as far as a client needs it."""

    timeout = 30

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def encrypt(self):
        for file in (self.rfile, self.wfile):
            file.close()
        self.connection = self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

    def finish(self):
        self.connection.close()

    def handle(self):
        self.encrypted, self.user, self.mail = False, None, None
        try:
            if self.server.mode == "tls":
                self.encrypt()
                self.encrypted = True
            self.say("220 test ESMTP")
            while line := self.rfile.readline():
                if not self.answer(line.decode("latin-1").rstrip("\r\n")):
                    return
        except (ssl.SSLError, OSError) as error:
            self.server.broken.append(str(error))

    def answer(self, line):
        self.server.commands.append(line)
        word = line.split(" ")[0].upper()
        method = getattr(self, f"on_{word.lower()}", None)
        if method is None:
            self.say("500 unknown command")
            return True
        return method(line) is not False

    def on_ehlo(self, _):
        offers = ["test"]
        if self.server.mode == "starttls" and not self.encrypted:
            offers.append("STARTTLS")
        if self.server.password is not None and (self.encrypted or self.server.mode == "none"):
            offers.append("AUTH PLAIN LOGIN")
        for offer in offers[:-1]:
            self.say(f"250-{offer}")
        self.say(f"250 {offers[-1]}")

    def on_starttls(self, _):
        self.say("220 go on")
        self.encrypt()
        self.encrypted = True

    def on_auth(self, line):
        words = line.split(" ")
        if len(words) < 3:
            self.say("334 ")
            words.append(self.rfile.readline().decode().strip())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        if password != self.server.password:
            self.say("535 wrong")
            return
        self.user = user
        self.say("235 welcome")

    def on_mail(self, line):
        if self.server.password is not None and self.user is None:
            self.say("530 authenticate first")
            return
        self.mail = {"from": line[len("MAIL FROM:"):].split(" ")[0], "to": [], "encrypted": self.encrypted, "user": self.user}
        self.say("250 ok")

    def on_rcpt(self, line):
        if self.server.refused and self.server.refused in line:
            self.say("550 no such user")
            return
        self.mail["to"].append(line[len("RCPT TO:"):])
        self.say("250 ok")

    def on_data(self, _):
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        self.mail["data"] = b"".join(lines)
        self.server.mails.append(self.mail)
        self.say("250 taken")

    def on_quit(self, _):
        self.say("221 bye")
        return False

    def on_rset(self, _):
        self.say("250 ok")


class MailServer(socketserver.ThreadingTCPServer):
    """mode: starttls, tls or none. Without a password it wants no AUTH."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, certificate=None, mode="starttls", password=None, port=0):
        super().__init__(("127.0.0.1", port), _Dialogue)
        self.mode, self.password, self.refused = mode, password, None
        self.mails, self.commands, self.broken = [], [], []
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
