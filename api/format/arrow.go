package format

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"herbarium/engine"
	"herbarium/engine/plan"
)

// Arrow writes answers as an Arrow IPC stream: a record batch for each batch of
// rows, with the types of arrowType, and with dictionaries that are replaced if they
// change.
var Arrow = engine.Format{
	Name:      "arrow",
	MediaType: "application/vnd.apache.arrow.stream",
	File:      true,
	Described: true,
	Batched:   true,
	New:       func(p *plan.Plan) engine.Encoder { return &arrowEncoder{records: newArrowRecords(p)} },
}

// arrowEncoder writes record batches into out.
type arrowEncoder struct {
	records *arrowRecords
	out     appender
	writer  *ipc.Writer
	err     error
}

// Begin makes the writer, which writes the schema before the first batch.
func (e *arrowEncoder) Begin(dst []byte) []byte {
	e.writer = ipc.NewWriterWithPayloadWriter(&arrowMessages{out: &e.out}, ipc.WithSchema(e.records.schema))
	return dst
}

// Append writes the batch as one record batch.
func (e *arrowEncoder) Append(dst []byte, b *engine.Batch) []byte {
	if e.err != nil {
		return dst
	}
	e.out.bytes = dst
	record := e.records.of(b)
	e.err = e.writer.Write(record)
	record.Release()
	return e.out.take()
}

// End writes the stream's end.
func (e *arrowEncoder) End(dst []byte) []byte {
	e.out.bytes = dst
	if err := e.writer.Close(); e.err == nil {
		e.err = err
	}
	return e.out.take()
}

// Err returns why the writer failed.
func (e *arrowEncoder) Err() error { return e.err }

// arrowMessages writes the messages of a stream, the first of which is the schema.
type arrowMessages struct {
	out   *appender
	begun bool
}

const continuation = 0xFFFFFFFF // precedes the length of a message's metadata

// Start does nothing: a stream has no head.
func (*arrowMessages) Start() error { return nil }

// WritePayload writes a message. The schema's is written as strict readers demand.
func (m *arrowMessages) WritePayload(p ipc.Payload) error {
	if m.begun {
		_, err := p.WritePayload(m.out)
		return err
	}
	m.begun = true
	metadata := p.Meta()
	defer metadata.Release()
	m.begin(fitVtables(metadata.Bytes(), schemaMessage()))
	return nil
}

// begin writes what precedes a message's body.
func (m *arrowMessages) begin(metadata []byte) {
	m.out.bytes = binary.LittleEndian.AppendUint32(m.out.bytes, continuation)
	m.out.bytes = binary.LittleEndian.AppendUint32(m.out.bytes, uint32(len(metadata)))
	m.out.bytes = append(m.out.bytes, metadata...)
}

// Close writes the stream's end, which is a message without metadata.
func (m *arrowMessages) Close() error {
	m.begin(nil)
	return nil
}

// appender is an io.Writer that appends to bytes.
type appender struct{ bytes []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.bytes = append(a.bytes, p...)
	return len(p), nil
}

// take returns the bytes, which belong to the caller again.
func (a *appender) take() []byte {
	b := a.bytes
	a.bytes = nil
	return b
}
