package infer

import (
	"testing"

	"herbarium/datasets"
)

func TestDatasetsAreCalledLikeTheirFiles(t *testing.T) {
	for file, want := range map[string]string{
		"diamonds.csv.gz":        "diamonds",
		"data/Trips 2019.CSV":    "trips_2019",
		`C:\files\sales-eu.csv`:  "sales-eu",
		"2019.csv":               "data_2019",
		"docs.json":              "data_docs",
		"herbarium_rows.csv":     "data_herbarium_rows",
		".csv":                   "data",
		"--.csv":                 "data",
		"Größe (final) [v2].csv": "gr_e_final_v2",
	} {
		if got := DatasetName(file); got != want || !datasets.ValidName(got) {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
}

func TestFieldsHaveNamesOfTheirOwn(t *testing.T) {
	n := newNames()
	for i, c := range []struct {
		path []string
		want string
	}{
		{[]string{"sepal_length"}, "sepal_length"},
		{[]string{"Sepal.Length"}, "Sepal_Length"},
		{[]string{"Old Park"}, "old_park"},
		{[]string{"old-park"}, "old_park_2"},
		{[]string{"a", "b"}, "a.b"},
		{[]string{"a"}, "a_2"},
		{[]string{"a", "b", "0"}, "a.b_0"},
		{[]string{"_id"}, "id"},
		{[]string{"_id", "$oid"}, "id_oid"},
		{[]string{"%"}, "percent"},
		{[]string{"→"}, "c11"},
		{[]string{"#12"}, "c12"},
		{[]string{"2019"}, "2019"},
		{[]string{"Straße"}, "Straße"},
	} {
		if got := n.name(c.path, i+1); got != c.want {
			t.Errorf("%v: %s, want %s", c.path, got, c.want)
		}
	}
}

func TestUnitsInHeaders(t *testing.T) {
	for header, want := range map[string][2]string{
		"mass (g)":               {"mass", "g"},
		"Culmen Length (mm)":     {"Culmen Length", "mm"},
		"speed [km/h]":           {"speed", "km/h"},
		"density (kg/m^3)":       {"density", "kg/m^3"},
		"force (kg·m·s⁻²)":       {"force", "kg·m·s⁻²"},
		"area (1000 km2)":        {"area", "1000 km2"},
		"temp (°C)":              {"temp", "°C"},
		"share (%)":              {"share", "%"},
		"price (EUR)":            {"price", "EUR"},
		"distance (miles)":       {"distance", "miles"},
		"pressure (hPa)":         {"pressure", "hPa"},
		"a (b) (ms)":             {"a (b)", "ms"},
		"group (A)":              {},
		"current (mA)":           {"current", "mA"},
		"note (old)":             {},
		"population (2019)":      {},
		"rate (total)":           {},
		"(mm)":                   {},
		"mass g":                 {},
		"births per woman (sum)": {},
	} {
		name, unit, ok := unitOf(header)
		if ok != (want != [2]string{}) || ok && (name != want[0] || unit != want[1]) {
			t.Errorf("%s: %q, %q, %v", header, name, unit, ok)
		}
	}
}
