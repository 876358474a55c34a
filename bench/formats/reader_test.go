package formats

import (
	"strings"
	"testing"

	"herbarium/bench/data"
)

func TestCompareFindsWhatDiffers(t *testing.T) {
	table, err := data.Wide(2, 1)
	if err != nil {
		t.Fatal(err)
	}
	c := table.Columns
	for i := range 2 {
		c[1].Floats[i], c[2].Floats[i], c[3].Floats[i], c[4].Ints[i], c[5].Codes[i] = 0.5, 2, 1e-7, 9007199254740993, uint32(i)
	}
	const first = `{"i":0,"a":0.5,"b":2,"c":1e-7,"j":9007199254740993,"s":"east"}`
	const second = `{"i":1,"a":0.5,"b":2.0,"c":0.0000001,"j":9007199254740993,"s":"north"}`
	cases := []struct {
		name, text string
		read       reader
		want       string
	}{
		{"the same", "[" + first + "," + second + "]", readJSON, ""},
		{"the same, by lines", first + "\n" + second + "\n", readNDJSON, ""},
		{"the same, by commas", "i,a,b,c,j,s\r\n0,0.5,2,1e-7,9007199254740993,east\r\n1,0.5,2.0,1e-07,9007199254740993,north\r\n", readCSV, ""},
		{"a row too few", "[" + first + "]", readJSON, "there are 1 rows of 2"},
		{"a row too many", first + second + second, readNDJSON, "there are more than 2 rows"},
		{"another integer", "[" + strings.Replace(first, "993", "992", 1) + "," + second + "]", readJSON, "row 0 is"},
		{"a null", "[" + first + "," + strings.Replace(second, `"north"`, "null", 1) + "]", readJSON, "row 1 is"},
		{"no number", "i,a,b,c,j,s\r\n0,x,2,1e-7,9007199254740993,east\r\n", readCSV, "invalid syntax"},
	}
	for _, c := range cases {
		err := compare(table, []byte(c.text), c.read)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
