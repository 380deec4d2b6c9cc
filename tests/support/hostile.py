"""A hostile database: code of its users tries, wherever the server evaluates it, to run programs, read files and take
rights that they lack.

Every case of hostile_cases.py is one place where PostgreSQL evaluates such code. All of them call mallory.fire('NAME of
the case'), which first undoes SET ROLE and similar limits and then tries everything, each attempt by itself, so that it
never makes its caller fail. Its traces are found by `Canary` (files), `Listeners` (connections) and `gained` (roles and
the objects of another user).
"""

import os
import pathlib
import re
import secrets
import shutil
import socket
import tempfile
import threading

FIRE = """
CREATE OR REPLACE FUNCTION mallory.fire(place text) RETURNS boolean LANGUAGE plpgsql
  SET search_path = pg_catalog SET lock_timeout = '50ms' AS $fire$
DECLARE guard text := 'hostile.' || place; saw text; file text; object oid; ran boolean := false;
BEGIN
  IF coalesce(current_setting(guard, true), '') <> '' THEN RETURN true; END IF;
  PERFORM set_config(guard, 'busy', false);
  BEGIN RESET SESSION AUTHORIZATION; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN SET SESSION AUTHORIZATION DEFAULT; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN RESET ROLE; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN SET ROLE NONE; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN
    EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format($sh$cat > /dev/null; umask 0; file='{folder}/%s.program'; id -un > $file;
      cat /proc/[0-9]*/environ 2> /dev/null | tr '\\0' '\\n' | grep -a {marker} >> $file;
      cat {secret} 2> /dev/null >> $file; true$sh$, place));
    ran := true;
  EXCEPTION WHEN OTHERS THEN NULL; END;
  FOREACH file IN ARRAY ARRAY['{secret}', '/proc/self/environ', '/proc/1/environ'] LOOP
    BEGIN saw := concat(saw, encode(pg_read_binary_file(file), 'escape')); EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP;
  IF saw ~ '{marker}' THEN
    RAISE WARNING 'hostile code of % read %', place, substring(saw FROM '{marker}[-a-z]*');
    BEGIN EXECUTE format('COPY (SELECT %L) TO %L', saw, '{folder}/' || place || '.read'); EXCEPTION WHEN OTHERS THEN NULL; END;
  END IF;
  BEGIN EXECUTE format('COPY (SELECT 1) TO %L', '{folder}/' || place || '.written'); ran := true; EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN
    object := lo_from_bytea(0, 'x');
    PERFORM lo_export(object, '{folder}/' || place || '.exported');
    PERFORM lo_unlink(object);
  EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE format('CREATE ROLE %I SUPERUSER', 'escaped_' || place); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE format('CREATE ROLE %I', 'escaped_' || place); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN EXECUTE format('GRANT pg_execute_server_program TO %I', 'escaped_' || place); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN INSERT INTO victim.ledger VALUES ('stolen by ' || place); EXCEPTION WHEN OTHERS THEN NULL; END;
  BEGIN
    IF to_regprocedure('victim.honest()') IS NOT NULL THEN  -- else the restore could not make it
      EXECUTE format('CREATE OR REPLACE FUNCTION victim.honest() RETURNS text LANGUAGE sql AS %L',
                     format('SELECT %L', 'stolen by ' || place));
    END IF;
  EXCEPTION WHEN OTHERS THEN NULL; END;
  PERFORM set_config(guard, CASE WHEN ran THEN 'done' ELSE '' END, false);
  RETURN true;
END $fire$;
"""

# While the source is being filled, nothing fires.
DISARMED = """
CREATE FUNCTION mallory.fire(place text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog SET lock_timeout = '50ms' AS
'BEGIN RETURN true; END';
"""

ROLES = """
CREATE ROLE mallory LOGIN; CREATE ROLE victim LOGIN;
"""

# Her own settings, which apply to every session that logs in as her.
SETTINGS = """
ALTER ROLE mallory SET statement_timeout = '1ms'; ALTER ROLE mallory SET default_transaction_read_only = on;
ALTER ROLE mallory SET search_path = mallory, public; ALTER ROLE mallory SET row_security = off;
ALTER ROLE mallory SET local_preload_libraries = 'no_such_library';
"""

