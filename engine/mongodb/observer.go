package mongodb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
)

// Observer is told what the driver does: of commands, without their values, and of
// connections. Its methods are called by many goroutines at once, in the way of
// commands, and must return soon.
type Observer interface {
	// CommandStarted is called before a command is sent, with the context of its
	// caller. The key is its own until it has ended. The collection is "" for a command
	// of none.
	CommandStarted(ctx context.Context, key, command, database, collection, server string)
	// CommandEnded is called once its reply is there. The error is nil if it succeeded.
	CommandEnded(key, command string, took time.Duration, err error)
	// ConnectionsChanged is called with the changes of the numbers of connections that
	// are open, and that commands use.
	ConnectionsChanged(open, inUse int)
	// CheckedOut is called once a command has waited for a connection. The reason is ""
	// if it got one, else the driver's.
	CheckedOut(waited time.Duration, reason string)
}

// commandMonitor returns the driver's monitor of commands that tells an observer.
func commandMonitor(o Observer) *event.CommandMonitor {
	ended := func(e *event.CommandFinishedEvent, err error) {
		o.CommandEnded(commandKey(e.ConnectionID, e.RequestID), e.CommandName, e.Duration, err)
	}
	return &event.CommandMonitor{
		Started: func(ctx context.Context, e *event.CommandStartedEvent) {
			o.CommandStarted(ctx, commandKey(e.ConnectionID, e.RequestID), e.CommandName, e.DatabaseName, collectionOf(e), serverOf(e.ConnectionID))
		},
		Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) { ended(&e.CommandFinishedEvent, nil) },
		Failed:    func(_ context.Context, e *event.CommandFailedEvent) { ended(&e.CommandFinishedEvent, e.Failure) },
	}
}

// commandKey is a key of a command under way.
func commandKey(connection string, request int64) string {
	return connection + "#" + strconv.FormatInt(request, 10)
}

// serverOf returns the address in the name of a connection, which is
// "HOST:PORT[-NUMBER]".
func serverOf(connection string) string {
	if i := strings.LastIndex(connection, "[-"); i >= 0 {
		return connection[:i]
	}
	return connection
}

// collectionOf returns the collection that a command names: as its value or, of
// getMore, beside it.
func collectionOf(e *event.CommandStartedEvent) string {
	key := e.CommandName
	if key == "getMore" {
		key = "collection"
	}
	name, _ := e.Command.Lookup(key).StringValueOK()
	return name
}

// poolMonitor returns the driver's monitor of connections that tells an observer.
func poolMonitor(o Observer) *event.PoolMonitor {
	return &event.PoolMonitor{Event: func(e *event.PoolEvent) {
		switch e.Type {
		case event.ConnectionCreated:
			o.ConnectionsChanged(1, 0)
		case event.ConnectionClosed:
			o.ConnectionsChanged(-1, 0)
		case event.ConnectionCheckedOut:
			o.ConnectionsChanged(0, 1)
			o.CheckedOut(e.Duration, "")
		case event.ConnectionCheckedIn:
			o.ConnectionsChanged(0, -1)
		case event.ConnectionCheckOutFailed:
			o.CheckedOut(e.Duration, e.Reason)
		}
	}}
}
