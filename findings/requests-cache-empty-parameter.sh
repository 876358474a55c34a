#!/usr/bin/env bash
# requests-cache 1.3.3 (Python): a parameter with an empty value is not in the key.
#
# ?city= asks for the rows whose city is the empty text, and a URL without it for all rows.
# The key is made of what urllib.parse.parse_qsl reads, which leaves out empty values. So
# whichever was asked first is the answer to both. A name without "=" is kept.
#
# Output: asked for /rows, the answer is that to /rows?city=
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check requests-cache==1.3.3 requests==2.34.2 url-normalize==3.1.0
cd "$work"
cat >ask.py <<'PY'
import http.server
import threading

import requests_cache


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/rows"
session = requests_cache.CachedSession(backend="memory")
seen = {}
for query in "?city=", "", "?city", "?city=Ulm":
    seen[query] = session.get(url + query).text
    print(f"asked for /rows{query}, the answer is that to", seen[query])
server.shutdown()
assert seen == {"?city=": "/rows?city=", "": "/rows?city=", "?city": "/rows?city", "?city=Ulm": "/rows?city=Ulm"}, "the behaviour has changed"
PY
v/bin/python ask.py
