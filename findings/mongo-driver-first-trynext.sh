#!/usr/bin/env bash
# mongo-driver 2.10.0 for Go: the first TryNext of a change stream asks the server nothing.
#
# A stream is opened, a document is inserted and acknowledged, and RemainingBatchLength is
# 0. By its documentation, the next TryNext does a network request. It does none and
# answers false, which looks as if nothing had changed. The second one sends getMore and
# has the insert. So a program that opens a stream, does something and asks once misses
# what it did, and a check that the server answers takes the first false for an answer.
#
# The server is secantusdb 0.7.0b3 from PyPI, as a replica set of one.
#
# Output: TryNext 1: false, commands: []; TryNext 2: true, commands: [getMore]
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
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sent := []string{}
	monitor := &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		sent = append(sent, e.CommandName)
	}}
	client, err := mongo.Connect(options.Client().ApplyURI(os.Args[1]).SetMonitor(monitor))
	must(err)
	rows := client.Database("finding").Collection("rows")
	_, err = rows.InsertOne(ctx, bson.D{{Key: "n", Value: 0}})
	must(err)
	stream, err := rows.Watch(ctx, mongo.Pipeline{}, options.ChangeStream().SetMaxAwaitTime(time.Second))
	must(err)
	_, err = rows.InsertOne(ctx, bson.D{{Key: "n", Value: 1}})
	must(err)
	fmt.Println("documents left of the batch:", stream.RemainingBatchLength())
	for i := range 2 {
		sent = []string{}
		changed := stream.TryNext(ctx)
		must(stream.Err())
		fmt.Printf("TryNext %d: %v, commands: %v\n", i+1, changed, sent)
	}
	must(stream.Close(ctx))
	must(client.Disconnect(ctx))
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
documents left of the batch: 0
TryNext 1: false, commands: []
TryNext 2: true, commands: [getMore]
TXT
if ! diff want seen; then
  echo "the behaviour has changed"
  cat server.log
  exit 1
fi
