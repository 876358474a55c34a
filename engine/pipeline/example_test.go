package pipeline_test

import (
	"fmt"
	"log"

	"herbarium/datasets"
	"herbarium/engine/pipeline"
	"herbarium/engine/query"
)

// A plan prints itself, and so does the pipeline it compiles to.
func ExampleCompile() {
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	q, err := query.Parse(iris, datasets.Range, []byte(`{"species": "setosa", "lower": {"petal_width": 0.5}, "fields": ["petal_width"]}`))
	if err != nil {
		log.Fatal(err)
	}
	p, err := q.Plan()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(p)
	fmt.Println(pipeline.Compile(p))
	// Output:
	// range of iris
	//   where label in ["setosa"]
	//   where 0.5 <= petal_width
	//   fields petal_width
	// [{"$match":{"label":{"$eq":"setosa"},"petal_width":{"$gte":0.5}}},
	//  {"$sort":{"_id":1}},
	//  {"$project":{"_id":0,"petal_width":1}}]
}
