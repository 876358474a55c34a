package loaders_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"herbarium/datasets"
	"herbarium/loaders"
)

// inferAndLoad infers a descriptor for a file and loads the file with it.
func inferAndLoad(t *testing.T, name, content string, options loaders.InferOptions) (descriptor string, rows []string) {
	t.Helper()
	inferred, err := loaders.Infer(t.Context(), []loaders.Source{text(name, content)}, options)
	if err != nil {
		t.Fatal(err)
	}
	ds, err := datasets.Parse(name+".yaml", inferred.Descriptor, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, inferred.Descriptor)
	}
	target := &memory{}
	_, err = loaders.Load(t.Context(), target, ds, []loaders.Source{text(name, content)}, loaders.Options{Skip: options.Skip})
	if err != nil {
		t.Fatalf("%v by\n%s", err, inferred.Descriptor)
	}
	return string(inferred.Descriptor), target.rows
}

// TestFilesAsTheyCome reads each file with the descriptor that is inferred for it.
// csv is what that has under this key, and rows are all rows.
func TestFilesAsTheyCome(t *testing.T) {
	for _, c := range []struct{ file, csv, rows string }{
		{"mix_locale.csv", "", `["A",1.5,"48.137","11.575"] ["B",2.75,"52.520","13.405"] ["C",0.99,"50.110","8.682"]`},
		{"mix_locale5.csv", "", `["A",48.137,11.575,22] ["B",52.52,13.405,50] ["C",50.1109,8.682,11]`},
		{"delim_de_hdr.csv", "", `["2024-01-01",1.5,2.5] ["2024-01-02",2.5,3.75]`},
		{"delim_pipe_hdr.csv", "", `[1,2] [2,3]`},
		{"delim_flag.csv", `{delimiter: "^"}`, `[1,"a",2] [2,"b",3]`},
		{"nohdr_iris.csv", "{header: false}", `[5.1,3.5,1.4,0.2,"setosa"] [4.9,3,1.4,0.2,"setosa"] [6.2,3.4,5.4,2.3,"virginica"]`},
		{"hdr_years.csv", "", `["FR",1,2,3] ["DE",4,5,6]`},
		{"pre_sep.csv", "", `["A",1.5] ["B",2.25]`},
		{"pre_padded.csv", "{skip: 3}", `[1,2,3,"x"] [4,5,6,"y"]`},
		{"pre_title.csv", "{skip: 1}", `[11,"Kite","1,659"] [12,"Lark","1,799"] [13,"Wren","1,729"]`},
		{"pre_comment.csv", `{comment: "#"}`, `["2025-01-01",1.5,8] ["2025-01-02",1.7,9]`},
		{"footer_short.csv", "{footer: short}", `[1,"a"] [2,"b"]`},
		{"trail_data.csv", "{ragged: fill}", `[1,"a"] [2,"b"]`},
		{"dup.csv", "", `[1,"a",3,4] [2,"b",5,6]`},
		{"quotes_inch.csv", "", `[1,"5\" pipe"] [2,"7\" bolt"]`},
		{"quotes_backslash.csv", `{escape: "\\"}`, `[1,"say \"hi\", ok"] [2,"plain"]`},
		{"tsv_literal_quotes.tsv", "{quote: none}", `["f1","\"Harbour",2005] ["f2","A \"small\" boat",1997] ["f3","\"Anchor\"",1975]`},
		{"num_quoted_space.csv", "", `[1,2.5,"a, b"] [2,3.5,"c"]`},
		{"enc_latin1.csv", `{encoding: "windows-1252"}`, `["José",1] ["Zoë",2]`},
		{"enc_utf16le.csv", "", `["José",1] ["Zoë",2]`},
		{"crcrlf.csv", "", `[1,"a"] [2,"b"]`},
		{"r_rownames.csv", "", `[1,1,2] [2,3,4]`},
		{"ver_k8s.csv", "", `["1.18.3"] ["1.19.2"] ["1.20.10"]`},
		{"num_us_thou.csv", "", `["A",1234.5] ["B",12000000] ["C",5.25]`},
		{"bool_norway.csv", "", `[1,"NO"] [2,"NO"] [3,"NO"]`},
		{"num_leading0.csv", "", `["01003","007",1] ["00602","010",2] ["60614","123",3]`},
		{"date_dmy.csv", "", `[1,"2015-11-27"] [2,"2016-03-04"] [3,"2016-06-05"]`},
		{"date_amb.csv", "", `[1,"04/03/2016"] [2,"07/05/2016"]`},
		{"fmt_Z_est.csv", "", `["2024-01-05 10:11:12 EST"]`},
		{"o_data.csv.bz2", "", `[1,"a"] [2,"b"]`},
		{"pd_dtidx.parquet", "", `[1.5,"2024-01-01T10:00:00.000Z"] [2.5,"2024-01-01T11:00:00.000Z"]`},
		{"ts_pg.csv", "", `[1,"2024-01-05T10:11:12.123Z"] [2,"2024-01-06T10:11:12.000Z"]`},
		{"date_tz_name.csv", "", `[1,"2024-01-05T10:11:12.000Z"] [2,"2024-12-31T23:59:59.000Z"]`},
		{"j_concat.json", "", `[1] [2] [3]`},
		{"j_nan.json", "", `[null] [1.5] [null]`},
		{"j_epoch_num.ndjson", "", `[1704449472] [1735689599]`},
		{"j_one.ndjson", "", `[1,"x"]`},
		{"j_socrata.json", "", `["row-1","Albany"] ["row-2","Troy"]`},
		{"pd_table.json", "", `[0,1,"x"] [1,2,"y"] [2,3,"z"]`},
		{"pd_split.json", "", `[1,"x"] [2,"y"] [3,"z"]`},
		{"pd_columns.json", "", `[1,"x"] [2,"y"] [3,"z"]`},
		{"dk_uuid.parquet", "", `[1,"550e8400-e29b-41d4-a716-446655440000"]`},
		{"dk_variant.parquet", "", `[1]`},
		{"pd_td.parquet", "", `[1,1] [2,2]`},
		{"pl_i128.parquet", "", `[1,"1267650600228229401496703205376"] [2,null]`},
		{"pq_allnull_typed.parquet", "", `[1,null,null,null,null,null,null] [2,null,null,null,null,null,null]`},
		{"pq_bin_text.parquet", "", `[1,"abc"] [2,"def"] [3,null]`},
		{"pq_dec_int_infer.parquet", "", `[1001,100000000000000001] [1002,100000000000000002] [1003,3]`},
		{"pq_fsl_double2.parquet", "", `[1,1,2] [2,3.5,4]`},
		{"pq_json.parquet", "", `[1,"{\"a\":1}"] [2,"[]"]`},
		{"pq_names.parquet", "", `[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]`},
		{"pq_time.parquet", "", `[1,"10:11:12","10:11:12.123456","00:00:00.000000001"] [2,null,null,null] [3,"23:59:59","00:00:00","00:00:00.000000003"]`},
		{"pq_ts_int96_far.parquet", "", `["9999-12-31T23:59:59.000Z"] ["0001-01-01T00:00:00.000Z"] ["2024-01-05T00:00:00.000Z"]`},
	} {
		t.Run(c.file, func(t *testing.T) {
			content, err := os.ReadFile("testdata/files/" + c.file)
			if err != nil {
				t.Fatal(err)
			}
			descriptor, rows := inferAndLoad(t, c.file, string(content), loaders.InferOptions{})
			if diff := cmp.Diff(c.rows, strings.Join(rows, " ")); diff != "" {
				t.Errorf("rows (-want +got):\n%s\nby\n%s", diff, descriptor)
			}
			_, rest, _ := strings.Cut(descriptor, "\ncsv: ")
			if got, _, _ := strings.Cut(rest, "\n"); got != c.csv && (c.csv != "" || rest != "") {
				t.Errorf("csv: %s, want %s", got, c.csv)
			}
		})
	}
}