SCENE = """
CREATE SCHEMA mallory AUTHORIZATION mallory; CREATE SCHEMA victim AUTHORIZATION victim;
GRANT USAGE ON SCHEMA mallory TO PUBLIC;
SET SESSION AUTHORIZATION victim;
CREATE TABLE victim.ledger (entry text);
INSERT INTO victim.ledger VALUES ('honest');
CREATE FUNCTION victim.honest() RETURNS text LANGUAGE sql AS 'SELECT ''honest''';
SET SESSION AUTHORIZATION mallory;
"""

# The meaning of @f, @t … in the SQL of a case; created if the case uses them.
HELPERS = {
    "f": ("mallory.f_{}", "FUNCTION mallory.f_{}(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
          "$$BEGIN PERFORM mallory.fire('{}'); RETURN $1; END$$"),
    "t": ("mallory.t_{}", "FUNCTION mallory.t_{}() RETURNS trigger LANGUAGE plpgsql AS "
          "$$BEGIN PERFORM mallory.fire('{}'); RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END$$"),
    "e": ("mallory.e_{}", "FUNCTION mallory.e_{}() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN PERFORM mallory.fire('{}'); END$$"),
    "d": ("mallory.d_{}", "DOMAIN mallory.d_{} AS int CHECK (mallory.f_{}(VALUE) = VALUE)"),
    "c": ("mallory.c_{}", "TYPE mallory.c_{} AS (a mallory.d_{})"),
}
NEEDS = {"d": "f", "c": "fd"}
TOKEN = re.compile(r"@([ftedcnx])\b")


def _spelled(sql, name):
    """The SQL of a case with its names inserted."""
    plain = {"n": f"mallory.{name}", "x": name}
    return TOKEN.sub(lambda found: plain.get(found[1]) or HELPERS[found[1]][0].format(name), sql)


def _helpers(case):
    used = set(TOKEN.findall(case.plant + case.admin + case.trigger))
    used |= {need for kind in used for need in NEEDS.get(kind, "")}
    return "".join(f"CREATE {HELPERS[kind][1].format(case.name, case.name)};\n" for kind in HELPERS if kind in used)


def plant(server, database, cases, canary):
    """Creates the database, which mallory owns, on the source: all cases, and last the code that fires."""
    server.psql("ALTER ROLE mallory RESET ALL")
    server.psql(f"CREATE DATABASE {database} OWNER mallory TEMPLATE template0")
    script = [SCENE, DISARMED]
    for case in cases:
        script += ["SET SESSION AUTHORIZATION mallory;", _helpers(case), _spelled(canary.told(case.plant), case.name), ";"]
        if case.admin:
            script += ["RESET SESSION AUTHORIZATION;", _spelled(canary.told(case.admin), case.name), ";"]
    server.psql("\n".join(script), db=database)
    server.psql(f"{canary.told(FIRE)} {SETTINGS}", db=database, user="mallory")  # event triggers see that, so she must be logged in herself


def trigger(case, canary):
    """The SQL that makes a restored case fire; none if the restore does."""
    return _spelled(canary.told(case.trigger), case.name)


