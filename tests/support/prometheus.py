"""Programs of Prometheus from Debian's packages, without the services that the packages start, and servers of them:

    with Alertmanager(config) as alertmanager, Prometheus(scraped="127.0.0.1:1234", rules=path, alertmanager=alertmanager) as prometheus:
        alertmanager.get("/api/v2/alerts")
"""

import json
import pathlib
import shutil
import subprocess
import urllib.request

import servers

PACKAGES = {"promtool": "prometheus", "prometheus": "prometheus", "prometheus-alertmanager": "prometheus-alertmanager"}


def program(name):
    """The path of a program. Raises ServerError."""
    if found := shutil.which(name):
        return found
    package = PACKAGES[name]
    unpack = f'cd "$0" && apt-get download -qq {package} && dpkg-deb -x {package}_*.deb . && rm {package}_*.deb'
    folder = servers.installed(package, "debian", "apt-get", lambda apt, place: (["sh", "-c", unpack, str(place)], {}))
    return folder / "usr/bin" / name


class Program(servers.Server):
    """One server with an HTTP interface."""

    def __init__(self):
        self.program = program(self.kind)

    def get(self, path):
        """The JSON that it answers with."""
        with urllib.request.urlopen(self.endpoint + path, timeout=10) as answer:
            return json.load(answer)


class Alertmanager(Program):
    """Routes alerts as its configuration says."""

    kind = "prometheus-alertmanager"

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.in_place = []
        installed = pathlib.Path("/usr/share/prometheus/alertmanager")
        if installed.exists():
            return
        # Debian's program has no template in itself: it reads one where its package would be installed.
        own = self.program.parents[1] / "share/prometheus"
        self.in_place = ["unshare", "-r", "-m", "sh", "-c", f'mount -t tmpfs none /usr/share && cp -r "{own}" /usr/share/ && exec "$0" "$@"']
        if subprocess.run([*self.in_place, "true"], capture_output=True, check=False).returncode != 0:
            raise servers.ServerError("no prometheus-alertmanager: it is not installed, and namespaces for its files are not permitted")

    def command(self):
        return [*self.in_place, self.program, f"--config.file={self.config}", f"--storage.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address="]


class Prometheus(Program):
    """Scrapes one address each second, judges the rules, and hands the alerts on."""

    kind = "prometheus"

    def __init__(self, scraped, rules, alertmanager):
        super().__init__()
        self.settings = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(rules)],
                         "scrape_configs": [{"job_name": "holdfast", "static_configs": [{"targets": [scraped]}]}],
                         "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager.port}"]}]}]}}

    def command(self):
        config = self.folder / "prometheus.yml"
        config.write_text(json.dumps(self.settings))  # JSON is YAML, too
        return [self.program, f"--config.file={config}", f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}"]
