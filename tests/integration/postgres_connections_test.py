"""All of libpq's ways to name a server work: TLS that checks the host, a service file, a password file, several hosts.
The client programs get the same, and no password is kept."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import harness
import pg
import servers
from holdfast import FAILED, OK, Holdfast


class Connections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require_postgres()
        if not shutil.which("openssl"):
            raise unittest.SkipTest("no openssl here to make a certificate with")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcon."))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.certificate, key = servers.self_signed(cls.folder)  # for 127.0.0.1, and for no other name
        cls.folder.chmod(0o755)
        if owner := pg.unprivileged_user():
            shutil.chown(key, *owner)
        cls.server = pg.PgServer(tcp=True, settings={"ssl": "on", "ssl_cert_file": cls.certificate, "ssl_key_file": key})
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_db("shop")
        cls.server.psql("CREATE TABLE t AS SELECT n, md5(n::text) AS text FROM generate_series(1, 1000) n", db="shop")
        cls.repository = cls.folder / "repository"
        Holdfast(cls.repository)("init", "--layout", "plain", "--no-encryption").expect(OK)

    def test_a_warning_of_the_login_is_not_printed(self):
        self.server.create_db("warns")
        self.addCleanup(self.server.drop_db, "warns")
        self.server.psql("ALTER DATABASE warns SET default_text_search_config = 'gone'")
        result = self.holdfast("backup", self.server.uri("warns")).expect(OK)
        self.assertNotIn("WARNING:", result.stderr)

    def holdfast(self, *arguments, **environment):
        return Holdfast(self.repository, environment={name: str(value) for name, value in environment.items()})(*arguments)

    def address(self, host="127.0.0.1", db="shop", **parameters):
        return f"postgresql://postgres@{host}/{db}?{urllib.parse.urlencode(parameters)}"

    def here(self):
        return f"127.0.0.1:{self.server.port}"

    def verified(self):
        return {"sslmode": "verify-full", "sslrootcert": self.certificate}

    def password_file(self):
        path = self.folder / "pgpass"
        path.write_text(f"*:*:*:postgres:{self.server.password}\n")
        path.chmod(0o600)
        return path

    def assert_backed_up(self, result):
        self.assertIn("1 table, 1,000 rows", result.expect(OK).stdout)
        found = subprocess.run(["grep", "-r", "-l", self.server.password, self.repository], capture_output=True, text=True, check=False)
        self.assertEqual(found.stdout, "", "the password is in the repository")

    def test_tls_that_checks_the_host_is_kept_by_all_connections(self):
        self.assert_backed_up(self.holdfast("backup", self.address(self.here(), **self.verified()), PGPASSFILE=self.password_file()))

    def test_a_certificate_of_another_host_or_authority_is_refused_in_one_line(self):
        another, _ = servers.self_signed(pathlib.Path(tempfile.mkdtemp(dir=self.folder)))
        for host, root, why in ((f"localhost:{self.server.port}", self.certificate, 'does not match host name "localhost"'),
                                (self.here(), another, "certificate verify failed")):
            with self.subTest(host):
                uri = self.address(host, sslmode="verify-full", sslrootcert=root)
                result = self.holdfast("backup", uri, PGPASSWORD=self.server.password).expect(FAILED)
                self.assertIn(why, result.error_line)
                self.assertNotIn(self.server.password, result.stderr)

    def test_a_service_file_names_server_database_and_password(self):
        service = self.folder / "services.conf"
        service.write_text(f"[the shop]\nhost=127.0.0.1\nport={self.server.port}\ndbname=shop\nuser=postgres\npassword={self.server.password}\n"
                           f"sslmode=verify-full\nsslrootcert={self.certificate}\n")
        self.assert_backed_up(self.holdfast("backup", "postgresql:///?service=the%20shop", PGSERVICEFILE=service))

    def test_the_role_of_pgoptions_holds_for_all_connections(self):
        self.server.psql("""CREATE ROLE holder; CREATE ROLE clerk LOGIN PASSWORD 'clerk' NOINHERIT; GRANT holder TO clerk;
          GRANT SELECT ON t TO holder""", db="shop")
        uri = f"postgresql://clerk@{self.here()}/shop"
        self.holdfast("backup", uri, PGPASSWORD="clerk").expect(FAILED)
        self.assert_backed_up(self.holdfast("backup", uri, PGPASSWORD="clerk", PGOPTIONS="-c role=holder"))
        self.server.psql("ALTER DATABASE shop SET quote_all_identifiers = on; ALTER DATABASE shop SET statement_timeout = '1ms'")
        self.addCleanup(self.server.psql, "ALTER DATABASE shop RESET ALL")
        self.assert_backed_up(self.holdfast("backup", uri, PGPASSWORD="clerk", PGOPTIONS="-c role=holder"))
        self.assert_backed_up(self.holdfast("backup", uri + "?options=-c%20role%3Dholder", PGPASSWORD="clerk"))

    def test_of_several_hosts_the_first_that_answers_is_taken_by_backup_and_restore(self):
        nobody = f"127.0.0.1:{pg.free_port()}"
        hosts, wanted = f"{nobody},{self.here()}", {"target_session_attrs": "read-write", **self.verified()}
        self.assert_backed_up(self.holdfast("backup", self.address(hosts, **wanted), PGPASSFILE=self.password_file()))
        self.holdfast("restore", "latest", self.address(hosts, "copy", **wanted), PGPASSFILE=self.password_file()).expect(OK)
        self.assertEqual(self.server.psql("SELECT count(*) FROM t", db="copy").strip(), "1000")
        result = self.holdfast("backup", self.address(nobody), PGPASSFILE=self.password_file()).expect(FAILED)
        self.assertIn("Connection refused", result.error_line)


if __name__ == "__main__":
    harness.main()
