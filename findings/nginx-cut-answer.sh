#!/usr/bin/env bash
# nginx 1.22.1: without proxy_http_version 1.1, an answer that breaks off at the upstream
# looks whole to the client.
#
# nginx asks its upstream with HTTP/1.0 by default. In an answer of HTTP/1.0 without
# Content-Length, the end of the connection is the end of the answer, so nginx cannot tell
# a part from the whole, and sends the last chunk. With proxy_http_version 1.1, the same
# upstream marks the end, and curl ends with error 18.
#
# Debian's package is unpacked into a temp folder: run apt-get update before.
set -euo pipefail
work=$(mktemp -d)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get -qq download nginx=1.22.1-9+deb12u11
dpkg -x nginx_*.deb root

cat >upstream.py <<'PY'
import http.server


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        chunked = self.request_version == "HTTP/1.1"
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        rows = b"1,2,3\n" * 10_000
        for _ in range(10):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(rows), rows) if chunked else rows)
        self.close_connection = True  # in the middle of the answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 upstream.py >port 2>/dev/null &
pids+=($!)
until [ -s port ]; do sleep 0.1; done
front=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >nginx.conf <<CONF
daemon off;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path $work/1; proxy_temp_path $work/2; fastcgi_temp_path $work/3; uwsgi_temp_path $work/4; scgi_temp_path $work/5;
    server {
        listen 127.0.0.1:$front;
        location /default { proxy_pass http://127.0.0.1:$(cat port); }
        location /1.1 { proxy_pass http://127.0.0.1:$(cat port); proxy_http_version 1.1; }
    }
}
CONF
root/usr/sbin/nginx -p "$work/" -c nginx.conf -e stderr >nginx.log 2>&1 &
pids+=($!)
curl -s -o /dev/null --retry 50 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$front/default" || true

default=0 newer=0
curl -s -o default.csv "http://127.0.0.1:$front/default" || default=$?
curl -s -o newer.csv "http://127.0.0.1:$front/1.1" || newer=$?
echo "as it comes: curl ends with $default after $(wc -c <default.csv) bytes"
echo "with proxy_http_version 1.1: curl ends with $newer after $(wc -c <newer.csv) bytes"
if [ "$default" != 0 ] || [ "$newer" = 0 ]; then
  echo "the behaviour has changed"
  exit 1
fi