// TestWhatInferSaysOfFiles holds what the descriptors say beside the values.
func TestWhatInferSaysOfFiles(t *testing.T) {
	for _, c := range []struct{ file, says, not string }{
		{"mix_locale.csv", `could be number or integer with decimal: "," with thousands: "."`, "key: [ts]"},
		{"pre_title.csv", `could be number with decimal: "," or integer with thousands: ","`, "type: integer, thousands"},
		{"nohdr_iris.csv", "There is no header", "setosa:"},
		{"pre_sep.csv", "sep=;", "csv: {"},
		{"dup.csv", "column: value#2", ""},
		{"quotes_inch.csv", "1 row with quotes that RFC 4180 does not allow, first in line 2", "csv: {"},
		{"key_us.csv", "coerce: true", "key:"},
		{"enum_day1.csv", "country: {type: string}", "enum:"},
		{"r_rownames.csv", "column: '#1'", ""},
		{"pd_dtidx.parquet", "index: {type: date-time, column: __index_level_0__}", ""},
		{"j_socrata.json", "The rows seem to be at /data; --rows names another place: /meta/view/columns", "rows: /meta"},
		{"j_socrata.json", `town: {type: string, column: "1"}`, ""},
		{"pd_table.json", "rows: /data", ""},
		{"pd_split.json", `b: {type: string, column: "1"}`, ""},
		{"dk_variant.parquet", `left out: "v": a VARIANT`, ""},
		{"pd_td.parquet", "td: {type: number, unit: s}", ""},
		{"pq_allnull_typed.parquet", "t: {type: date-time}", "coerce"},
		{"date_amb.csv", "date by %d/%m/%Y or date by %m/%d/%Y", "format:"},
	} {
		content, err := os.ReadFile("testdata/files/" + c.file)
		if err != nil {
			t.Fatal(err)
		}
		descriptor, _ := inferAndLoad(t, c.file, string(content), loaders.InferOptions{})
		if !strings.Contains(descriptor, c.says) || c.not != "" && strings.Contains(descriptor, c.not) {
			t.Errorf("%s: want %q and not %q in\n%s", c.file, c.says, c.not, descriptor)
		}
	}
}

