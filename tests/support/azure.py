"""Azurite, Microsoft's own emulator of Azure Blob Storage, for tests. It checks signatures.

    with AzureServer(tls=True) as server:
        ... server.endpoint, server.account, server.key, server.ca_file, server.account_sas("rl")

Installed from npm; servers.py explains its use as a program.
"""

import base64
import datetime
import hashlib
import hmac
import secrets
import shutil
import urllib.parse

import servers

VERSION = "3.35.0"  # the last that runs on Node.js 18, the version of Debian 12
API_VERSION = "2023-11-03"


def program(_kind="azurite"):
    """The path of the server's program, installed if it is missing. Raises ServerError."""
    if not shutil.which("node"):
        raise servers.ServerError("no azurite: it runs on Node.js, which is not here")
    folder = servers.installed("azurite", VERSION, "npm", lambda npm, place: (
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=dev", "--prefix", place, f"azurite@{VERSION}"], {}))
    return folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


class AzureServer(servers.Server):
    """One server; see servers.Server."""

    scheme = "azblob"
    account = "tester"

    def __init__(self, kind="azurite", tls=False):
        self.program = program(kind)
        self.kind = kind
        self.tls = tls
        self.key = base64.b64encode(secrets.token_bytes(32)).decode()
        self.ca_file = ""

    def command(self):
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        argv = ["env", f"AZURITE_ACCOUNTS={self.account}:{self.key}", shutil.which("node"), self.program, "--blobHost", "127.0.0.1",
                "--blobPort", str(self.port), "--location", data, "--silent", "--disableTelemetry"]
        if self.tls:
            certificate, key = servers.self_signed(self.folder)
            self.ca_file = str(certificate)
            argv += ["--cert", certificate, "--key", key, "--oauth", "basic"]
        return argv

    @property
    def endpoint(self):
        return f"{super().endpoint}/{self.account}"

    def options(self):
        options = {"endpoint": self.endpoint, "account_name": self.account, "account_key": self.key}
        return {**options, "ca_file": self.ca_file} if self.tls else options

    def account_sas(self, permissions):
        """A shared access signature for an hour, for containers and blobs."""
        expiry = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = [self.account, permissions, "b", "co", "", expiry, "", "", API_VERSION, "", ""]
        digest = hmac.new(base64.b64decode(self.key), "\n".join(signed).encode(), hashlib.sha256).digest()
        return urllib.parse.urlencode({"sv": API_VERSION, "ss": "b", "srt": "co", "sp": permissions, "se": expiry,
                                       "sig": base64.b64encode(digest).decode()})


if __name__ == "__main__":
    servers.main(["azurite"], program, AzureServer)
