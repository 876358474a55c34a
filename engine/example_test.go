package engine_test

import (
	"context"
	"fmt"
	"log"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/columnar"
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
	query, err := engine.ParseQuery(iris, datasets.Mean, []byte(`{"species": ["setosa", "versicolor"]}`))
	if err != nil {
		log.Fatal(err)
	}
	for row, err := range engine.New(store, engine.Options{}).Mean(ctx, query) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Text("label"), row.Float("mean_sepal_length"))
	}
	// Output:
	// setosa 5.006
	// versicolor 5.936
}

// Everything that is wrong with a query comes at once, with its place.
func ExampleParseQuery() {
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	_, err = engine.ParseQuery(iris, datasets.Range, []byte(`{"speces": "setosa", "page": 0}`))
	fmt.Println(err)
	// Output:
	// invalid_query: the query has 2 faults: /speces: there is no property "speces" (did you mean species?); a query has species, lower, upper, fields, page, per_page, after; /page: 0 is not from 1 to 9007199254740991
}

// A plan prints itself, and so does the pipeline it compiles to.
func ExampleCompile() {
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	query, err := engine.ParseQuery(iris, datasets.Range, []byte(`{"species": "setosa", "lower": {"petal_width": 0.5}, "fields": ["petal_width"]}`))
	if err != nil {
		log.Fatal(err)
	}
	plan, err := engine.NewPlan(query, datasets.Range)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(plan)
	fmt.Println(engine.Compile(plan))
	// Output:
	// range of iris
	//   where label in ["setosa"]
	//   where 0.5 <= petal_width
	//   fields petal_width
	// [{"$match":{"label":{"$eq":"setosa"},"petal_width":{"$gte":0.5}}},
	//  {"$sort":{"_id":1}},
	//  {"$project":{"_id":0,"petal_width":1}}]
}
