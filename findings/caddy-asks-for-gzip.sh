#!/usr/bin/env bash
# Caddy 2.6.2: reverse_proxy asks the upstream for gzip although the client did not.
#
# Caddy then takes the answer apart again. A server whose ETag is weak for a compressed
# answer gives a weak one to every client, so that If-Match and If-Range fail. With
# "compression off" in the transport, the upstream gets the header of the client.
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
    def do_GET(self):
        body = (self.headers["Accept-Encoding"] or "nothing").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 upstream.py >port 2>/dev/null &
pids+=($!)
until [ -s port ]; do sleep 0.1; done
front=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >Caddyfile <<CONF
{
	admin off
	auto_https off
}
http://127.0.0.1:$front {
	reverse_proxy /default 127.0.0.1:$(cat port)
	reverse_proxy /off 127.0.0.1:$(cat port) {
		transport http {
			compression off
		}
	}
}
CONF
HOME=$work XDG_DATA_HOME=$work XDG_CONFIG_HOME=$work root/usr/bin/caddy run --adapter caddyfile --config Caddyfile >caddy.log 2>&1 &
pids+=($!)
curl -s -o /dev/null --retry 50 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$front/default"

direct=$(curl -s "http://127.0.0.1:$(cat port)/")
default=$(curl -s "http://127.0.0.1:$front/default")
off=$(curl -s "http://127.0.0.1:$front/off")
echo "the client asks for $direct; the upstream is asked for $default, and with compression off for $off"
if [ "$direct/$default/$off" != nothing/gzip/nothing ]; then
  echo "the behaviour has changed"
  exit 1
fi
