"""Requests to an S3 server that anyone with its keys can make, but that Holdfast itself never sends.

    raw = RawS3(server)
    raw.request("DELETE", "bucket", "key", {"versionId": "…"}).status
"""

import dataclasses
import datetime
import hashlib
import hmac
import http.client
import urllib.parse
import xml.etree.ElementTree as xml

import s3


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    def elements(self, name):
        """The elements of that name in the document, in any namespace, as {child: text}."""
        root = xml.fromstring(self.body)
        return [{child.tag.split("}")[-1]: child.text for child in element} for element in root.iter()
                if element.tag.split("}")[-1] == name]


class RawS3:
    """Signs with the keys of `server`, an S3Server without TLS."""

    def __init__(self, server):
        assert isinstance(server, s3.S3Server) and not server.tls
        self.server = server

    def request(self, method, bucket, key="", query=None, body=b"", headers=None):
        path = urllib.parse.quote(f"/{bucket}/{key}" if key else f"/{bucket}")
        pairs = sorted((query or {}).items())
        arguments = "&".join(f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(value, safe='')}" for name, value in pairs)
        time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(body).hexdigest()
        signed = {"host": f"127.0.0.1:{self.server.port}", "x-amz-content-sha256": digest, "x-amz-date": time}
        signed.update(headers or {})
        names = ";".join(sorted(signed))
        canonical = "\n".join([method, path, arguments, *(f"{name}:{signed[name]}" for name in sorted(signed)), "", names, digest])
        scope = f"{time[:8]}/{self.server.region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        secret = ("AWS4" + self.server.secret_key).encode()
        for part in scope.split("/"):
            secret = hmac.new(secret, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(secret, to_sign.encode(), hashlib.sha256).hexdigest()
        signed["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.server.access_key}/{scope},SignedHeaders={names},"
                                   f"Signature={signature}")
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method, path + (f"?{arguments}" if arguments else ""), body=body, headers=signed)
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def keys(self, bucket, prefix=""):
        """The names of all current objects."""
        return [item["Key"] for item in self.request("GET", bucket, query={"list-type": "2", "prefix": prefix}).elements("Contents")]

    def versions(self, bucket, prefix=""):
        """(key, version id) of all versions, without deletion markers."""
        answer = self.request("GET", bucket, query={"versions": "", "prefix": prefix})
        return [(item["Key"], item["VersionId"]) for item in answer.elements("Version")]

    def locked_until(self, bucket, key):
        """The end of the newest version's lock; None if it has none."""
        answer = self.request("HEAD", bucket, key)
        assert answer.status == 200, (key, answer.status)
        until = answer.headers.get("x-amz-object-lock-retain-until-date")
        return until and datetime.datetime.fromisoformat(until.replace("Z", "+00:00"))
