"""S3 servers for tests: versitygw, which checks signatures, and gofakes3, an independent implementation.

    with S3Server("versitygw", tls=True) as server:
        ... server.endpoint, server.access_key, server.secret_key, server.ca_file

Built from their Go modules; servers.py explains their use as programs.
"""

import secrets

import servers

MODULES = {"versitygw": ("github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
           "gofakes3": ("github.com/johannesboyne/gofakes3/cmd/gofakes3", "v1.2.0")}


def program(kind):
    """The path of a server's program, built if it is missing. Raises ServerError."""
    return servers.go_program(*MODULES[kind])


class S3Server(servers.Server):
    """One server; see servers.Server."""

    region = "us-east-1"
    scheme = "s3"

    def __init__(self, kind="versitygw", tls=False, versions=False):
        self.program = program(kind)
        self.kind = kind
        self.tls = tls
        self.versions = versions  # whether buckets can keep versions and lock objects (versitygw)
        self.access_key = "tester"
        self.secret_key = secrets.token_hex(16)
        self.ca_file = ""

    def command(self):
        address = f"127.0.0.1:{self.port}"
        if self.kind == "gofakes3":
            return [self.program, "-backend", "memory", "-host", address, "-quiet"]
        self.data.mkdir(exist_ok=True)
        argv = [self.program, "--access", self.access_key, "--secret", self.secret_key, "--port", address, "--region", self.region, "--quiet"]
        if self.tls:
            certificate, key = servers.self_signed(self.folder)
            self.ca_file = str(certificate)
            argv += ["--cert", certificate, "--key", key]
        argv += ["posix"]
        if self.versions:
            old = self.folder / "versions"
            old.mkdir(exist_ok=True)
            argv += ["--versioning-dir", old]
        return argv + [self.data]

    def options(self):
        options = {"endpoint": self.endpoint, "access_key_id": self.access_key, "secret_access_key": self.secret_key}
        return {**options, "ca_file": self.ca_file} if self.tls else options

    @property
    def data(self):
        """The folder in which versitygw keeps the buckets, as folders."""
        return self.folder / "data"


if __name__ == "__main__":
    servers.main(MODULES, program, S3Server)
