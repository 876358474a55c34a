package columnar_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
	"herbarium/engine/query"
	"herbarium/loaders"
)

// Rows that stay: load them into a folder once, open it again whenever they
// are asked for.
func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "rows-")
	if err != nil {
		log.Fatal(err)
	}
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	penguins, _ := shipped.Dataset("penguins")

	nightly := columnar.Open(dir, columnar.FileOptions{Keep: 5 * time.Minute})
	if _, err := loaders.Load(ctx, nightly, penguins, nil, loaders.Options{}); err != nil {
		log.Fatal(err)
	}

	// In another process, say.
	store := columnar.Open(dir, columnar.FileOptions{})
	q, err := query.Parse(penguins, datasets.Mean, []byte(`{"species": "Gentoo", "sex": "MALE"}`))
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range engine.New(store, engine.Options{}).Rows(ctx, q) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Text("species"), row.Float("mean_body_mass_g"))
	}
	found, err := store.Check(ctx, "penguins")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found.Versions, "version,", found.Total, "faults")
	if err := os.RemoveAll(dir); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Gentoo 5484.836065573771
	// 1 version, 0 faults
}
