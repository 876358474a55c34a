#!/usr/bin/env bash
# mongo-driver 2.10.0 for Go: Disconnect with a deadline keeps a processor busy while it waits.
#
# A goroutine waits for the next event of a change stream, for which the server lets it wait.
# Disconnect with a context that has a deadline waits for that goroutine's connection, as its
# documentation says. It does so in a loop without a pause: the wait takes about as much time
# of a processor as it lasts. (pool.close in x/mongo/driver/topology selects on a ticker, but
# has a default case.) Without a deadline, Disconnect does not wait and takes none. So the
# shutdown of a program takes a processor from the requests that it waits for.
#
# The server is secantusdb 0.7.0b3 from PyPI, as a replica set of one.
#
# Output: with a deadline: it waits true, busy true; without: it waits false, busy false
set -euo pipefail
work=$(mktemp -d)
pids=()
trap 'for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; wait "$p" 2>/dev/null || true; done; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check secantusdb==0.7.0b3
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
v/bin/secantusd-py --storage-path :memory: --host 127.0.0.1 --port "$port" >server.log 2>&1 &
pids+=($!)
cat >go.mod <<'GO'
module finding

go 1.26

require go.mongodb.org/mongo-driver/v2 v2.10.0
GO
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const awaited = 3 * time.Second

func main() {
	try("with a deadline", func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.Background(), time.Minute)
	})
	try("without", func() (context.Context, context.CancelFunc) {
		return context.Background(), func() {}
	})
}

// try disconnects while a goroutine waits for an event.
func try(name string, of func() (context.Context, context.CancelFunc)) {
	waits := make(chan struct{}, 1)
	monitor := &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if e.CommandName == "getMore" {
			waits <- struct{}{}
		}
	}}
	client, err := mongo.Connect(options.Client().ApplyURI(os.Args[1]).SetMonitor(monitor))
	must(err)
	rows := client.Database("finding").Collection("rows")
	_, err = rows.InsertOne(context.Background(), bson.D{{Key: "n", Value: 0}})
	must(err)
	stream, err := rows.Watch(context.Background(), mongo.Pipeline{}, options.ChangeStream().SetMaxAwaitTime(awaited))
	must(err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stream.TryNext(context.Background()) // asks nothing
		stream.TryNext(context.Background())
	}()
	<-waits
	ctx, cancel := of()
	defer cancel()
	began, before := time.Now(), processor()
	must(client.Disconnect(ctx))
	took, busy := time.Since(began), processor()-before
	fmt.Fprintf(os.Stderr, "%s: %v, of which a processor works %v\n", name, took, busy)
	fmt.Printf("%s: it waits %v, busy %v\n", name, took > awaited/2, busy > awaited/4)
	<-ended
}

// processor returns the time of processors that this process has taken.
func processor() time.Duration {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
GO
go mod tidy >tidy 2>&1 || { cat tidy; exit 1; }
go run . "mongodb://127.0.0.1:$port/?directConnection=true" | tee seen
cat >want <<'TXT'
with a deadline: it waits true, busy true
without: it waits false, busy false
TXT
if ! diff want seen; then
  echo "the behaviour has changed"
  cat server.log
  exit 1
fi
