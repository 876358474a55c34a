package mongodb

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/pipeline"
	"herbarium/engine/plan"
)

// A cursor is lost with the member that keeps it. Where the order of an answer is certain, a
// second cursor goes on after the rows that were read, on any member: the rows of a version do
// not change.

// maxResumptions is how often an answer goes on with another cursor.
const maxResumptions = 3

// resumption is how an answer can go on.
type resumption struct {
	// later writes the plan without its first rows; nil where rows have no certain order.
	later   func(p *plan.Plan) pipeline.Pipeline
	read    int64 // rows that were handed out
	times   int
	resumed bool // the cursor has not answered yet
}

// resumes reports whether the answer can go on after the failure.
func (r *rows) resumes(ctx context.Context, err error) bool {
	return r.later != nil && r.begun && r.times < maxResumptions && ctx.Err() == nil && passing(err)
}

// resume goes on with another cursor. The error has its code, or is io.EOF where nothing is
// left.
func (r *rows) resume(ctx context.Context) error {
	r.times++
	r.resumed = true
	r.letGo()
	rest := *r.plan
	rest.Skip += r.read
	if rest.Limit >= 0 {
		if rest.Limit -= r.read; rest.Limit == 0 {
			r.closed = true
			return r.end(ctx)
		}
	}
	stages := r.later(&rest)
	a, err := r.table.aggregate(ctx, func(concern bson.D) bson.D { return r.table.runCommand(&rest, stages, concern) }, answersAtOnce(r.plan))
	if err != nil {
		r.closed = true
		return err
	}
	a.SetBatchSize(laterRows)
	r.cursor = a
	return nil
}

// letGo lets go of the cursor. An error is of no use: the server drops a cursor that
// nobody asks for by itself.
func (r *rows) letGo() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	_ = r.cursor.Close(ctx)
}

// closeWait bounds the telling of the server that a cursor is not needed.
const closeWait = 2 * time.Second