func TestFilesThatNoDescriptorReads(t *testing.T) {
	for file, want := range map[string][]string{
		"o_lfs.parquet":      {"o_lfs.parquet:1:1: this is a Git LFS pointer"},
		"o_page.html":        {"o_page.html:1:1: this is an HTML page"},
		"j_shape_str.ndjson": {"j_shape_str.ndjson:2:1: address.city: address is a plain value here, and an object before", "tags.0: tags is a plain value here, and a list before"},
		"j_objscalar.ndjson": {"v.a: v is a plain value here, and an object before"},
	} {
		content, err := os.ReadFile("testdata/files/" + file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = loaders.Infer(t.Context(), []loaders.Source{text(file, string(content))}, loaders.InferOptions{})
		var wrong *loaders.DataError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: no %q in\n%v", file, w, err)
			}
		}
	}
}

// TestShapesOfJSON reads rows by a descriptor that another row fits.
func TestShapesOfJSON(t *testing.T) {
	const fields = "fields: {id: {type: integer}, city: {type: string, column: address.city}, tag: {type: string, column: tags.0}}\n"
	const rows = `{"id":1,"address":{"city":"A"},"tags":["p"]}` + "\n" + `{"id":2,"address":"Main St 5, A","tags":"q"}` + "\n" +
		`{"id":3,"address":null,"tags":[]}` + "\n" + `{"id":4,"tags":["p","r"]}` + "\n" + `{"id":5,"address":[],"tags":{"0":"s"}}` + "\n" + `{"id":6,"tags":{"x":1}}` + "\n"
	for _, c := range []struct{ keys, want string }{
		{"", "t.ndjson:2:19: city: address is a string, and not an object with the field in it; shape: loose in the descriptor reads no value there (row 2)\n" +
			"t.ndjson:2:41: tag: tags is a string, and not a list with the field in it; shape: loose in the descriptor reads no value there (row 2)\n" +
			"t.ndjson:4:21: tags: the list has more than the 1 values that fields read; rest: ignore in the descriptor leaves the others out (row 4)\n" +
			"t.ndjson:5:19: city: address is an array, and not an object with the field in it; shape: loose in the descriptor reads no value there (row 5)\n" +
			"t.ndjson:6:16: tag: tags is an object, and not a list with the field in it; shape: loose in the descriptor reads no value there (row 6)"},
		{"shape: loose\nrest: ignore\n", `[1,"A","p"] [2,null,null] [3,null,null] [4,null,"p"] [5,null,"s"] [6,null,null]`},
	} {
		target := &memory{}
		_, err := loaders.Load(t.Context(), target, dataset(t, "dataset: d\n"+c.keys+fields, ""), []loaders.Source{text("t.ndjson", rows)}, loaders.Options{})
		got := strings.Join(target.rows, " ")
		if err != nil {
			got = strings.Join(faultLines(t, err), "\n")
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.keys, diff)
		}
	}
}

// TestNotationsOfTextInJSON holds that texts which are written as numbers for
// people are numbers, as in a CSV, and others stay texts.
func TestNotationsOfTextInJSON(t *testing.T) {
	const rows = `[{"pop":"45,571,090","zip":"01003","id":"12","eu":"1.234,50"},{"pop":"1,200","zip":"60614","id":"13","eu":"0,25"},{"pop":"900","zip":"00602","id":"14","eu":null}]`
	descriptor, got := inferAndLoad(t, "t.json", rows, loaders.InferOptions{})
	if want := `[45571090,"01003","12",1234.5] [1200,"60614","13",0.25] [900,"00602","14",null]`; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s by\n%s", got, want, descriptor)
	}
}

