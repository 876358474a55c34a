#!/usr/bin/env bash
# requests-cache 1.3.3 (Python): two orders of a repeated parameter are one entry.
#
# The key of an entry is made of the parameters sorted by name and value. In a query such
# as ?sort=city&sort=age, the order says what is sorted by first. The answer that was kept
# is given for ?sort=age&sort=city too. The documentation says that requests are
# normalized for variations that do not change the answer. With cache_control=True it is
# the same. Lists in a JSON body keep their order.
#
# Output: asked for ?sort=age&sort=city, the answer is that to ?sort=city&sort=age
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
        sent = self.rfile.read(int(self.headers["Content-Length"] or 0))
        body = sent or self.path.encode()
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
for cache_control in False, True:
    session = requests_cache.CachedSession(backend="memory", cache_control=cache_control, allowable_methods=["GET", "POST"])
    first = session.get(url + "?sort=city&sort=age").text
    second = session.get(url + "?sort=age&sort=city").text
    print(f"cache_control={cache_control}: asked for ?sort=age&sort=city, the answer is that to", second)
    assert first == second == "/?sort=city&sort=age", "the behaviour has changed"
    bodies = '{"sort":["city","age"]}', '{"sort":["age","city"]}'
    texts = tuple(session.post(url, data=body, headers={"Content-Type": "application/json"}).text for body in bodies)
    assert texts == bodies, "the behaviour has changed"
server.shutdown()
PY
v/bin/python ask.py
