package questions

import (
	"context"
	"encoding/json"

	"herbarium/bench/peers"
)

// bears is polars in a process of its own, which holds the table in memory.
type bears struct{ process *peers.Polars }

func (b *bears) ask(q *question, n asking, rows bool) (answer, error) {
	return b.answer(map[string]any{"name": q.name, "lower": lowerA, "upper": n.upperB(), "rows": rows}, rows)
}

// page asks for a page in the order of c.
func (b *bears) page(lower, upper float64, number int, rows bool) (answer, error) {
	return b.answer(map[string]any{"name": "Q5", "lower": lower, "upper": upper, "page": number, "rows_of_page": pageRows, "rows": rows}, rows)
}

// answer asks and returns the rows, where they are asked for.
func (b *bears) answer(question map[string]any, rows bool) (answer, error) {
	text, err := b.process.Ask(question)
	if err != nil || !rows {
		return nil, err
	}
	var all answer
	return all, json.Unmarshal(text, &all)
}

// contend asks for no rows: those of an answer need not come as JSON.
func (b *bears) contend(q *question, next func() asking) func(context.Context) error {
	return func(context.Context) error {
		_, err := b.ask(q, next(), false)
		return err
	}
}
