"""``python -m adls_server``: run until stdin ends, and tell how to get there."""

from __future__ import annotations

import argparse
import json
import sys

from adls_server.server import AdlsServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="adls_server", description=__doc__)
    parser.add_argument("--account", default="hyggetest")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    told = parser.parse_args()
    with AdlsServer(told.account, port=told.port) as server:
        line = {"url": server.url, "key": server.key, "connection_string": server.connection_string}
        print(json.dumps(line), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
