package mongotest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Router plays a mongos before the tests' server: it says that it is one, answers the commands
// by which collections are sharded, passes the others on, and notes them. Its replies are those of
// the MongoDB Manual, section Sharding Commands
// (https://www.mongodb.com/docs/manual/reference/command/nav-sharding/), and of mongos' source,
// src/mongo/s/commands:
//
//   - hello: msg isdbgrid, and neither a setName nor hosts
//     (https://www.mongodb.com/docs/manual/reference/command/hello/);
//   - enableSharding: {ok: 1}, however often;
//   - shardCollection: {collectionsharded: NAMESPACE, ok: 1}, again for the same key; before
//     6.0 error 20 where the database was not enabled;
//   - listShards: {shards: [{_id, host, state}], ok: 1};
//   - split: {ok: 1}, and an error for a key at which it is split already;
//   - moveChunk: {millis, ok: 1}, for the bounds of a chunk that there is.
type Router struct {
	*Proxy
	// Wire is the wire version that it has: 9 is MongoDB 4.4, 17 is 6.0.
	Wire int32
	// Shards are the names of the shards.
	Shards []string

	mu      sync.Mutex
	noted   []bson.D
	refused map[string][]bson.D
	hanging map[string]bool
	enabled map[string]bool
	splits  map[string][]bson.Raw // keys at which collections are split
}

// NewRouter starts a router of the shards.
func NewRouter(t testing.TB, wire int32, shards ...string) *Router {
	t.Helper()
	r := &Router{Wire: wire, Shards: shards, refused: map[string][]bson.D{}, hanging: map[string]bool{}, enabled: map[string]bool{}, splits: map[string][]bson.Raw{}}
	r.Proxy = NewProxy(t, r.answer)
	return r
}

// URI is the address of the router. Writes are not numbered, which a standalone server behind
// would refuse.
func (r *Router) URI() string { return "mongodb://" + r.Address + "/?retryWrites=false" }

// Refuse lets the next commands of that name fail, with one error after the other.
func (r *Router) Refuse(command string, errors ...bson.D) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused[command] = append(r.refused[command], errors...)
}

// Hang lets commands of that name have no reply; of hello, those alone that a driver does not
// send by itself.
func (r *Router) Hang(command string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hanging[command] = true
}

// hangs reports whether a command has no reply.
func (r *Router) hangs(c Command) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	database, _ := c.Lookup("$db").StringValueOK()
	return r.hanging[c.Name] && (c.Name != "hello" || database != "admin" && database != "")
}

// Failure is the reply of a command that fails.
func Failure(code int32, name, message string) bson.D {
	return bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: message}, {Key: "code", Value: code}, {Key: "codeName", Value: name}}
}

// Noted returns the commands of these names as they came, as relaxed extended JSON, without what
// drivers add to each.
func (r *Router) Noted(t testing.TB, names ...string) []string {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, c := range r.noted {
		if !slices.Contains(names, c[0].Key) {
			continue
		}
		c = slices.DeleteFunc(slices.Clone(c), func(e bson.E) bool {
			return slices.Contains([]string{"lsid", "$db", "$clusterTime", "$readPreference", "maxTimeMS", "txnNumber"}, e.Key)
		})
		line, err := bson.MarshalExtJSON(c, false, false)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(line))
	}
	return lines
}

func (r *Router) answer(ctx context.Context, c Command, pass func(bson.Raw) bson.Raw) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(c.Raw, &d); err != nil {
		return nil
	}
	if r.hangs(c) {
		<-ctx.Done()
		return nil
	}
	r.mu.Lock()
	r.noted = append(r.noted, d)
	var refusal bson.D
	if errors := r.refused[c.Name]; len(errors) > 0 {
		refusal, r.refused[c.Name] = errors[0], errors[1:]
	}
	r.mu.Unlock()
	switch {
	case refusal != nil:
		return reply(refusal)
	case c.Name == "hello" || c.Name == "isMaster" || c.Name == "ismaster":
		return r.hello(pass(c.Raw))
	case slices.Contains([]string{"enableSharding", "shardCollection", "listShards", "split", "moveChunk"}, c.Name):
		return reply(r.shard(c))
	}
	return pass(withoutTime(c.Raw))
}

