"""`holdfast notify test` with receivers that are real: an HTTPS server that checks the signature with Python's hmac, and an
SMTP server with STARTTLS, TLS and AUTH. Certificates are checked, and hostile values add no header, command or mail."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import pathlib
import re
import shutil
import ssl
import tempfile
import threading
import unittest

import harness
import pg
from holdfast import FAILED, OK, USAGE, Holdfast, raw_key
from mail_server import MailServer, make_certificate
from soak import Clock

HOSTILE = "x\r\nBcc: victim@example.org\r\n\r\n.\r\nMAIL FROM:<x@example.org>\r\n=?utf-8?B?SGk=?= {{message}} $(id) ü🎉"


class NotifyCase(unittest.TestCase):
    """A folder with secrets in files, and two authorities."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("openssl"):
            raise unittest.SkipTest("no openssl here")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfnotify."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority, cls.certificate = make_certificate(cls.folder)
        cls.stranger, _ = make_certificate(cls.folder, "elsewhere")
        cls.holdfast = Holdfast()

    def secret(self, value):
        file = self.folder / "secret"
        file.write_text(value + "\n")
        return file

    def send(self, kind, *arguments, **options):
        pairs = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return self.holdfast("notify", "test", kind, *pairs, *arguments)


class Mail(NotifyCase):
    """The channel `email`."""

    def mail(self, server, *arguments, **options):
        settings = {"host": "localhost", "port": server.port, "from": "backup@example.org", "to": "ops@example.org", "tls": server.mode, "timeout": "20s"}
        if server.mode != "none":
            settings["ca_file"] = self.authority
        return self.send("email", *arguments, **{**settings, **options})

    def test_a_mail_goes_encrypted_and_authenticated(self):
        for mode in ("starttls", "tls"):
            with self.subTest(mode), MailServer(self.certificate, mode, "s3cret") as server:
                self.mail(server, "--option-file", f"password={self.secret('s3cret')}", user="me", to="ops@example.org,dba@example.org").expect(OK)
                (mail,) = server.mails
                self.assertEqual((mail["encrypted"], mail["user"]), (True, "me"))
                self.assertEqual((mail["from"], mail["to"]), ("<backup@example.org>", ["<ops@example.org>", "<dba@example.org>"]))

    def test_a_wrong_password_is_named_and_never_shown(self):
        with MailServer(self.certificate, "starttls", "s3cret") as server:
            said = self.mail(server, "--option-file", f"password={self.secret('wr0ng')}", user="me").expect(FAILED)
            self.assertIn("user and password", said.stderr)
            self.assertNotIn("wr0ng", said.stderr + said.stdout)
            self.assertEqual(server.mails, [])

    def test_a_server_that_is_not_known_gets_neither_password_nor_mail(self):
        for mode in ("starttls", "tls"):
            with self.subTest(mode), MailServer(self.certificate, mode, "s3cret") as server:
                said = self.mail(server, "--option-file", f"password={self.secret('s3cret')}", user="me", ca_file=self.stranger).expect(FAILED)
                self.assertIn("certificate", said.stderr)
                self.assertFalse([line for line in server.commands if line.startswith(("AUTH", "MAIL"))])

    def test_a_server_without_starttls_gets_nothing(self):
        with MailServer(mode="none") as server:
            self.mail(server, tls="starttls").expect(FAILED)
            self.assertFalse([line for line in server.commands if line.startswith("MAIL")])
            self.mail(server).expect(OK)
            said = self.mail(server, "--option-file", f"password={self.secret('s3cret')}", user="me").expect(USAGE)
            self.assertIn("unencrypted", said.stderr)

    def test_hostile_values_are_text_of_one_mail(self):
        with MailServer(mode="none") as server:
            self.mail(server, "--title", HOSTILE, "--message", HOSTILE, "--series", HOSTILE).expect(OK)
            (mail,) = server.mails
            self.assertEqual([line.split(" ")[0] for line in server.commands], ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
            parsed = email.message_from_bytes(mail["data"], policy=email.policy.default)
            self.assertEqual(parsed["To"], "ops@example.org")
            self.assertNotIn("Bcc", parsed)
            self.assertEqual(parsed["Subject"], HOSTILE.replace("\r", " ").replace("\n", " "))
            self.assertIn("MAIL FROM:<x@example.org>", parsed.get_content())
            self.assertIn("{{message}} $(id) ü🎉", parsed.get_content())

    def test_a_refused_recipient_is_an_error(self):
        with MailServer(mode="none") as server:
            server.refused = "gone@"
            self.mail(server, to="ops@example.org,gone@example.org").expect(FAILED)
            self.assertEqual(server.mails, [])


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes what is signed with the key, as Standard Webhooks describe it."""

    key = b"k" * 32

    def do_POST(self):  # noqa: N802
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = b".".join([self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), body])
        expected = "v1," + base64.b64encode(hmac.new(self.key, signed, hashlib.sha256).digest()).decode()
        fine = hmac.compare_digest(expected, self.headers["webhook-signature"] or "")
        if fine:
            self.server.taken.append(json.loads(body))
        self.send_response(204 if fine else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


def receive(case, port=0):
    """A server with the case's certificate, which lasts as long as the case."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.taken = []
    server.handle_error = lambda *_: None  # of clients that end the connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(case.certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    case.addCleanup(server.server_close)
    case.addCleanup(server.shutdown)
    return server


class Webhook(NotifyCase):
    """The channel `webhook`, over TLS."""

    def setUp(self):
        self.server = receive(self)
        self.url = f"https://localhost:{self.server.server_port}/T0KEN"

    def webhook(self, key, *arguments, ca_file=None):
        return self.send("webhook", "--option-file", f"signing_key={self.secret(key)}", *arguments, url=self.url, ca_file=ca_file or self.authority, timeout="20s")

    def test_a_receiver_can_check_the_signature(self):
        key = "whsec_" + base64.b64encode(Receiver.key).decode()
        self.webhook(key, "--title", HOSTILE, "--message", HOSTILE).expect(OK)
        (taken,) = self.server.taken
        self.assertEqual(taken["notices"][0]["event"], "test")
        self.assertEqual(taken["title"], HOSTILE.replace("\r", " ").replace("\n", " "))

    def test_a_wrong_key_is_refused_and_no_token_is_shown(self):
        said = self.webhook("other").expect(FAILED)
        self.assertIn("status 401", said.stderr)
        self.assertNotIn("T0KEN", said.stderr)

    def test_a_server_that_is_not_known_gets_nothing(self):
        said = self.webhook("k" * 32, ca_file=self.stranger).expect(FAILED)
        self.assertIn("certificate", said.stderr)
        self.assertNotIn("T0KEN", said.stderr)
        self.assertEqual(self.server.taken, [])

    def test_a_receiver_of_an_audit_anchor_can_check_the_signature_and_keeps_what_verify_needs(self):
        audited = Holdfast(self.folder / "audited", key=raw_key())
        audited("init").expect(OK)
        audited("audit", "set", "best_effort").expect(OK)
        secret = f"signing_key={self.secret(Receiver.key.decode())}"
        audited("audit", "anchor", "--send", "webhook", "--option", f"url={self.url}", "--option", f"ca_file={self.authority}", "--option-file", secret).expect(OK)
        (taken,) = self.server.taken
        self.assertEqual((taken["type"], taken["record"], len(taken["sha256"])), ("audit_anchor", "1", 64))
        anchor = self.folder / "anchor"
        anchor.write_text(taken["anchor"])
        audited("audit", "verify", "--anchor", anchor).expect(OK)
        wrong = audited("audit", "anchor", "--send", "webhook", "--option", f"url={self.url}", "--option", f"ca_file={self.authority}", "--option-file",
                        f"signing_key={self.secret('other')}").expect(FAILED)
        self.assertIn("status 401", wrong.stderr)
        self.assertNotIn("T0KEN", wrong.stderr)


class Outage(NotifyCase):
    """A job that fails while nobody listens, by a clock that an hour passes on."""

    def test_receivers_that_are_down_for_an_hour_get_all_notices_afterwards_once_and_in_order(self):
        try:
            clock = Clock(self.folder)
        except LookupError as error:
            self.skipTest(str(error))
        ports = {"web": pg.free_port(), "mail": pg.free_port()}
        for name, text in {"url": f"https://localhost:{ports['web']}/T0KEN", "signing": "k" * 32, "password": "s3cret"}.items():
            (self.folder / name).write_text(text)
        web = {"kind": "webhook", "url": f"file:{self.folder}/url", "options": {"ca_file": str(self.authority)},
               "secret_options": {"signing_key": f"file:{self.folder}/signing"}}
        mail = {"kind": "email", "options": {"host": "localhost", "port": str(ports["mail"]), "from": "backup@example.org", "to": "ops@example.org",
                                             "user": "me", "ca_file": str(self.authority)}, "secret_options": {"password": f"file:{self.folder}/password"}}
        key = raw_key()
        Holdfast(self.folder / "r", key=key)("init").expect(OK)
        told = [{"channel": name, "events": ["failed"]} for name in ("web", "mail")]
        file = self.folder / "jobs.yaml"
        file.write_text(json.dumps({
            "version": 1, "state": str(self.folder / "state"), "repositories": {"main": {"uri": str(self.folder / "r"), "key": f"file:{key}"}},
            "channels": {"web": web, "mail": mail},
            "jobs": {"shop": {"repository": "main", "sources": [{"uri": f"dir://{self.folder}/absent"}], "notifications": told}}}))
        later = Holdfast(environment=clock.environment)
        runs = []
        for minute in (0, 20, 40, 60):
            clock.jump(60 * minute)
            runs.append(later("job", "run", file, "shop", "--json").expect(FAILED).json["id"])
        server = receive(self, ports["web"])
        with MailServer(self.certificate, "starttls", "s3cret", ports["mail"]) as mails:
            clock.jump(60 * 75)
            later("notify", "deliver", file).expect(OK)
            later("notify", "deliver", file).expect(OK)
        notices = [notice for message in server.taken for notice in message["notices"]]
        self.assertEqual([notice["facts"]["run"] for notice in notices], runs)
        sent = [email.message_from_bytes(each["data"], policy=email.policy.default).get_content() for each in mails.mails]
        self.assertEqual(re.findall(r"(?m)^run: (\w+)", "".join(sent)), runs)
        self.assertTrue(all(each["encrypted"] and each["user"] == "me" for each in mails.mails))


class Usage(NotifyCase):
    """Mistakes are named before anything is sent."""

    def test_wrong_options_are_named(self):
        self.assertIn("webhook, slack", self.send("pager").expect(USAGE).stderr)
        self.assertIn("option url", self.send("slack").expect(USAGE).stderr)
        self.assertNotIn("T0KEN", self.send("slack", url="ftp://T0KEN").expect(USAGE).stderr)
        self.assertIn("leave one out", self.send("slack", "--option-file", f"url={self.secret('x')}", url="https://x").expect(USAGE).stderr)
        self.assertIn("signing_key", self.holdfast("notify", "test", "--help").expect(OK).stdout)


if __name__ == "__main__":
    harness.main()
