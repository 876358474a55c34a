package loaders_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/loaders"
)

// inferTestdata infers a descriptor for a file and loads it.
func inferTestdata(t *testing.T, file string) (descriptor string, rows []string) {
	t.Helper()
	content, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return inferAndLoad(t, file, string(content), loaders.InferOptions{})
}

// TestTypedColumns reads the types of Arrow and Parquet that are no types of fields.
// testdata/typed_columns.py says what each file has.
func TestTypedColumns(t *testing.T) {
	const first = `"550e8400-e29b-41d4-a716-446655440000","{\"a\":1}",`
	const last = `"00010203-0405-0607-0809-0a0b0c0d0e0f","[]",`
	columns := func(flag1, flag3, more1, more2, more3 string) []string {
		return []string{
			`[1,` + first + flag1 + `,"abc","10:11:12.5",1.5,1e-9,null,12.5,9223372036854775807,"9223372036854775808","x","2024-01-01T00:00:00.000Z",null,2,"p",` + more1 + `]`,
			`[2,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,null,` + more2 + `]`,
			`[3,` + last + flag3 + `,"é","23:59:59",-0.25,86400,null,-0.05,-1,"1","longer than twelve bytes","2024-01-02T00:00:00.000Z",1.5,-0.001,"q",` + more3 + `]`,
		}
	}
	wide := []string{
		`[1,1,"1267650600228229401496703205376",1.5,"340282366920938463463374607431768211455","-170141183460469231731687303715884105728"]`,
		`[2,null,null,null,null,"170141183460469231731687303715884105727"]`,
		`[3,-5,"0",0,"7",null]`,
	}
	for _, c := range []struct {
		file string
		rows []string
		says []string
	}{
		{"columns.parquet", columns("1", "0", "1,2", "null,null", "3.5,4"), []string{
			`left out: "raw": bytes that are not text, in 2 rows`, "inf: {type: number, missing: [+Inf]}", `"+Inf" stands once`,
			"ms: {type: number, unit: s}", "midnight: {type: date-time}", "vec_0: {type: number, column: vec.0}", "whole: {type: integer}",
		}},
		{"columns.arrow", columns("true", "false", `"p",7,1200,1,2,1`, `"p",null,null,null,null,null`, `"q",null,100,3.5,4,2`), []string{"flag: {type: boolean}"}},
		{"int128.parquet", []string{`[1,1,"1267650600228229401496703205376",1.5]`, `[2,null,null,null]`, `[3,-5,"0",0]`}, []string{"w: {type: integer}"}},
		{"int96.parquet", []string{`["2024-01-05T10:11:12.000Z",1]`, `[null,2]`, `[null,3]`, `["1969-12-31T23:59:59.250Z",4]`, `["1700-01-01T00:00:00.000Z",5]`}, nil},
		{"int128.arrow", wide, []string{"w: {type: integer}"}},
		{"int128.arrows", wide, []string{"w: {type: integer}"}},
		{"lz4.parquet", []string{`[1,"a"]`, `[2,"b"]`}, nil},
		{"lzo.parquet", []string{`[1]`, `[2]`}, []string{`left out: "v": compressed with LZO; write it again with zstd or snappy`}},
		{"unknown_type.parquet", []string{`[1,"1"]`, `[2,"[2]"]`}, nil},
		{"interval.parquet", []string{`[1]`}, []string{`left out: "span": an INTERVAL of months, days and milliseconds`}},
		{"names.arrow", []string{`[1,1,2,3,6,8]`, `[2,4,5,null,7,9]`}, []string{"s.a_b: {type: integer, column: s.a.b}", "column: s.#2", "column: '#4.u'"}},
	} {
		descriptor, rows := inferTestdata(t, c.file)
		if diff := cmp.Diff(c.rows, rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s\nby\n%s", c.file, diff, descriptor)
		}
		for _, says := range c.says {
			if !strings.Contains(descriptor, says) {
				t.Errorf("%s: no %q in\n%s", c.file, says, descriptor)
			}
		}
	}
}

func TestColumnsThatCannotBeReadAreNamed(t *testing.T) {
	for _, c := range []struct{ file, fields, want string }{
		{"lzo.parquet", "id: {type: integer}, v: {type: string}", `lzo.parquet: v: the column "v" cannot be read: it is compressed with LZO; write it again with zstd or snappy; leave the field out`},
		{"files/dk_variant.parquet", "id: {type: integer}, v: {type: string}", `files/dk_variant.parquet: v: the column "v" cannot be read: it is a VARIANT, which has another type in each row; write it again as JSON or as columns; leave the field out`},
	} {
		content, err := os.ReadFile("testdata/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = loaders.Load(t.Context(), &memory{}, dataset(t, "dataset: d\nfields: {"+c.fields+"}\n", ""), []loaders.Source{text(c.file, string(content))}, loaders.Options{})
		if got := strings.Join(faultLines(t, err), "\n"); got != c.want {
			t.Errorf("got %s\nwant %s", got, c.want)
		}
	}
}

// TestADamagedColumnCanBeLeftOut overwrites a column's data.
func TestADamagedColumnCanBeLeftOut(t *testing.T) {
	content, err := os.ReadFile("testdata/files/pq_time.parquet")
	if err != nil {
		t.Fatal(err)
	}
	damaged := string(content[:4]) + strings.Repeat("\xff", 24) + string(content[28:]) // the column id comes first
	load := func(keys string) ([]string, error) {
		target := &memory{}
		_, err := loaders.Load(t.Context(), target, dataset(t, "dataset: d\n"+keys, ""), []loaders.Source{text("t.parquet", damaged)}, loaders.Options{})
		return target.rows, err
	}
	_, err = load("fields: {id: {type: integer}, t32: {type: string}}\n")
	if got := strings.Join(faultLines(t, err), "\n"); !strings.Contains(got, `the column "id" cannot be read: `) || !strings.Contains(got, `ignore: ["id"] leaves it out`) {
		t.Errorf("got %s", got)
	}
	rows, err := load("ignore: [id]\nfields: {t32: {type: string}}\n")
	if diff := cmp.Diff([]string{`["10:11:12"]`, `[null]`, `["23:59:59"]`}, rows); diff != "" || err != nil {
		t.Errorf("%v; rows (-want +got):\n%s", err, diff)
	}
}
