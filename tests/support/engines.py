"""Container engines for tests, Podman or Docker: one of their own, with its API on a unix socket, no network and one small
image."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

IMAGE = "localhost/tiny"
APPLETS = ("sh", "cat", "head", "sleep", "dd", "wc", "echo", "kill", "nc", "sha256sum", "touch", "true", "false", "env", "seq", "tail", "tr")
# runc rather than crun, and limits below the machine's: both work where a hybrid of cgroup versions is set up, or limits
# can't be raised.
CONTAINERS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""


def command_lines():
    """The words of each process of this machine; those in containers are among them."""
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield process.read_bytes().decode(errors="replace").split("\0")[:-1]
        except OSError:
            continue


class EngineError(RuntimeError):
    """An engine that is not available here; one message for people."""


class Engine:
    """An engine as root with all its data in one folder; `stop` removes everything."""

    name = ""
    DATA = ""
    programs = ()

    def __init__(self):
        if os.geteuid() != 0:
            raise EngineError(f"no {self.name} as root: the test runs as another user")
        missing = [name for name in (*self.programs, "busybox") if not shutil.which(name)]
        if missing:
            raise EngineError(f"no {' and no '.join(missing)} here")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"hf{self.name}."))
        self.socket = self.folder / "api"
        self.data = self.folder / self.DATA  # where the engine keeps its volumes
        self.service = None
        try:
            self.environment = self._prepare()
            self._serve()
            self._make_image()
            self("run", "--rm", "--network", "none", IMAGE, "/bin/true")
        except (EngineError, OSError) as error:
            self.stop()
            raise EngineError(f"no container can run here: {error}") from error

    def _prepare(self):
        """Writes configuration; returns the environment of the engine's programs."""
        raise NotImplementedError

    def _service(self):
        """The arguments of the program that serves the API."""
        raise NotImplementedError

    def __call__(self, *arguments, check=True, timeout=120):
        """Runs a command of the engine; returns its standard output."""
        done = subprocess.run([self.name, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise EngineError(f"{self.name} {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _make_image(self):
        root = self.folder / "root"
        (root / "bin").mkdir(parents=True)
        shutil.copy(shutil.which("busybox"), root / "bin" / "busybox")
        for applet in APPLETS:
            (root / "bin" / applet).symlink_to("busybox")
        (root / "tmp").mkdir(mode=0o777)
        subprocess.run(["tar", "-C", root, "-cf", self.folder / "image.tar", "."], check=True)
        self("import", str(self.folder / "image.tar"), IMAGE)

    def _serve(self):
        with open(self.folder / "service.log", "wb") as log:
            self.service = subprocess.Popen(self._service(), env=self.environment, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while not self.socket.exists():
            if self.service.poll() is not None or time.monotonic() > end:
                raise EngineError(f"its service doesn't start: {(self.folder / 'service.log').read_text().strip()}")
            time.sleep(0.05)

    def run(self, name, *options, command=("/bin/sleep", "1000")):
        """Starts a container without a network. As its first process, the command would ignore SIGTERM for 10 s."""
        self("run", "-d", "--name", name, "--network", "none", "--stop-timeout", "1", *options, IMAGE, *command)

    def state(self, name):
        return self("inspect", "--format", "{{.State.Status}}", name)

    def volume(self, name):
        """The folder of a volume."""
        return pathlib.Path(self("volume", "inspect", "--format", "{{.Mountpoint}}", name))

    def reset(self):
        """Removes all containers and volumes."""
        for kind, listed in (("container", ("container", "ls", "-aq")), ("volume", ("volume", "ls", "-q"))):
            if names := self(*listed, check=False).split():
                self(kind, "rm", "-f", *names, check=False)

    def stop(self):
        if self.service is not None:
            self.reset()
            self.service.send_signal(signal.SIGTERM)
            try:
                self.service.wait(30)
            except subprocess.TimeoutExpired:
                self.service.kill()
                self.service.wait()
        self._end_monitors()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_monitors(self):
        """Ends what still watches a container."""


class Podman(Engine):
    name = "podman"
    DATA = "graph"
    programs = ("podman", "runc")
    driver = "vfs"  # of its storage: works on every file system

    def _prepare(self):
        (self.folder / "containers.conf").write_text(CONTAINERS)
        (self.folder / "storage.conf").write_text(
            f'[storage]\ndriver = "{self.driver}"\nrunroot = "{self.folder}/run"\ngraphroot = "{self.folder}/graph"\n')
        return dict(os.environ, CONTAINERS_CONF=str(self.folder / "containers.conf"),
                    CONTAINERS_STORAGE_CONF=str(self.folder / "storage.conf"))

    def _service(self):
        return ["podman", "system", "service", "--time=0", f"unix://{self.socket}"]

    def _end_monitors(self):
        """Each program in a container leaves its monitor for five minutes, which then would run a podman in our folder."""
        mine = os.fsencode(self.folder) + b"/"
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                if pathlib.PurePath(os.fsdecode(words[0])).name == "conmon" and any(word.startswith(mine) for word in words):
                    os.kill(int(process.name), signal.SIGKILL)
            except OSError:
                continue


class Docker(Engine):
    """Without networks, it changes no rule of the machine's packet filter."""

    name = "docker"
    DATA = "data"
    programs = ("docker", "dockerd")

    def _prepare(self):
        return dict(os.environ, DOCKER_HOST=f"unix://{self.socket}", DOCKER_CONFIG=str(self.folder))

    def _service(self):
        return ["dockerd", "--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "run"), "--pidfile", str(self.folder / "pid"),
                "--host", f"unix://{self.socket}", "--storage-driver", "vfs", "--iptables=false", "--ip6tables=false", "--bridge=none"]


ENGINES = {engine.name: engine for engine in (Podman, Docker)}


class EngineCase(unittest.TestCase):
    """Cases with one engine for the class: that of HOLDFAST_TEST_ENGINE, or Podman. URIs have its name."""

    @classmethod
    def setUpClass(cls):
        cls.kind = os.environ.get("HOLDFAST_TEST_ENGINE") or "podman"
        try:
            cls.engine = ENGINES[cls.kind]()
        except EngineError as error:
            raise unittest.SkipTest(str(error)) from error
        cls.addClassCleanup(cls.engine.stop)

    def setUp(self):
        self.addCleanup(self.engine.reset)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hfengine."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.options = ("-o", f"engine_socket={self.engine.socket}")
