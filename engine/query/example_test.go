package query_test

import (
	"fmt"
	"log"

	"herbarium/datasets"
	"herbarium/engine/query"
)

// Everything that is wrong with a query comes at once, with its place.
func ExampleParse() {
	shipped, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, _ := shipped.Dataset("iris")
	_, err = query.Parse(iris, datasets.Range, []byte(`{"speces": "setosa", "page": 0}`))
	fmt.Println(err)
	// Output:
	// invalid_query: the query has 2 faults: /speces: there is no property "speces" (did you mean species?); a query has species, lower, upper, above, below, missing, present, contains, starts_with, any, not, sort, fields, page, per_page, after, version; /page: 0 is not from 1 to 9007199254740991
}
