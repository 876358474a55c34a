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

// A caller who sees two species, and not how wide their petals are, gets a view: a
// dataset, which is asked as any other.
func Example_view() {
	ctx, store := context.Background(), columnar.NewStore(columnar.Options{})
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	if _, err := loaders.Load(ctx, store, iris, nil, loaders.Options{}); err != nil {
		log.Fatal(err)
	}
	view, err := query.Restrict(iris, datasets.Restriction{
		Hide:   []string{"petal_width"},
		Rows:   []byte(`{"not": {"species": "setosa"}}`),
		Secret: []byte("what other servers of the same data know too"),
	})
	if err != nil {
		log.Fatal(err)
	}
	q, err := query.Parse(view, datasets.Mean, []byte(`{}`))
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range engine.New(store, engine.Options{}).Rows(ctx, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Text("label"), row.Float("mean_petal_length"), row.Value("mean_petal_width"))
	}
	// Output:
	// versicolor 4.26 <nil>
	// virginica 5.5520000000000005 <nil>
}
