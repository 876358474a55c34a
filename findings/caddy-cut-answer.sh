#!/usr/bin/env bash
# Caddy 2.6.2: an answer that breaks off at the upstream looks whole to the client.
#
# The upstream sends a chunked answer and closes the connection before the last chunk.
# Asked directly, curl ends with error 18 or 56. Through Caddy, the client gets a last
# chunk, so that curl ends with 0 and has a part of the answer. Caddy logs "aborting with
# incomplete response".
#
# Debian's package is unpacked into a temp folder: run apt-get update before.
set -euo pipefail
work=$(mktemp -d)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get -qq download caddy=2.6.2-5
dpkg -x caddy_*.deb root

cat >upstream.py <<'PY'
import http.server


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        rows = b"1,2,3\n" * 10_000
        for _ in range(10):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(rows), rows))
        self.close_connection = True  # without the last chunk


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 upstream.py >port 2>/dev/null &
pids+=($!)
until [ -s port ]; do sleep 0.1; done
upstream=$(cat port)
front=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf '{\n\tadmin off\n\tauto_https off\n}\nhttp://127.0.0.1:%s {\n\treverse_proxy 127.0.0.1:%s\n}\n' "$front" "$upstream" >Caddyfile
HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work root/usr/bin/caddy run --adapter caddyfile --config Caddyfile >caddy.log 2>&1 &
pids+=($!)
curl -s -o /dev/null --retry 50 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$front/" || true

direct=0 through=0
curl -s -o direct.csv "http://127.0.0.1:$upstream/" || direct=$?
curl -s -o through.csv "http://127.0.0.1:$front/" || through=$?
echo "directly: curl ends with $direct after $(wc -c <direct.csv) bytes"
echo "through $(root/usr/bin/caddy version | cut -d' ' -f1): curl ends with $through after $(wc -c <through.csv) bytes"
if [ "$direct" = 0 ] || [ "$through" != 0 ]; then
  echo "the behaviour has changed"
  exit 1
fi