func (r *Router) hello(of bson.Raw) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(of, &d); err != nil {
		return nil
	}
	own := []string{"setName", "setVersion", "hosts", "passives", "arbiters", "primary", "me", "electionId", "secondary", "topologyVersion", "maxWireVersion"}
	d = slices.DeleteFunc(d, func(e bson.E) bool { return slices.Contains(own, e.Key) })
	return reply(append(d, bson.E{Key: "msg", Value: "isdbgrid"}, bson.E{Key: "maxWireVersion", Value: r.Wire}))
}

// shard answers a command about shards.
func (r *Router) shard(c Command) bson.D {
	r.mu.Lock()
	defer r.mu.Unlock()
	if database, _ := c.Lookup("$db").StringValueOK(); database != "admin" {
		return Failure(13, "Unauthorized", c.Name+" may only be run against the admin database.")
	}
	ok := bson.D{{Key: "ok", Value: 1.0}}
	name, _ := c.Lookup(c.Name).StringValueOK()
	switch c.Name {
	case "enableSharding":
		r.enabled[name] = true
	case "shardCollection":
		return r.shardCollection(name)
	case "listShards":
		shards := bson.A{}
		for _, shard := range r.Shards {
			shards = append(shards, bson.D{{Key: "_id", Value: shard}, {Key: "host", Value: shard + "/" + r.target}, {Key: "state", Value: int32(1)}})
		}
		return append(bson.D{{Key: "shards", Value: shards}}, ok...)
	case "split":
		return r.split(name, c.Lookup("middle").Document())
	case "moveChunk":
		bounds, err := c.Lookup("bounds").Array().Values()
		if err != nil || len(bounds) != 2 || !r.isEnd(name, bounds[0].Document()) || !r.isEnd(name, bounds[1].Document()) {
			return Failure(8, "UnknownError", "no chunk found with the shard key bounds")
		}
		if to, _ := c.Lookup("to").StringValueOK(); !slices.Contains(r.Shards, to) {
			return Failure(70, "ShardNotFound", "Could not move chunk because that shard does not exist")
		}
		return append(bson.D{{Key: "millis", Value: int32(5)}}, ok...)
	}
	return ok
}

// wire60 is the wire version of MongoDB 6.0, the first that needs no enableSharding.
const wire60 = 17

func (r *Router) shardCollection(name string) bson.D {
	database, _, _ := strings.Cut(name, ".")
	if r.Wire < wire60 && !r.enabled[database] {
		return Failure(20, "IllegalOperation", "sharding not enabled for db "+database)
	}
	if r.splits[name] == nil {
		r.splits[name] = []bson.Raw{}
	}
	return bson.D{{Key: "collectionsharded", Value: name}, {Key: "ok", Value: 1.0}}
}

func (r *Router) split(name string, middle bson.Raw) bson.D {
	switch {
	case r.splits[name] == nil:
		return Failure(118, "NamespaceNotSharded", "ns is not sharded")
	case slices.ContainsFunc(r.splits[name], func(d bson.Raw) bool { return slices.Equal(d, middle) }):
		return Failure(8, "UnknownError", "new split key is a boundary key of existing chunk")
	}
	r.splits[name] = append(r.splits[name], middle)
	return bson.D{{Key: "ok", Value: 1.0}}
}

// isEnd reports whether a chunk of the collection begins or ends at the key.
func (r *Router) isEnd(name string, key bson.Raw) bool {
	first, err := key.IndexErr(0)
	if err == nil && (first.Value().Type == bson.TypeMinKey || first.Value().Type == bson.TypeMaxKey) {
		return true
	}
	return slices.ContainsFunc(r.splits[name], func(d bson.Raw) bool { return slices.Equal(d, key) })
}
