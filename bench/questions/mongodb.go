package questions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"herbarium/bench/contest"
	"herbarium/bench/data"
	"herbarium/engine"
	"herbarium/engine/mongodb"
	"herbarium/engine/pipeline"
)

// mongoDatabase is filled, and dropped at the end.
const mongoDatabase = "herbarium_bench_questions"

const bareDriver = "bare driver loop"

// MeasureMongoDB asks Q1 to Q4 of so many rows on the server of that URI, through us and
// by a bare loop of the driver, which runs the same pipelines and copies the documents
// that come; those questions whose name begins with the given one. It fills a database of
// its own, and drops it.
func MeasureMongoDB(ctx context.Context, uri, name string, rows, rounds int, seed uint64) (results []*contest.Result, err error) {
	table, err := data.Asked(rows, seed)
	if err != nil {
		return nil, err
	}
	store, err := mongodb.Open(uri, mongodb.Options{Database: mongoDatabase})
	if err != nil {
		return nil, err
	}
	m := &server{ours: &ours{store: store, ds: table.Dataset, engine: engine.New(store, engine.Options{})}}
	defer m.ours.close(ctx)
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return nil, err
	}
	db := client.Database(mongoDatabase)
	defer func() { err = errors.Join(err, db.Drop(ctx), client.Disconnect(ctx)) }()
	if err := db.Drop(ctx); err != nil {
		return nil, err
	}
	if err := fill(ctx, store, table); err != nil {
		return nil, err
	}
	info, err := m.ours.engine.Table(ctx, table.Dataset)
	if err != nil {
		return nil, err
	}
	m.rows = db.Collection(info.Place)
	if m.duck, err = newDuck(ctx, table, runtime.GOMAXPROCS(0)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.duck.db.Close()) }()
	for _, q := range questions() {
		if !strings.HasPrefix(q.name, name) || !slices.Contains([]string{"Q1", "Q2", "Q3", "Q4 1,000", "Q4 1,000,000"}, q.name) {
			continue
		}
		r, err := m.contest(&q, table.Rows).Run(ctx, rounds)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// server answers questions on one server of MongoDB.
type server struct {
	ours *ours
	duck *duck // whose answers ours are compared with
	rows *mongo.Collection
}

func (m *server) contest(q *question, rows int) *contest.Contest {
	asked := asking(0)
	next := func() asking { asked++; return asked }
	return &contest.Contest{
		Name: "M1 " + q.name, What: fmt.Sprintf("%s; %d rows on MongoDB", q.what, rows), Units: float64(rows), Unit: "rows",
		Contenders: []contest.Contender{
			{Name: herbarium, Run: func(ctx context.Context) error {
				_, err := m.ours.ask(ctx, q, next())
				return err
			}},
			{Name: bareDriver, Run: func(ctx context.Context) error { return m.bare(ctx, q, next()) }},
		},
		Goals: []contest.Goal{{Contender: herbarium, Against: bareDriver, Times: 0.9}},
		Check: func(ctx context.Context) error {
			want, err := m.duck.exact(ctx, q)
			if err != nil {
				return err
			}
			got, err := m.ours.ask(ctx, q, 0)
			if err != nil {
				return err
			}
			return agree(want, got)
		},
	}
}

// bare runs the pipelines of a question one after another. It has to compile them, as
// ours does; that takes microseconds.
func (m *server) bare(ctx context.Context, q *question, n asking) error {
	for i := range q.parts {
		text, err := json.Marshal(q.request(&q.parts[i], n))
		if err != nil {
			return err
		}
		parsed, err := m.ours.engine.Parse(m.ours.ds, q.parts[i].op, text)
		if err != nil {
			return err
		}
		x, err := m.ours.engine.Explain(ctx, parsed)
		if err != nil {
			return err
		}
		for _, p := range slices.Concat([]pipeline.Pipeline{x.Pipeline}, x.Further) {
			if err := m.read(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// read copies the documents that a pipeline answers with.
func (m *server) read(ctx context.Context, p pipeline.Pipeline) error {
	cursor, err := m.rows.Aggregate(ctx, p, options.Aggregate().SetAllowDiskUse(true))
	if err != nil {
		return err
	}
	var document bson.Raw
	for cursor.Next(ctx) {
		document = append(document[:0], cursor.Current...)
	}
	return errors.Join(cursor.Err(), cursor.Close(ctx))
}
