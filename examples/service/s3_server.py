"""An S3 server for demo.sh where the tests' servers can't be built: moto, until standard input ends."""

import json
import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(json.dumps({"options": {"endpoint": f"http://127.0.0.1:{server.get_host_and_port()[1]}", "access_key_id": "tester",
                              "secret_access_key": "tester"}}), flush=True)
sys.stdin.read()
server.stop()
