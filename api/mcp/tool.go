package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"herbarium/api/format"
	"herbarium/api/problem"
	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// The limits of one result, which goes into an assistant's memory.
const (
	defaultRows = 100
	maxRows     = 1000
	// MaxBytes is how long the text of a result can be.
	MaxBytes = 512 << 10
)

// tool is an operation of a dataset as the protocol's tool.
type tool struct {
	service *Service
	dataset *datasets.Dataset
	op      *datasets.Operation
	name    string
}

// describe returns what clients are told of the tool.
func (t tool) describe() (*sdk.Tool, error) {
	arguments, result, err := t.schemas()
	if err != nil {
		return nil, err
	}
	input, err := schemas.AppendJSON(nil, arguments)
	if err != nil {
		return nil, err
	}
	output, err := schemas.AppendJSON(nil, result)
	if err != nil {
		return nil, err
	}
	words := t.op.WordsFor(t.dataset)
	closed := false
	return &sdk.Tool{
		Name: t.name, Title: words.Summary, Description: t.about(words),
		Annotations:  &sdk.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &closed},
		InputSchema:  json.RawMessage(input),
		OutputSchema: json.RawMessage(output),
	}, nil
}

// about describes the tool to an assistant: what it answers, and the fields.
func (t tool) about(words datasets.Words) string {
	var b strings.Builder
	b.WriteString(words.Description)
	if t.dataset.Description != "" && t.dataset.Operations[0] == t.op { // once is enough
		b.WriteString(" The dataset: " + strings.TrimSuffix(t.dataset.Description, ".") + ".")
	}
	b.WriteString(" Fields:")
	for i := range t.dataset.Fields[:min(len(t.dataset.Fields), namedFields)] {
		f := &t.dataset.Fields[i]
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(" " + f.Name + " (" + f.Type.String())
		if f.Unit != "" {
			b.WriteString(", " + f.Unit)
		}
		b.WriteByte(')')
	}
	if n := len(t.dataset.Fields) - namedFields; n > 0 {
		b.WriteString(" and " + strconv.Itoa(n) + " more")
	}
	b.WriteString(". A page has " + strconv.Itoa(defaultRows) + " rows, or per_page up to " + strconv.FormatInt(t.most(), 10) + ".")
	return b.String()
}

// most is the largest page.
func (t tool) most() int64 {
	if _, limit := t.dataset.PageOf(t.op); limit > 0 {
		return min(limit, maxRows)
	}
	return maxRows
}

// call answers a call of the tool. What is wrong with its arguments is told in the
// result, so that the assistant can mend it.
func (t tool) call(ctx context.Context, request *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	answer, err := t.answer(ctx, request.Params.Arguments)
	if err != nil {
		return t.refusal(ctx, err)
	}
	return &sdk.CallToolResult{StructuredContent: json.RawMessage(answer), Content: []sdk.Content{&sdk.TextContent{Text: string(answer)}}}, nil
}

// refusal is the result of a call that failed: problem details, as over HTTP.
func (t tool) refusal(ctx context.Context, err error) (*sdk.CallToolResult, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	p := problem.Of(problem.Discreet(t.dataset, err))
	kind := problem.KindOf(p.Code)
	if p.Code == problem.Internal {
		t.service.logger.Error("a tool failed", "tool", t.name, "error", err.Error())
		p.Detail = "something went wrong inside; the server's log says what"
	}
	text, err := schemas.AppendJSON(nil, problem.Details{Type: problem.URN + p.Code, Title: kind.Title, Status: kind.Status,
		Detail: p.Detail, Instance: t.name, Code: p.Code, Errors: p.Violations})
	if err != nil {
		return nil, err
	}
	return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}}, nil
}

// answer runs the query of the arguments and writes the result.
func (t tool) answer(ctx context.Context, arguments json.RawMessage) ([]byte, error) {
	q, err := t.service.engine.Parse(t.dataset, t.op, arguments)
	if err != nil {
		return nil, err
	}
	if q, err = t.paged(q); err != nil {
		return nil, err
	}
	a, err := t.service.engine.Answer(ctx, q, format.JSON)
	if err != nil {
		return nil, err
	}
	text := []byte(`{"rows":`)
	for {
		chunk, err := a.Next(ctx)
		if err == io.EOF {
			break
		}
		if text = append(text, chunk...); err == nil && len(text) > MaxBytes {
			err = &fault.Error{Code: fault.InvalidQuery, Detail: "the answer is larger than " + strconv.Itoa(MaxBytes>>10) +
				" KiB; ask for a smaller per_page, fewer fields or fewer groups"}
		}
		if err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	text = appendNext(text, q, a)
	return append(text, '}'), a.Close()
}

// paged returns the query with a page size that is allowed here.
func (t tool) paged(q *query.Query) (*query.Query, error) {
	most := t.most()
	if q.PerPage > most {
		return nil, &fault.Error{Code: fault.InvalidQuery, Detail: "the query has 1 fault", Violations: []schemas.Violation{
			schemas.At(0, "/per_page", schemas.OutOfRange, strconv.FormatInt(q.PerPage, 10)+" is not from 1 to "+strconv.FormatInt(most, 10))}}
	}
	return q.Sized(min(most, defaultRows)), nil
}

// appendNext writes what follows the rows: how to go on, and how many there are.
func appendNext(dst []byte, q *query.Query, a *engine.Answer) []byte {
	page, _, _ := q.Paged()
	switch {
	case a.Token != "":
		dst = append(schemas.AppendString(append(dst, `,"next":{"after":`...), a.Token), '}')
	case a.More && page > 0:
		dst = append(strconv.AppendInt(append(dst, `,"next":{"page":`...), page+1, 10), '}')
	}
	if a.Total >= 0 {
		dst = strconv.AppendInt(append(dst, `,"total":`...), a.Total, 10)
	}
	return dst
}
