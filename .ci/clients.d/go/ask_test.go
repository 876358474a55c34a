// Asks a server by the clients that oapi-codegen makes. It is a test, which is
// compiled with go test -c and prints what it reads.
package clients

import (
	"context"
	"fmt"
	"log"
	"os"
	"testing"
	"time"

	"clients/iris"
	"clients/wells"
)

func TestMain(*testing.M) {
	ctx := context.Background()
	i, err := iris.NewClientWithResponses(os.Args[1])
	check(err)
	setosa, five := iris.Setosa, 5.0
	species := []*iris.IrisLabelValue{&setosa}
	rows, err := i.IrisRangeWithResponse(ctx, nil, iris.IrisRangeQuery{Species: &species,
		Lower: &iris.IrisBounds{SepalLength: &five, SepalWidth: ptr(3.0)}, Upper: &iris.IrisBounds{SepalLength: ptr(5.1)}})
	check(err)
	first := (*rows.JSON200)[0]
	fmt.Printf("iris range %d: %s %s %s %s %s\n", len(*rows.JSON200), text(first.SepalLength), text(first.SepalWidth),
		text(first.PetalLength), text(first.PetalWidth), text(first.Label))
	means, err := i.IrisStatsMeanWithResponse(ctx, nil, iris.IrisStatsMeanQuery{Species: &species})
	check(err)
	for _, m := range *means.JSON200 {
		fmt.Printf("iris mean: %s %s\n", text(m.Label), text(m.MeanSepalLength))
	}
	no, err := i.IrisRangeWithResponse(ctx, nil, iris.IrisRangeQuery{Lower: &iris.IrisBounds{SepalLength: ptr(6.0)}, Upper: &iris.IrisBounds{SepalLength: &five}})
	check(err)
	fmt.Printf("iris refused: %d %s\n", no.StatusCode(), (*no.ApplicationproblemJSON422.Errors)[0].Code)

	w, err := wells.NewClientWithResponses(os.Args[1])
	check(err)
	wanted, err := w.WellsRangeWithResponse(ctx, nil, wells.WellsRangeQuery{Rings: &[]*wells.WellsRingsValue{nil, ptr(wells.N8)}})
	check(err)
	for _, r := range *wanted.JSON200 {
		seen := "null"
		if r.Seen != nil {
			seen = r.Seen.UTC().Format(time.RFC3339)
		}
		fmt.Println("wells range:", text(r.Id), text(r.Site.Depth), text(r.Site.Basin), text(r.Dug), seen, text(r.Dry), text(r.Rings), text(r.Note))
	}
	groups, err := w.WellsStatsMeanWithResponse(ctx, nil, wells.WellsStatsMeanQuery{Rings: &[]*wells.WellsRingsValue{ptr(wells.N4), ptr(wells.N8)}})
	check(err)
	for _, g := range *groups.JSON200 {
		fmt.Println("wells mean:", text(g.Rings), text(g.MeanSite.Depth))
	}
	refused, err := w.WellsRangeWithResponse(ctx, nil, wells.WellsRangeQuery{Lower: &wells.WellsBounds{Id: ptr(2.0)}, Upper: &wells.WellsBounds{Id: ptr(1.0)}})
	check(err)
	fmt.Printf("wells refused: %d %s\n", refused.StatusCode(), (*refused.ApplicationproblemJSON422.Errors)[0].Code)
}

func ptr[T any](v T) *T { return &v }

func text[T any](v *T) string {
	if v == nil {
		return "null"
	}
	return fmt.Sprint(*v)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
