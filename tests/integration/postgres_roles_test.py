"""Restores under other roles: renamed by --role-map, without grants, and by roles that have only CREATEDB, or CREATEDB and
CREATEROLE. Rows always come; what the role may not bring is named."""


import harness
from holdfast import FAILED, OK, USAGE, WARNINGS
from postgres_case import PostgresCase

ODD = 'Odd "name", of'
SCHEMA = f"""
CREATE ROLE app; CREATE ROLE reader; CREATE ROLE "{ODD.replace('"', '""')}"; GRANT app TO reader;
CREATE SCHEMA s AUTHORIZATION app; CREATE TABLE s.t (n int, "to" text); INSERT INTO s.t SELECT n, 'x' FROM generate_series(1, 10) n;
ALTER TABLE s.t OWNER TO app; GRANT SELECT ON s.t TO reader WITH GRANT OPTION; GRANT UPDATE (n) ON s.t TO PUBLIC;
GRANT SELECT ON s.t TO "{ODD.replace('"', '""')}"; SET ROLE reader; GRANT SELECT ON s.t TO app; RESET ROLE;
CREATE TABLE s."a TO reader" (n int); GRANT SELECT ON s."a TO reader" TO app;
ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON s.t TO reader, app USING ("to" IN (SELECT current_user FROM s."a TO reader"));
ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA s GRANT SELECT ON TABLES TO reader;
CREATE FOREIGN DATA WRAPPER far; CREATE SERVER there FOREIGN DATA WRAPPER far; CREATE USER MAPPING FOR app SERVER there OPTIONS (user 'app');
CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION s.f() TO reader;
CREATE MATERIALIZED VIEW s.m AS SELECT count(*) AS n FROM s.t; ALTER MATERIALIZED VIEW s.m OWNER TO app;
SELECT lo_from_bytea(77, 'x'); ALTER LARGE OBJECT 77 OWNER TO app; GRANT SELECT ON LARGE OBJECT 77 TO reader WITH GRANT OPTION;
ALTER DATABASE shop OWNER TO app; REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO reader;
ALTER ROLE app IN DATABASE shop SET search_path = app, reader, s;
"""
NAMED = """SELECT string_agg(r, ' ' ORDER BY r) FROM (SELECT DISTINCT rolname AS r FROM pg_roles WHERE oid IN (
  SELECT refobjid FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND (dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    OR objid = (SELECT oid FROM pg_database WHERE datname = current_database()))) OR oid IN (SELECT umuser FROM pg_user_mapping)
  OR oid IN (SELECT unnest(polroles) FROM pg_policy)) named"""


