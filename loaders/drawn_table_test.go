package loaders_test

import (
	"strings"
	"testing"

	"herbarium/loaders"
)

// TestTablesDrawnForPeople names what is no CSV, though each of its lines could be a
// row of one.
func TestTablesDrawnForPeople(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"psql":               {" id |  name  \n----+--------\n  1 | a b\n(1 row)\n\n", "as psql prints it; write it as CSV instead: psql --csv"},
		"psql with a border": {"+----+\n| id |\n+----+\n|  1 |\n+----+\n", "as mysql writes it"},
		"mysql":              {"+----+------+\r\n| id | name |\r\n+----+------+\r\n|  1 | NULL |\r\n+----+------+\r\n1 row in set\r\n", "as mysql writes it"},
		"DuckDB":             {"┌───────┐\n│  id   │\n├───────┤\n│     1 │\n└───────┘\n", "as DuckDB and Polars print it"},
		"Polars":             {"shape: (1, 1)\n┌─────┐\n│ id  │\n╞═════╡\n│ 1   │\n└─────┘\n", "as DuckDB and Polars print it"},
		"Markdown":           {"| id | name |\n|----|:----:|\n| 1 | a |\n", "a table of Markdown"},
		"Markdown, bare":     {"id | name\n---|---\n1 | a\n", "a table of Markdown"},
		"sqlite3":            {"id  name   amount\n--  -----  ------\n1   Anna   2.5\n", "as sqlite3 and sqlcmd print it"},
		"fixed widths":       {"STATION     DATE      TMAX\nUSW00001   20240101    12\nUSW00002   20240102    13\n", "columns with fixed widths"},
		"SAP":                {"Bericht vom 01.03.2024\n\n|Belegnr   |Buch.dat. |\n|----------|----------|\n|0100000001|05.01.2024|\n", "as SAP draws it"},
		"SAP, plain dashes":  {"05.01.2024  List 1\n-----------------------\n|Belegnr   |Buch.dat. |\n-----------------------\n|0100000001|05.01.2024|\n-----------------------\n", "as SAP draws it"},
		"R":                  {"    a     b\n1 1.5   x\n2 2.5   z\n", "columns with fixed widths"},
	} {
		_, err := loaders.Infer(t.Context(), []loaders.Source{text("t.txt", c.text)}, loaders.InferOptions{})
		if err == nil || !strings.Contains(err.Error(), "t.txt:1:1: this is a ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: infer: %v, want %s", name, err, c.want)
		}
		if got := loadText(t, "t.txt", "fields: {id: {type: integer}, name: {type: string}}\n", c.text); !strings.Contains(got, c.want) {
			t.Errorf("%s: load: %s, want %s", name, got, c.want)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"lines of text":    {"note\nhello  world\nthe  end\n", `["hello  world"] ["the  end"]`},
		"dashes as values": {"a|b\n--|-\n1|2\n", `[null,null] [1,2]`},
		"spaces":           {"a b c\n1 2 3\n4 5 6\n", `[1,2,3] [4,5,6]`},
		"a plus":           {"a,b\n+1,-2\n", `["+1",-2]`},
	} {
		if _, rows := inferAndLoad(t, "t.txt", c.text, loaders.InferOptions{}); strings.Join(rows, " ") != c.want {
			t.Errorf("%s: got %s, want %s", name, strings.Join(rows, " "), c.want)
		}
	}
}

// TestHeadersOfSeveralLines finds headers as pandas and spreadsheets write them, and
// takes no row for a part of one.
func TestHeadersOfSeveralLines(t *testing.T) {
	for _, c := range []struct{ name, text, header, names, rows string }{
		{"levels", ",2023,2023,2024\n,min,max,min\np,0,1,2\nq,3,4,5\n", "csv: {header: 2}", "column: 2023 max", `["p",0,1,2] ["q",3,4,5]`},
		{"levels and the index", ",t,t\n,mean,sum\nsite,,\np,0.5,1\n", "csv: {header: 3}", "column: t mean", `["p",0.5,1]`},
		{"named levels and the index", "var,t,t\nstat,min,max\nsite,,\np,0.5,1\n", "csv: {header: 3}", "column: var stat site", `["p",0.5,1]`},
		{"units", "time,temp,wind\ns,degC,m/s\n0,1.5,2.5\n", "csv: {header: 2}", "column: wind m/s", `[0,1.5,2.5]`},
		{"one unit for all", "day,low,high\n,mm,mm\n2024-01-05,1,2\n", "csv: {header: 2}", "column: high mm", `["2024-01-05",1,2]`},
		{"merged groups", ",Sales,,Costs,\nRegion,2023,2024,2023,2024\nN,1,2,3,4\nS,5,6,7,8\n", "csv: {header: 2}", "column: Costs 2024", `["N",1,2,3,4] ["S",5,6,7,8]`},
		{"words in the first row", "id,start,end\nA,TBD,TBD\nB,2024-01-05,2024-02-05\n", "", "", `["A","TBD","TBD"] ["B","2024-01-05","2024-02-05"]`},
		{"one word in the first row", "id,x\nA,none yet\nB,2\n", "", "", `["A","none yet"] ["B","2"]`},
		{"only texts", "a,b\nx,y\nz,w\n", "", "", `["x","y"] ["z","w"]`},
		{"the second of a name", "id,v,v\n1,2,3\n", "", "", `[1,2,3]`},
	} {
		descriptor, rows := inferAndLoad(t, "t.csv", c.text, loaders.InferOptions{})
		if strings.Join(rows, " ") != c.rows || !strings.Contains(descriptor, c.names) {
			t.Errorf("%s: got %v, want %s with %s by\n%s", c.name, rows, c.rows, c.names, descriptor)
		}
		if c.header == "" && strings.Contains(descriptor, "header:") || !strings.Contains(descriptor, c.header) {
			t.Errorf("%s: not %q in\n%s", c.name, c.header, descriptor)
		}
	}
}
