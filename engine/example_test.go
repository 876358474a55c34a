package engine_test

import (
	"context"
	"fmt"
	"log"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// The mean sepal length of two species: open what ships, load it into a store,
// ask an engine.
func Example() {
	ctx, store := context.Background(), columnar.NewStore(columnar.Options{})
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	if _, err := loaders.Load(ctx, store, iris, nil, loaders.Options{}); err != nil {
		log.Fatal(err)
	}
	q, err := query.Parse(iris, datasets.Mean, []byte(`{"species": ["setosa", "versicolor"]}`))
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range engine.New(store, engine.Options{}).Rows(ctx, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Text("label"), row.Float("mean_sepal_length"))
	}
	// Output:
	// setosa 5.006
	// versicolor 5.936
}
