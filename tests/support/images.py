"""Images that are really built, where no registry can be reached: on a Debian of debootstrap's, and run as deployments run
them.

    builder = images.Builder()
    builder.build("backup_service", holdfast.ROOT, "examples/Dockerfile")
    subprocess.run(builder.words("backup_service", settings), env={**builder.environment, **settings})
"""

import shutil
import subprocess

import engines

BASE = "docker.io/library/debian:12-slim"
HARDENED = ("--network", "host", "--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
BUILD_SECONDS = 7200


def _mirror():
    """The package server that this machine uses."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"]
    found = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
    return found[0] if found else "http://deb.debian.org/debian"


class Builder(engines.Podman):
    """A Podman with Debian's image, imported under the name that Dockerfiles use. It pulls nothing. Overlays, because each
    step of a build would be a copy of all files; raises EngineError where they can't be used, as without debootstrap."""

    programs = (*engines.Podman.programs, "debootstrap")
    driver = "overlay"

    def _prepare(self):
        return {**super()._prepare(), "DISABLE_HC_SYSTEMD": "true"}  # no timers of systemd's: tests run the health checks

    def _make_image(self):
        super()._make_image()
        root = self.folder / "debian"
        done = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", root, _mirror()], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise engines.EngineError(f"debootstrap failed: {(done.stdout.strip().splitlines() or ['no reason given'])[-1]}")
        subprocess.run(["tar", "-C", root, "--exclude=./var/cache/apt/archives/*.deb", "-cf", self.folder / "debian.tar", "."], check=True)
        self("import", self.folder / "debian.tar", BASE)
        (self.folder / "debian.tar").unlink()
        shutil.rmtree(root)

    def _end_monitors(self):
        super()._end_monitors()
        subprocess.run(["umount", self.folder / "graph" / "overlay"], capture_output=True, check=False)  # podman leaves it mounted

    def build(self, name, context, dockerfile, *options):
        """Builds an image; returns its size in bytes."""
        self("build", "--isolation", "chroot", "--network", "host", "--pull-never", "--format", "docker", "-f", dockerfile, "-t", f"localhost/{name}",
             *options, context, timeout=BUILD_SECONDS)
        return int(self("image", "inspect", "--format", "{{.Size}}", f"localhost/{name}"))

    def words(self, name, settings, *arguments, options=(), called=None):
        """The words that run an image as a container of the same name, with these settings, which are taken from podman's
        environment."""
        names = [word for setting in settings if setting not in self.environment for word in ("--env", setting)]
        return ["podman", "run", "--rm", "--name", called or name, *HARDENED, *names, *options, f"localhost/{name}", *arguments]