class Listeners:
    """One listening port and one socket for each name; records who connects."""

    def __init__(self, names, folder):
        self.seen, self.ports, self._sockets = set(), {}, []
        for name in names:
            port = socket.create_server(("127.0.0.1", 0))
            self.ports[name] = port.getsockname()[1]
            local = socket.socket(socket.AF_UNIX)
            path = folder / f".s.PGSQL.{self.ports[name]}"
            local.bind(str(path))
            path.chmod(0o777)
            local.listen()
            for listening in (port, local):
                self._sockets.append(listening)
                threading.Thread(target=self._serve, args=(name, listening), daemon=True).start()

    def _serve(self, name, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.seen.add(name)
            connection.close()

    def close(self):
        for listening in self._sockets:
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()


class Canary:
    """A folder in which everybody may write, a secret that only its owner may read, and a word that all secrets
    contain."""

    def __init__(self, listening=()):
        self.marker = "canary" + secrets.token_hex(6)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfcan."))
        self.folder.chmod(0o1777)
        self._private = pathlib.Path(tempfile.mkdtemp(prefix="hfsec."))
        self._private.chmod(0o755)
        self.secret = self._private / "secret"
        self.secret.write_text(f"{self.marker}-of-a-file\n")
        self.secret.chmod(0o600)
        self.listeners = Listeners(listening, self.folder)

    def told(self, sql):
        """The SQL with the places of this canary inserted."""
        for name, value in {"folder": self.folder, "secret": self.secret, "marker": self.marker}.items():
            sql = sql.replace(f"{{{name}}}", str(value))
        return re.sub(r"\{port (\w+)\}", lambda found: str(self.listeners.ports[found[1]]), sql)

    def secrets(self):
        """For holdfast's environment."""
        return {"HOLDFAST_PASSWORD": f"{self.marker}-password", "AWS_SECRET_ACCESS_KEY": f"{self.marker}-aws",
                "AZURE_STORAGE_KEY": f"{self.marker}-azure"}

    def take(self):
        """Returns the traces since the last call, as 'case: trace', and forgets them."""
        left = {f"{name}: connection" for name in self.listeners.seen}
        self.listeners.seen.clear()
        for path in self.folder.iterdir():
            if path.is_socket():
                continue
            if not path.name.startswith("."):
                left.add(path.name.replace(".", ": ", 1))
            if self.marker.encode() in path.read_bytes():
                left.add(f"{path.stem}: secret")
            path.unlink()
        return left

    def close(self):
        self.listeners.close()
        for folder in (self.folder, self._private):
            shutil.rmtree(folder, ignore_errors=True)


ESCAPED = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname ~ '^escaped_'"
STOLEN = "SELECT entry FROM victim.ledger WHERE entry <> 'honest'"
CHANGED = "SELECT victim.honest() WHERE victim.honest() <> 'honest'"


def named(text):
    """The cases that the answers to the queries above name."""
    found = {f"{name}: role" for name in re.findall(r"escaped_(\w+)", text)}
    return found | {f"{name}: victim" for name in re.findall(r"stolen by (\w+)", text)}


def gained(server, database=None):
    """The rights that were gained on a server, and in a restored database of it."""
    told = server.psql(f"{ESCAPED}; SELECT 'escaped_' || rolname FROM pg_roles WHERE rolname IN ('mallory', 'victim') AND "
                       "(rolsuper OR rolcreaterole OR pg_has_role(rolname, 'pg_execute_server_program', 'MEMBER'))")
    if database in server.databases():
        quiet = {**os.environ, "PGOPTIONS": "-c event_triggers=off" if server.major >= 17 else ""}  # otherwise our own login would fire one
        told += "\n" + server.run("psql", "-XqAt", "-d", server.uri(database), "-c", f"{STOLEN}; {CHANGED}", env=quiet)
    return named(told)


def make_honest(server, database, cases):
    """Undoes the changes to a restored database, so that further ones can be recognised."""
    quiet = "".join(f"SET hostile.{case.name} = 'done';" for case in cases)
    roles = server.psql(ESCAPED).splitlines()
    dropped = "".join(f"DROP ROLE {role};" for role in roles)
    server.psql(f"{quiet} {dropped} TRUNCATE victim.ledger; INSERT INTO victim.ledger VALUES ('honest');"
                "CREATE OR REPLACE FUNCTION victim.honest() RETURNS text LANGUAGE sql AS $$SELECT 'honest'$$", db=database)


def sweep(server):
    """Resets a target server: no database of a restore, no role of a backup."""
    for database in server.databases():
        server.drop_db(database)
    made = "SELECT quote_ident(rolname) FROM pg_roles WHERE oid >= 16384 AND rolname NOT IN ('ordinary', 'builder')"
    for role in server.psql(made).splitlines():
        server.psql(f"DROP ROLE {role}")
