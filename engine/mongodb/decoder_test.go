package mongodb

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"herbarium/datasets"
	"herbarium/engine"
)

func marshal(t testing.TB, document any) []byte {
	t.Helper()
	b, err := bson.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDocumentsReadAsRows(t *testing.T) {
	ds := parseDataset(t, weather)
	day := time.Date(2019, 3, 23, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name     string
		document bson.D
		want     string
	}{
		{"every value", bson.D{{Key: "station", Value: "north"}, {Key: "temperature", Value: 5.5}, {Key: "wind", Value: bson.D{{Key: "speed", Value: int64(7)}}},
			{Key: "rain", Value: true}, {Key: "day", Value: day}, {Key: "read", Value: day.Add(90 * time.Second)}},
			`"north" 5.5 7 true "2019-03-23" "2019-03-23T00:01:30.000Z"`},
		{"no value", bson.D{}, "null null null null null null"},
		{"nulls", bson.D{{Key: "station", Value: nil}, {Key: "wind", Value: nil}, {Key: "rain", Value: nil}}, "null null null null null null"},
		{"another order", bson.D{{Key: "rain", Value: false}, {Key: "wind", Value: bson.D{{Key: "x", Value: 1}, {Key: "speed", Value: int32(-7)}}}, {Key: "station", Value: ""}},
			`"" null -7 false null null`},
		{"unknown fields", bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "tags", Value: bson.A{1, "two"}}, {Key: "rain", Value: true},
			{Key: "pattern", Value: bson.Regex{Pattern: "a", Options: "i"}}, {Key: "read", Value: day}},
			`null null null true null "2019-03-23T00:00:00.000Z"`},
		{"other types", bson.D{{Key: "station", Value: 1}, {Key: "temperature", Value: "5"}, {Key: "wind", Value: bson.A{bson.D{{Key: "speed", Value: 1}}}},
			{Key: "rain", Value: 1}, {Key: "day", Value: day.Add(time.Hour)}, {Key: "read", Value: "2019-03-23"}},
			"null null null null null null"},
		{"no finite number", bson.D{{Key: "temperature", Value: math.Inf(1)}}, "null null null null null null"},
		{"integers for a number", bson.D{{Key: "temperature", Value: int64(4)}}, "null 4 null null null null"},
		{"negative zero", bson.D{{Key: "temperature", Value: math.Copysign(0, -1)}}, "null -0 null null null null"},
		{"days before 1970", bson.D{{Key: "day", Value: time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)}}, `null null null null "1969-12-31" null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDecoder(planOf(t, ds, datasets.Range, "{}").Columns, false)
			d.begin(1)
			if err := d.row(0, marshal(t, test.document)); err != nil {
				t.Fatal(err)
			}
			if got := rowText(d.end(1), 0); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestZerosOfMeansHaveNoSign(t *testing.T) {
	d := newDecoder(planOf(t, parseDataset(t, weather), datasets.Mean, "{}").Columns, true)
	d.begin(1)
	negative := math.Copysign(0, -1)
	document := marshal(t, bson.D{{Key: "mean_temperature", Value: negative}, {Key: "mean_wind", Value: bson.D{{Key: "speed", Value: math.NaN()}}}})
	if err := d.row(0, document); err != nil {
		t.Fatal(err)
	}
	if got := rowText(d.end(1), 0); got != "0 null null" {
		t.Errorf("got %s, want 0 null null", got)
	}
}

func TestDocumentsAreWrittenAsTheDriverWritesThem(t *testing.T) {
	ds := parseDataset(t, weather)
	layout := newLayout([]string{"station", "temperature", "wind.speed", "rain", "day", "read"})
	b := readings(ds, 0, 8)
	day := func(n int) time.Time { return time.Unix(int64(n)*86400, 0) }
	for _, test := range []struct {
		name string
		row  int
		want bson.D
	}{
		{"no temperature and no wind", 0, bson.D{{Key: "_id", Value: int64(40)}, {Key: "station", Value: "north"},
			{Key: "rain", Value: false}, {Key: "day", Value: day(0)}, {Key: "read", Value: time.UnixMilli(0)}}},
		{"every value", 3, bson.D{{Key: "_id", Value: int64(40)}, {Key: "station", Value: "south"}, {Key: "temperature", Value: 0.75},
			{Key: "wind", Value: bson.D{{Key: "speed", Value: int64(3)}}}, {Key: "rain", Value: true}, {Key: "day", Value: day(3)}, {Key: "read", Value: time.UnixMilli(3)}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := layout.appendDocument(nil, 40, b, test.row)
			if want := marshal(t, test.want); !bytes.Equal(got, want) {
				t.Errorf("got %s, want %s", bson.Raw(got), bson.Raw(want))
			}
		})
	}
}

func TestWhatIsWrittenReadsTheSame(t *testing.T) {
	ds := parseDataset(t, weather)
	layout := newLayout([]string{"station", "temperature", "wind.speed", "rain", "day", "read"})
	p := planOf(t, ds, datasets.Range, "{}")
	d := newDecoder(p.Columns, p.Groups != nil)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "rows")
		want := readings(ds, rapid.IntRange(0, 1000).Draw(t, "from"), n)
		text := rapid.StringN(0, 4, 20)
		want.Columns[0].Dict = []string{text.Draw(t, "north"), text.Draw(t, "south")}
		for i := range n {
			want.Columns[1].Floats[i] = rapid.Float64().Draw(t, "temperature")
			want.Columns[2].Ints[i] = rapid.Int64().Draw(t, "speed")
			want.Columns[4].Ints[i] = rapid.Int64Range(-1e6, 1e6).Draw(t, "day")
		}
		d.begin(n)
		for i := range n {
			if err := d.row(i, layout.appendDocument(nil, int64(i), want, i)); err != nil {
				t.Fatal(err)
			}
		}
		got := d.end(n)
		for c := range want.Columns {
			w, g := &want.Columns[c], &got.Columns[c]
			for i := range n {
				if w.Null(i) != g.Null(i) || !w.Null(i) && !cmp.Equal(w.Value(i), g.Value(i)) {
					t.Fatalf("column %d, row %d: got %v, want %v", c, i, g, w)
				}
			}
		}
	})
}

func TestReadingAllocatesNothingForARow(t *testing.T) {
	ds := parseDataset(t, weather)
	layout := newLayout([]string{"station", "temperature", "wind.speed", "rain", "day", "read"})
	b := readings(ds, 0, engine.BatchRows)
	var documents [][]byte
	for i := range b.Rows {
		documents = append(documents, layout.appendDocument(nil, int64(i), b, i))
	}
	d := newDecoder(planOf(t, ds, datasets.Range, "{}").Columns, false)
	batch := func() {
		d.begin(len(documents))
		for i, document := range documents {
			if err := d.row(i, document); err != nil {
				t.Fatal(err)
			}
		}
		d.end(len(documents))
	}
	batch()
	// One for the texts of the only string column, for 4096 rows.
	if got := testing.AllocsPerRun(10, batch); got > 1 {
		t.Errorf("a batch of %d rows allocates %v times, want once", len(documents), got)
	}
}

func FuzzRawBSONReadsAsARowOrFails(f *testing.F) {
	ds := parseDataset(f, weather)
	layout := newLayout([]string{"station", "temperature", "wind.speed", "rain", "day", "read"})
	b := readings(ds, 0, 8)
	for i := range b.Rows {
		f.Add(layout.appendDocument(nil, int64(i), b, i))
	}
	f.Add(marshal(f, bson.D{{Key: "a", Value: bson.Regex{Pattern: "x"}}, {Key: "b", Value: bson.CodeWithScope{Code: "c", Scope: bson.D{}}},
		{Key: "c", Value: bson.Binary{Data: []byte{1}}}, {Key: "d", Value: bson.DBPointer{DB: "x"}}, {Key: "wind", Value: bson.D{{Key: "wind", Value: 1}}}}))
	p := planOf(f, ds, datasets.Range, "{}")
	f.Fuzz(func(_ *testing.T, document []byte) {
		d := newDecoder(p.Columns, p.Groups != nil)
		d.begin(1)
		if err := d.row(0, document); err == nil {
			rowText(d.end(1), 0)
		}
	})
}
