#!/usr/bin/env bash
# Varnish 7.1.1: varnishd asks the backend for gzip although the client did not.
#
# It keeps the compressed answer and takes it apart for clients that do not ask for gzip. A
# server whose ETag is weak for a compressed answer gives a weak one to every client, so
# that If-Match and If-Range fail. With the parameter http_gzip_support=off, the backend
# gets the header of the client.
#
# Debian's package is unpacked into a temp folder: run apt-get update before. varnishd
# needs a C compiler (cc).
set -euo pipefail
work=$(mktemp -d)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done; rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get -qq download varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1
for package in *.deb; do dpkg -x "$package" root; done

cat >upstream.py <<'PY'
import http.server


class Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = (self.headers["Accept-Encoding"] or "nothing").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 upstream.py >port 2>/dev/null &
pids+=($!)
until [ -s port ]; do sleep 0.1; done
libraries=$(find "$work/root/usr/lib" -name 'libvarnish*.so*' -printf '%h\n' | sort -u | paste -sd:)
ask() { # ARGUMENT… prints what the backend is asked for, through a varnishd of its own
  local front pid
  front=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  LD_LIBRARY_PATH=$libraries root/usr/sbin/varnishd -F -j none -T none -n "$work/run-$front" -s default,64m \
    -a "127.0.0.1:$front" -b "127.0.0.1:$(cat port)" "$@" >varnish.log 2>&1 &
  pid=$!
  curl -s --retry 50 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$front/"
  kill "$pid"
  wait "$pid" || true
}
direct=$(curl -s "http://127.0.0.1:$(cat port)/")
default=$(ask)
off=$(ask -p http_gzip_support=off)
echo "the client asks for $direct; the backend is asked for $default, and with http_gzip_support=off for $off"
if [ "$direct/$default/$off" != nothing/gzip/nothing ]; then
  echo "the behaviour has changed"
  cat varnish.log
  exit 1
fi
