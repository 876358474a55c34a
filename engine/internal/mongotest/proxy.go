package mongotest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/internal/porttest"
)

// Proxy stands between drivers and the tests' server and speaks MongoDB's wire
// protocol, so that tests can play servers that one mongod is not.
// https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ describes the messages:
// OP_MSG, and OP_QUERY with OP_REPLY, by which a driver says hello.
type Proxy struct {
	// Address is HOST:PORT.
	Address string

	target string
	answer Handler
	ctx    context.Context
	end    context.CancelFunc

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
	running  sync.WaitGroup
}

// Handler answers a command. Pass sends a command, which is this one or what the handler made
// of it, to the tests' server and returns the reply. The context ends with the connection that the command came by, and where the proxy stops. A
// nil reply ends the connection.
type Handler func(ctx context.Context, c Command, pass func(bson.Raw) bson.Raw) bson.Raw

// Command is what a driver asks.
type Command struct {
	Name string // such as hello or aggregate
	bson.Raw
	// Message has the documents, too, that an insert or an update sends beside the command.
	Message []byte
}

// NewProxy starts a proxy, which stops with the test.
func NewProxy(t testing.TB, answer Handler) *Proxy {
	t.Helper()
	p := &Proxy{target: primary(t), answer: answer, Address: porttest.Address(t)}
	p.Start(t)
	t.Cleanup(p.Stop)
	return p
}

// primary returns the address of the tests' server, or of the primary of its set.
func primary(t testing.TB) string {
	t.Helper()
	target, err := url.Parse(Server(t))
	if err != nil {
		t.Fatal("HERBARIUM_TEST_MONGODB is no URI") // which may hold a password
	}
	if target.User != nil || target.Query().Has("tls") || target.Query().Has("ssl") {
		t.Skip("the server wants a password or TLS, which a proxy does not pass on")
	}
	var hello struct {
		Primary string `bson:"primary"`
	}
	err = Database(t).RunCommand(context.Background(), bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	if err != nil {
		t.Fatal(err)
	}
	if hello.Primary != "" {
		return hello.Primary
	}
	host, _, _ := strings.Cut(target.Host, ",")
	return host
}

// Start takes connections, at the same address as before.
func (p *Proxy) Start(t testing.TB) {
	t.Helper()
	p.ctx, p.end = context.WithCancel(context.Background())
	l, err := new(net.ListenConfig).Listen(p.ctx, "tcp", p.Address)
	if err != nil {
		t.Fatal(err)
	}
	p.Address = l.Addr().String()
	p.listener, p.open = l, map[net.Conn]bool{}
	p.running.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.serve(in) })
		}
	})
}