class Roles(PostgresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_db("shop")
        cls.server.psql(SCHEMA, db="shop")
        cls.holdfast("backup", cls.server.uri("shop")).expect(OK)

    def restore(self, db, *arguments, user="postgres"):
        return self.holdfast("restore", "latest", self.server.uri(db, user=user), "--json", *arguments)

    def test_mapped_roles_are_renamed_wherever_a_definition_names_them(self):
        self.server.psql("CREATE ROLE app_test; CREATE ROLE \"reader, of; tests\"; CREATE ROLE odd_test; GRANT app_test TO \"reader, of; tests\"")
        self.restore("mapped", "--role-map", "app=app_test", "--role-map", "reader=reader, of; tests", "--role-map", f"{ODD}=odd_test").expect(OK)
        self.assertEqual(self.server.psql(NAMED, db="mapped"), "app_test odd_test reader, of; tests")
        settings = self.server.psql("SELECT setrole::regrole, setconfig FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase "
                                    "WHERE datname = 'mapped'")
        self.assertEqual(settings, 'app_test|{"search_path=app, reader, s"}')
        grants = "SELECT grantee::regrole, privilege_type, is_grantable FROM pg_largeobject_metadata, aclexplode(lomacl) ORDER BY 1, 2"
        self.assertEqual(self.server.psql(grants, db="mapped"),
                         self.server.psql(grants, db="shop").replace("app|", "app_test|").replace("reader|", '"reader, of; tests"|'))
        policy = self.server.psql("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy", db="mapped")
        self.assertEqual(policy, self.server.psql("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy", db="shop"))
        self.assertEqual(self.server.psql("SELECT n FROM s.m", db="mapped"), "10")
        self.assert_proved_only_with_the_map()

    def assert_proved_only_with_the_map(self):
        def proof(*options):
            result = self.holdfast("verify", "latest", "--level", "restore", "--restored", self.server.uri("mapped"), "--json", *options)
            return result.exit, result.json["reports"][0]["proof"]

        odd = ODD.replace('"', '""')
        roles = ("-o", f'role_map=app=app_test,reader="reader, of; tests", "{odd}"=odd_test')
        code, found = proof(*roles)
        self.assertEqual((code, found["level"], found["faults"]), (WARNINGS, "content-equal", []))
        self.assertIn("owners and grants of large objects were not compared", "".join(found["warnings"]))
        self.assertIn("SCHEMA s", [fault["object"] for fault in proof()[1]["faults"]])
        self.server.psql("ALTER TABLE s.t OWNER TO odd_test", db="mapped")
        changed = {fault["object"] for fault in proof(*roles)[1]["faults"]}  # its owner's grants and policies with it
        self.assertEqual({each for each in changed if "s.TABLE t" not in each and "s.t" not in each.split(" ")}, {"ACL s.COLUMN t.n"})
        self.assertIn("TABLE s.t", changed)
        self.assertEqual(self.holdfast("verify", "latest", "--level", "restore", *roles).exit, USAGE)
        self.assertEqual(self.holdfast("verify", "latest", "--level", "restore", "--restored", self.server.uri("mapped"), "-o", "role_map=app").exit, USAGE)

    def test_a_map_that_cannot_hold_is_refused_before_anything_is_made(self):
        for mapping, code in ((("app=nobody_here",), FAILED), (("app=reader", "reader=app"), USAGE), (("app",), USAGE)):
            with self.subTest(mapping):
                arguments = [word for pair in mapping for word in ("--role-map", pair)]
                self.restore("refused", *arguments).expect(code)
                self.assertEqual(self.server.psql("SELECT count(*) FROM pg_database WHERE datname = 'refused'"), "0")

    def test_without_privileges_owners_come_and_grants_do_not(self):
        self.restore("plain", "--no-privileges").expect(OK)
        self.assertEqual(self.server.psql("SELECT tableowner FROM pg_tables WHERE tablename = 't'", db="plain"), "app")
        acl = """SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relacl IS NOT NULL AND nspname = 's')
          + (SELECT count(*) FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384) + (SELECT count(*) FROM pg_default_acl)
          + (SELECT count(*) FROM pg_proc WHERE proacl IS NOT NULL AND proname = 'f')
          + (SELECT count(*) FROM pg_largeobject_metadata WHERE lomacl IS NOT NULL)
          + (SELECT count(*) FROM pg_database WHERE datname = current_database() AND datacl IS NOT NULL)"""
        self.assertEqual((self.server.psql(acl, db="plain"), self.server.psql(acl, db="shop")), ("0", "7"))
        self.assertEqual(self.server.psql("SELECT (SELECT count(*) FROM s.t), (SELECT n FROM s.m)", db="plain"), "10|10")

    def test_a_role_with_createdb_brings_the_rows_and_names_what_it_may_not(self):
        self.server.psql("CREATE ROLE creator LOGIN CREATEDB; CREATE ROLE maker LOGIN CREATEDB CREATEROLE")
        for user in ("creator", "maker"):
            with self.subTest(user):
                result = self.restore(f"by_{user}", user=user).expect(OK, WARNINGS)
                self.assertEqual(self.server.psql("SELECT count(*) FROM s.t", db=f"by_{user}"), "10")
                left_out = [each["object"] for each in result.json["restore"]["left_out"]]
                self.assertIn("FOREIGN DATA WRAPPER far", left_out)  # only a superuser may make one
                plain = self.restore(f"plain_{user}", "--no-owner", user=user).expect(WARNINGS)
                self.assertEqual({each["object"].split()[0] for each in plain.json["restore"]["left_out"]}, {"FOREIGN", "SERVER", "USER"})
                self.assertEqual(self.server.psql("SELECT (SELECT count(*) FROM s.t), (SELECT n FROM s.m)", db=f"plain_{user}"), "10|10")


if __name__ == "__main__":
    harness.main()