// TestKeysAreThoseOfTheLoad holds that no key is proposed of texts that differ but
// are one value to the load.
func TestKeysAreThoseOfTheLoad(t *testing.T) {
	for _, c := range []struct {
		text string
		key  bool
	}{
		{"t,v\n2024-01-05 10:11:12.123456,1\n2024-01-05 10:11:12.123789,1\n", false},
		{"t,v\n2024-01-05T10:11:12Z,1\n2024-01-05T11:11:12+01:00,1\n", false},
		{"t,v\n2024-01-05T10:11:12Z,1\n2024-01-05T11:11:13+01:00,1\n", true},
		{"t,v\n1/2/2024,1\n01/02/2024,1\n13/02/2024,1\n", false},
		{"t,v\n1/2/2024,1\n02/02/2024,1\n13/02/2024,1\n", true},
	} {
		descriptor, _ := inferAndLoad(t, "t.csv", c.text, loaders.InferOptions{})
		if got := strings.Contains(descriptor, "# key: [t]"); got != c.key {
			t.Errorf("%q: a key is proposed: %v, in\n%s", c.text, got, descriptor)
		}
	}
}

func TestAdviceIsValidYAML(t *testing.T) {
	text := "code\n" + strings.Repeat("x\nNULL\nNA\ny\n", 3)
	descriptor, _ := inferAndLoad(t, "t.csv", text, loaders.InferOptions{})
	for _, want := range []string{`missing: ["NULL"] would read no value`, `missing: ["NA"] would read no value`} {
		if !strings.Contains(descriptor, want) {
			t.Errorf("no %s in\n%s", want, descriptor)
		}
	}
}

// TestOthersOfEachKind reads texts of the same kinds as the files.
func TestOthersOfEachKind(t *testing.T) {
	for _, c := range []struct{ name, text, csv, rows string }{
		{"totals", "id,v\n1,2\n2,3\n\nTotal,5\n", `{footer: "^Total"}`, `[1,2] [2,3]`},
		{"a footer behind an empty line", "town,people\nA,100\nB,200\n\nNote: estimates.\n", "{footer: short}", `["A",100] ["B",200]`},
		{"a preamble with values", "Report;;\n;;\nErstellt;2025;\na;b;c\n1;2,5;x\n2;3,5;y\n", "{skip: 3}", `[1,2.5,"x"] [2,3.5,"y"]`},
		{"a statement of a bank", "Kontoauszug\nKonto: 123;;;\n\nTag;Text;Betrag\n05.01.2024;Miete;-500,00\n16.01.2024;Lohn;2.000,00\n", "{skip: 3}", `["2024-01-05","Miete",-500] ["2024-01-16","Lohn",2000]`},
		{"a header behind #", "# station 1\n#day,temp\n2024-01-01,1.5\n2024-01-02,2.5\n", "{skip: 1}", `["2024-01-01",1.5] ["2024-01-02",2.5]`},
		{"no header, semicolons", "1;2,5;x\n2;3,5;y\n", `{delimiter: ";", header: false}`, `[1,2.5,"x"] [2,3.5,"y"]`},
		{"no header, dates", "2024-01-01,3.5\n2024-01-02,4.5\n", "{header: false}", `["2024-01-01",3.5] ["2024-01-02",4.5]`},
		{"columns that pandas numbers", "0,1,2\n1,2,3\n4,5,6\n", "", `[1,2,3] [4,5,6]`},
		{"the index of pandas", ",a\n0,1.5\n1,2.5\n", "", `[0,1.5] [1,2.5]`},
		{"spaces of R", "\"id\" \"v\"\n\"1\" 1 \"a b\"\n\"2\" 2 \"c\"\n", "{delimiter: space}", `[1,1,"a b"] [2,2,"c"]`},
		{"a point between digits beside commas and tabs", "lat\tp\n48.137\t1,5\n52.520\t2,5\n", "", `["48.137",1.5] ["52.520",2.5]`},
		{"a comma between digits beside semicolons", "a;b\nx;1,234\ny;5,678\n", "", `["x","1,234"] ["y","5,678"]`},
		{"a point between digits beside commas", "lat,lon\n48.137,11.575\n52.520,13.405\n", "", `[48.137,11.575] [52.52,13.405]`},
		{"thousands that another column proves", "a;b\n1.234;1.234,50\n5.678;0,5\n", "", `[1234,1234.5] [5678,0.5]`},
		{"times alone", "t\n10:11:12\n11:12:13\n", "", `["10:11:12"] ["11:12:13"]`},
		{"quotes of DuckDB", "id,name\n1,'C, D'\n2,x\n", `{quote: "'"}`, `[1,"C, D"] [2,"x"]`},
		{"sep in quotes", "\"sep=|\"\nname|v\nA|1\n", "", `["A",1]`},
	} {
		descriptor, rows := inferAndLoad(t, "t.csv", c.text, loaders.InferOptions{})
		if got := strings.Join(rows, " "); got != c.rows {
			t.Errorf("%s: got %s, want %s by\n%s", c.name, got, c.rows, descriptor)
		}
		_, rest, _ := strings.Cut(descriptor, "\ncsv: ")
		if got, _, _ := strings.Cut(rest, "\n"); got != c.csv {
			t.Errorf("%s: csv: %s, want %s", c.name, got, c.csv)
		}
	}
}
