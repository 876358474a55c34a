#!/usr/bin/env bash
# httpx 0.28.1 (Python): params takes away the query that the URL has.
#
# A request for /rows?city=Ulm with params={"format": "csv"} asks for /rows?format=csv, so
# the answer has the rows of all cities. The params of a Client do so to every URL, too, also
# to that of the next page that a server names in Link: whoever follows it gets the first page
# again, without end. httpx 0.27.2, requests 2.34.2 and aiohttp 3.14.5 ask for both.
#
# Output: asked for /rows?city=Ulm with format=csv, the server sees /rows?format=csv
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >ask.py <<'PY'
import asyncio
import http.server
import sys
import threading

import aiohttp
import httpx
import requests


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Link", '</rows?city=Ulm&after=20>; rel="next"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
params = {"format": "csv"}


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(base + "/rows?city=Ulm", params=params) as answer:
        return await answer.text()


with httpx.Client(base_url=base, params=params) as client:
    first = client.get("/rows?city=Ulm")
    seen = {
        "httpx.get": httpx.get(base + "/rows?city=Ulm", params=params).text,
        "Client": first.text,
        "Client, next page": client.get(first.links["next"]["url"]).text,
        "requests": requests.get(base + "/rows?city=Ulm", params=params).text,
        "aiohttp": asyncio.run(with_aiohttp()),
    }
server.shutdown()
both, next_page = "/rows?city=Ulm&format=csv", "/rows?city=Ulm&after=20&format=csv"
wants = {"httpx.get": both, "Client": both, "Client, next page": next_page, "requests": both, "aiohttp": both}
if sys.argv[1] == "0.28.1":
    wants |= dict.fromkeys(["httpx.get", "Client", "Client, next page"], "/rows?format=csv")
for client, path in seen.items():
    print(f"with httpx {sys.argv[1]}, {client}: the server sees", path)
assert seen == wants, "the behaviour has changed"
PY
for version in 0.27.2 0.28.1; do
  python3 -m venv "v$version"
  "v$version/bin/pip" install --quiet --disable-pip-version-check "httpx==$version" requests==2.34.2 aiohttp==3.14.5
  "v$version/bin/python" ask.py "$version"
done
