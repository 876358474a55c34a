package mongotest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Members plays a replica set: each member is a proxy of the tests' server, so that all
// have the same data, and says of itself what a member would
// (https://www.mongodb.com/docs/manual/reference/command/hello/). Times of the cluster are theirs,
// one for each command, since a standalone server has none.
type Members struct {
	proxies []*Proxy

	mu      sync.Mutex
	primary int            // -1 while there is none
	behind  []int          // members that do not catch up
	cut     []int          // members that nobody reaches
	asked   map[string]int // commands on collections, by member and name
	terms   int32
	time    uint32
}

// NewMembers starts a set of so many members, of which the first is the primary.
func NewMembers(t testing.TB, n int) *Members {
	t.Helper()
	m := &Members{asked: map[string]int{}, terms: 1}
	for i := range n {
		m.proxies = append(m.proxies, NewProxy(t, func(ctx context.Context, c Command, pass func(bson.Raw) bson.Raw) bson.Raw {
			return m.answer(ctx, i, c, pass)
		}))
	}
	return m
}

// URI names all members. Drivers look at them twice a second, and number no writes, which a
// standalone server would refuse.
func (m *Members) URI() string {
	var hosts []string
	for _, p := range m.proxies {
		hosts = append(hosts, p.Address)
	}
	return "mongodb://" + strings.Join(hosts, ",") + "/?replicaSet=played&retryWrites=false&heartbeatFrequencyMS=500"
}

// Elect makes the member the primary; -1: none is.
func (m *Members) Elect(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.primary, m.terms = i, m.terms+1
}

// Behind lets these members miss everything that was written after the test began.
func (m *Members) Behind(members ...int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.behind = members
}

// Down ends the member until the test ends.
func (m *Members) Down(i int) { m.proxies[i].Stop() }

// CutOff lets these members take connections and never answer again, as they seem to who is
// cut off from them.
func (m *Members) CutOff(members ...int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut = members
}

// Asked returns how many commands of that name the member has answered or refused.
func (m *Members) Asked(i int, command string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked[command+string(rune('0'+i))]
}

func (m *Members) answer(ctx context.Context, i int, c Command, pass func(bson.Raw) bson.Raw) bson.Raw {
	if m.isCutOff(i) {
		<-ctx.Done()
		return nil
	}
	switch c.Name {
	case "hello", "isMaster", "ismaster":
		return m.hello(i, pass(c.Raw))
	case "find", "aggregate", "getMore", "killCursors", "endSessions", "ping":
	default:
		if !m.isPrimary(i) {
			return reply(bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(10107)}, {Key: "codeName", Value: "NotWritablePrimary"}, {Key: "errmsg", Value: "not primary"}})
		}
	}
	m.mu.Lock()
	m.asked[c.Name+string(rune('0'+i))]++
	behind := slices.Contains(m.behind, i)
	m.mu.Unlock()
	if behind && (c.Name == "find" || c.Name == "aggregate") {
		return missing(ctx, c)
	}
	if _, err := c.LookupErr("$readPreference"); err != nil && !m.isPrimary(i) && (c.Name == "find" || c.Name == "aggregate") {
		return reply(bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(13435)}, {Key: "codeName", Value: "NotPrimaryNoSecondaryOk"}, {Key: "errmsg", Value: "not primary and secondaryOk=false"}})
	}
	return m.timed(pass(withoutTime(c.Raw)))
}

// withoutTime takes out of a command what only members of a set understand.
func withoutTime(command bson.Raw) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(command, &d); err != nil {
		return command
	}
	d = slices.DeleteFunc(d, func(e bson.E) bool { return e.Key == "$clusterTime" || e.Key == "commitQuorum" })
	for i := range d {
		if concern, ok := d[i].Value.(bson.D); ok && d[i].Key == "readConcern" {
			d[i].Value = slices.DeleteFunc(concern, func(e bson.E) bool { return e.Key == "afterClusterTime" })
		}
	}
	return reply(d)
}

// timed adds the cluster's time to a reply.
func (m *Members) timed(of bson.Raw) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(of, &d); err != nil {
		return nil // there is no reply
	}
	m.mu.Lock()
	m.time++
	now := bson.Timestamp{T: 2, I: m.time}
	m.mu.Unlock()
	d = slices.DeleteFunc(d, func(e bson.E) bool { return e.Key == "$clusterTime" || e.Key == "operationTime" })
	return reply(append(d, bson.E{Key: "operationTime", Value: now}, bson.E{Key: "$clusterTime", Value: bson.D{{Key: "clusterTime", Value: now},
		{Key: "signature", Value: bson.D{{Key: "hash", Value: bson.Binary{Data: make([]byte, 20)}}, {Key: "keyId", Value: int64(0)}}}}}))
}

// missing answers as a member without what was written: it waits where it is asked for a
// time that it has not reached
// (https://www.mongodb.com/docs/manual/reference/read-concern/#afterclustertime-and-atclustertime),
// and has no rows otherwise.
func missing(ctx context.Context, c Command) bson.Raw {
	if _, err := c.LookupErr("readConcern", "afterClusterTime"); err == nil {
		<-ctx.Done()
		return nil
	}
	collection, _ := c.Lookup(c.Name).StringValueOK()
	database, _ := c.Lookup("$db").StringValueOK()
	return reply(bson.D{{Key: "ok", Value: 1.0}, {Key: "cursor", Value: bson.D{
		{Key: "id", Value: int64(0)}, {Key: "ns", Value: database + "." + collection}, {Key: "firstBatch", Value: bson.A{}}}},
		{Key: "operationTime", Value: bson.Timestamp{T: 1, I: 1}}})
}

func (m *Members) isPrimary(i int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.primary == i
}

func (m *Members) isCutOff(i int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Contains(m.cut, i)
}

// hello makes a member's reply of that of the server behind it.
func (m *Members) hello(i int, of bson.Raw) bson.Raw {
	if of == nil {
		return nil
	}
	var d bson.D
	if err := bson.Unmarshal(of, &d); err != nil {
		return nil
	}
	// Without a topologyVersion, the driver asks again in its own time.
	own := []string{"msg", "isWritablePrimary", "ismaster", "secondary", "setName", "setVersion", "hosts", "passives", "arbiters", "primary", "me", "electionId", "topologyVersion", "$clusterTime", "operationTime"}
	d = slices.DeleteFunc(d, func(e bson.E) bool { return slices.Contains(own, e.Key) })
	m.mu.Lock()
	defer m.mu.Unlock()
	hosts := bson.A{}
	for _, p := range m.proxies {
		hosts = append(hosts, p.Address)
	}
	d = append(d, bson.D{{Key: "isWritablePrimary", Value: i == m.primary}, {Key: "ismaster", Value: i == m.primary}, {Key: "secondary", Value: i != m.primary},
		{Key: "setName", Value: "played"}, {Key: "setVersion", Value: int32(1)}, {Key: "hosts", Value: hosts}, {Key: "me", Value: m.proxies[i].Address}}...)
	if m.primary >= 0 {
		d = append(d, bson.E{Key: "primary", Value: m.proxies[m.primary].Address})
	}
	if m.primary == i {
		id := bson.ObjectID{0x7f, 0xff, 0xff, 0xff}
		id[11] = byte(m.terms)
		d = append(d, bson.E{Key: "electionId", Value: id})
	}
	return reply(d)
}

func reply(d bson.D) bson.Raw {
	b, err := bson.Marshal(d)
	if err != nil {
		panic(err) // of what is written above
	}
	return b
}
