package loaders_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

const rides = `
dataset: rides
fields:
  kind: {type: string, enum: [bus, taxi]}
  fare: {type: number}
stats: {group_by: kind}
`

// Rows from anywhere, loaded into memory and asked for means.
func ExampleLoad() {
	ctx, store := context.Background(), columnar.NewStore(columnar.Options{})
	ds, err := datasets.Parse("rides.yaml", []byte(rides), nil)
	if err != nil {
		log.Fatal(err)
	}
	csv := loaders.Stream("rides.csv", strings.NewReader("fare,kind\n2.5,bus\n14,taxi\n3,bus\n"))
	summary, err := loaders.Load(ctx, store, ds, []loaders.Source{csv}, loaders.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Rows, "rows")
	q, err := query.Parse(ds, datasets.Mean, nil)
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range engine.New(store, engine.Options{}).Rows(ctx, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Text("kind"), row.Float("mean_fare"))
	}
	// Output:
	// 3 rows
	// bus 2.75
	// taxi 14
}

// What is wrong with the rows comes with its file, line and column.
func ExampleCheck() {
	ds, err := datasets.Parse("rides.yaml", []byte(rides), nil)
	if err != nil {
		log.Fatal(err)
	}
	csv := loaders.Stream("rides.csv", strings.NewReader("kind,fare\nbus,\"12,50\"\ntaxy,14\n"))
	_, err = loaders.Check(context.Background(), ds, []loaders.Source{csv}, loaders.Options{})
	var wrong *loaders.DataError
	if errors.As(err, &wrong) {
		fmt.Println(wrong)
	}
	// Output:
	// rides.csv:2:5: fare: "12,50" is not a number (row 1)
	// rides.csv:3:1: kind: "taxy" is not allowed (did you mean taxi?); allowed: bus, taxi (row 2)
}
