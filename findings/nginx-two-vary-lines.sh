#!/usr/bin/env bash
# nginx 1.22.1: of an answer with two Vary lines, proxy_cache heeds one.
#
# HTTP lets a header that is a list stand in several lines (RFC 9110, 5.3). The upstream
# answers with "Vary: Accept-Language" and "Vary: Accept-Encoding", in words of the language
# that was asked for. nginx keeps the first answer and gives it to who asks for another
# language. With "Vary: Accept-Language, Accept-Encoding" in one line it asks anew.
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
        body = self.headers["Accept-Language"].encode()
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=60")
        if self.path == "/two":
            self.send_header("Vary", "Accept-Language")
            self.send_header("Vary", "Accept-Encoding")
        else:
            self.send_header("Vary", "Accept-Language, Accept-Encoding")
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
cat >nginx.conf <<CONF
daemon off;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path $work/1; proxy_temp_path $work/2; fastcgi_temp_path $work/3; uwsgi_temp_path $work/4; scgi_temp_path $work/5;
    proxy_cache_path $work/cache keys_zone=kept:1m;
    server {
        listen 127.0.0.1:$front;
        location / { proxy_pass http://127.0.0.1:$(cat port); proxy_cache kept; proxy_http_version 1.1; }
    }
}
CONF
root/usr/sbin/nginx -p "$work/" -c "$work/nginx.conf" -e stderr -g "$([ "$(id -u)" = 0 ] && echo 'user root;')" 2>nginx.log &
pids+=($!)
curl -s -o /dev/null --retry 50 --retry-connrefused --retry-delay 1 -H 'Accept-Language: en' "http://127.0.0.1:$front/"

ask() { curl -s -H "Accept-Language: $2" "http://127.0.0.1:$front/$1"; }
two="$(ask two en) $(ask two fr)"
one="$(ask one en) $(ask one fr)"
echo "asked for en, then for fr: with two lines it answers $two, with one $one"
if [ "$two/$one" != "en en/en fr" ]; then
  echo "the behaviour has changed"
  exit 1
fi