// Stop ends all connections and takes no more.
func (p *Proxy) Stop() {
	p.end()
	_ = p.listener.Close()
	p.mu.Lock()
	for c := range p.open {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// serve answers one connection's commands until an end closes.
func (p *Proxy) serve(in net.Conn) {
	defer p.forget(in)
	out, err := new(net.Dialer).DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		return
	}
	defer p.forget(out)
	p.mu.Lock()
	p.open[in], p.open[out] = true, true
	ended := p.ctx.Err() != nil
	p.mu.Unlock()
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	messages := make(chan []byte)
	p.running.Go(func() {
		// Commands are read while one is answered, so that the end is seen.
		defer close(messages)
		defer cancel()
		for !ended {
			m, err := readMessage(in)
			if err != nil {
				return
			}
			select {
			case messages <- m:
			case <-ctx.Done():
				return
			}
		}
	})
	for m := range messages {
		if err := p.exchange(ctx, in, out, m); err != nil {
			_ = in.Close()
		}
	}
}

func (p *Proxy) forget(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = c.Close()
	delete(p.open, c)
}

var errNoReply = errors.New("the connection ends without a reply")

func (p *Proxy) exchange(ctx context.Context, in io.Writer, out io.ReadWriter, m []byte) error {
	c, err := commandOf(m)
	if err != nil {
		return err
	}
	if kindOf(m) == opMsg {
		// Each question gets one reply: the server may not go on by itself (exhaustAllowed).
		flags := binary.LittleEndian.Uint32(m[headerBytes:])
		binary.LittleEndian.PutUint32(m[headerBytes:], flags&^(1<<16))
	}
	var failed error
	reply := p.answer(ctx, c, func(changed bson.Raw) bson.Raw {
		if _, failed = out.Write(withCommand(m, changed)); failed != nil {
			return nil
		}
		var back []byte
		if back, failed = readMessage(out); failed != nil {
			return nil
		}
		var document bson.Raw
		document, failed = replyOf(back)
		return document
	})
	if reply == nil {
		return errors.Join(errNoReply, failed)
	}
	_, err = in.Write(writeReply(m, reply))
	return err
}

const (
	headerBytes = 16
	opReply     = 1
	opQuery     = 2004
	opMsg       = 2013
)

func readMessage(r io.Reader) ([]byte, error) {
	size := make([]byte, 4)
	if _, err := io.ReadFull(r, size); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size)
	if n < headerBytes || n > 64<<20 {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	m := make([]byte, n)
	copy(m, size)
	_, err := io.ReadFull(r, m[4:])
	return m, err
}

func kindOf(m []byte) uint32 { return binary.LittleEndian.Uint32(m[12:]) }

// document returns the document that begins at the offset.
func document(m []byte, at int) (bson.Raw, error) {
	if at < 0 || at+4 > len(m) {
		return nil, io.ErrUnexpectedEOF
	}
	n := int(binary.LittleEndian.Uint32(m[at:]))
	if n < 5 || at+n > len(m) {
		return nil, io.ErrUnexpectedEOF
	}
	return bson.Raw(m[at : at+n]), nil
}

// body is where an OP_MSG's document begins: after the flags and, in any order, the
// sequences of documents that an insert sends beside it.
func body(m []byte) int {
	for at := headerBytes + 4; at+5 <= len(m); {
		if m[at] == 0 {
			return at + 1
		}
		at += 1 + int(binary.LittleEndian.Uint32(m[at+1:]))
	}
	return -1
}

// commandAt is where a message's command begins.
func commandAt(m []byte) int {
	if kindOf(m) != opQuery {
		return body(m)
	}
	name := headerBytes + 4
	for name < len(m) && m[name] != 0 {
		name++
	}
	return name + 1 + 8
}

// withCommand returns the message with another command and the same documents beside it.
func withCommand(m []byte, command bson.Raw) []byte {
	at := commandAt(m)
	old, err := document(m, at)
	if err != nil {
		return m
	}
	changed := slices.Concat(m[:at], command, m[at+len(old):])
	binary.LittleEndian.PutUint32(changed, uint32(len(changed)))
	return changed
}

func commandOf(m []byte) (Command, error) {
	d, err := document(m, commandAt(m))
	if err != nil {
		return Command{}, err
	}
	first, err := d.IndexErr(0)
	if err != nil {
		return Command{}, err
	}
	return Command{Name: first.Key(), Raw: d, Message: m}, nil
}

func replyOf(m []byte) (bson.Raw, error) {
	if kindOf(m) == opReply {
		return document(m, headerBytes+20)
	}
	return document(m, body(m))
}

// writeReply writes the reply in the form in which was asked.
func writeReply(request []byte, reply bson.Raw) []byte {
	m := make([]byte, headerBytes, headerBytes+24+len(reply))
	copy(m[8:], request[4:8]) // whose answer it is
	if kindOf(request) == opQuery {
		binary.LittleEndian.PutUint32(m[12:], opReply)
		m = append(m, make([]byte, 16)...)
		m = append(m, 1, 0, 0, 0) // one document
	} else {
		binary.LittleEndian.PutUint32(m[12:], opMsg)
		m = append(m, 0, 0, 0, 0, 0) // no flags; a document
	}
	m = append(m, reply...)
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m
}
