package openapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/api"
	"herbarium/api/openapi"
	"herbarium/datasets"
)

const trips = `
dataset: trips
data: trips.csv
fields:
  pickup: {type: date-time}
  payment: {type: string}
  color: {type: string, enum: [green, yellow]}
  fare: {type: number, unit: EUR}
operations:
  range: {}
  fares-by-month:
    title: Fares by month
    description: What cards paid.
    of: stats
    where: {payment: card}
    group_by: ["pickup:month"]
    measures: {fare: [mean, p95], "*": [count]}
    sort: [pickup]
    takes: [color, lower, upper, not]
    page: {max: 5}
  fares_by_month: {of: stats/count}
  dear: {of: range, where: {above: {fare: 12}}, fields: [fare, color]}
  colors: {of: stats/distinct, field: color}
  values: {of: stats/distinct, takes: [field]}
`

const tripsRows = `pickup,payment,color,fare
2019-01-05T10:00:00Z,card,green,10
2019-02-06T10:00:00Z,card,yellow,20
2019-02-01T10:00:00Z,card,yellow,7.5
2019-02-02T10:00:00Z,cash,green,
`

func namedDataset(t *testing.T) *datasets.Dataset {
	t.Helper()
	return datasetsOf(t, folder(t, trips, tripsRows))[0]
}

func TestANamedOperationIsDescribed(t *testing.T) {
	ds := namedDataset(t)
	s := loadedServer(t, api.Options{}, ds)
	doc := documentOf(t, s, "/openapi.json")
	rows := map[string]int{}
	for path, methods := range doc.Paths {
		post, ok := methods["post"]
		if !ok {
			continue
		}
		for name, example := range post.RequestBody.Content["application/json"].Examples {
			doc.fits(t, post.RequestBody.Content["application/json"].Schema, string(example.Value))
			r := post200(t, s, path, string(example.Value))
			doc.fits(t, component200(post), r)
			rows[path+" "+name] = strings.Count(r, "},{") + 1
		}
	}
	want := map[string]int{
		"/trips/range query_1": 2, "/trips/range first_page": 4,
		"/trips/fares-by-month query_1": 1, "/trips/fares-by-month first_page": 2,
		"/trips/fares_by_month query_1": 1, "/trips/fares_by_month first_page": 1,
		"/trips/dear query_1": 1, "/trips/dear first_page": 1,
		"/trips/colors query_1": 1, "/trips/colors first_page": 2,
		"/trips/values first_page": 2,
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("entries by example (-want +got):\n%s", diff)
	}
	schema := doc.Paths["/trips/fares-by-month"]["post"].RequestBody.Content["application/json"].Schema
	for body, fits := range map[string]bool{
		`{"color":["green"],"not":{"color":["yellow"]},"page":1}`: true,
		`{"payment":["cash"]}`:        false,
		`{"group_by":["color"]}`:      false,
		`{"not":{"payment":["x"]}}`:   false,
		`{"per_page":6}`:              false,
		`{"lower":{"fare":1}}`:        true,
		`{"missing":["fare"]}`:        false,
		`{"above":{"fare":1}}`:        false,
		`{"color":["green","green"]}`: false,
	} {
		if faults := doc.faults(t, schema, body); (len(faults) == 0) != fits {
			t.Errorf("%s: %v", body, faults)
		}
		status := http.StatusOK
		if !fits {
			status = http.StatusUnprocessableEntity
		}
		if got, _ := post(t, s, "/trips/fares-by-month", body); got != status {
			t.Errorf("%s is answered with %d", body, got)
		}
	}
}

func TestTheIdsOfNamedOperationsDiffer(t *testing.T) {
	text, err := openapi.DatasetDocument(namedDataset(t), openapi.Options{Version: openapi.V32})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Description string
		}
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, methods := range doc.Paths {
		for _, m := range methods {
			ids = append(ids, m.OperationID)
		}
	}
	slices.Sort(ids)
	if unique := slices.Compact(slices.Clone(ids)); len(unique) != len(ids) {
		t.Errorf("ids are not unique: %v", ids)
	}
	got := doc.Paths["/trips/fares-by-month"]["post"]
	if got.OperationID != "tripsFaresByMonth" || got.Summary != "Fares by month" || got.Description != "What cards paid.\n\nThis is `stats` with "+
		"`{\"where\":{\"payment\":\"card\"},\"group_by\":[\"pickup:month\"],\"measures\":{\"fare\":[\"mean\",\"p95\"],\"*\":[\"count\"]},\"sort\":[\"pickup\"]}`." {
		t.Errorf("%+v", got)
	}
}
