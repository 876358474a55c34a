package mcp

import (
	"context"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// A request of the HTTP transport can be a batch of messages, each of which costs what a
// request costs. So limits of callers count every message.

// meter counts the messages of a request.
type meter struct {
	begun atomic.Bool // the first message came
	enter func() (leave func(), err error)
}

type meterKey struct{}

// WithMeter returns the context of a request that was counted, in which enter is called for
// each message after the first one, and leave at its end. An error of enter refuses the
// message.
func WithMeter(ctx context.Context, enter func() (leave func(), err error)) context.Context {
	return context.WithValue(ctx, meterKey{}, &meter{enter: enter})
}

// codeRefused is the code of JSON-RPC for errors that a server defines.
const codeRefused = -32000

// count counts a message.
func count(ctx context.Context) (leave func(), err error) {
	m, ok := ctx.Value(meterKey{}).(*meter)
	if !ok || !m.begun.Swap(true) {
		return func() {}, nil
	}
	if leave, err = m.enter(); err != nil {
		return nil, &jsonrpc.Error{Code: codeRefused, Message: err.Error()}
	}
	return leave, nil
}
