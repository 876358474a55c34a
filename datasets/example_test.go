package datasets_test

import (
	"fmt"
	"log"

	"herbarium/datasets"
)

func ExampleEmbedded() {
	snapshot, err := datasets.Embedded()
	if err != nil {
		log.Fatal(err)
	}
	iris, ok := snapshot.Dataset("iris")
	if !ok {
		log.Fatal("iris does not ship")
	}
	for _, f := range iris.Fields {
		fmt.Println(f.Name, f.Type, f.Unit)
	}
	// Output:
	// sepal_length number cm
	// sepal_width number cm
	// petal_length number cm
	// petal_width number cm
	// label string
}

func ExampleParse() {
	descriptor := []byte("dataset: tides\nfields:\n  height: {type: nubmer}\n")
	_, err := datasets.Parse("tides.yaml", descriptor, nil)
	fmt.Println(err)
	// Output:
	// tides.yaml:3:18: fields.height.type: there is no type "nubmer" (did you mean number?); allowed: number, integer, boolean, string, date, date-time
}
