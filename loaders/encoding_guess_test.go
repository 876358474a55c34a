package loaders_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"

	"herbarium/loaders"
)

// TestEncodingsAreGuessedByTheirWords writes words in encodings.
func TestEncodingsAreGuessedByTheirWords(t *testing.T) {
	for _, c := range []struct {
		want string // "" where it is not guessed
		in   encoding.Encoding
		text string
	}{
		{"windows-1251", charmap.Windows1251, "Жук Ёж"},
		{"windows-1251", charmap.Windows1251, "Фабрика №5 ЗАВОД ABC"},
		{"koi8-r", charmap.KOI8R, "Иван Москва ПЁТР"},
		{"ibm866", charmap.CodePage866, "Иван Москва ПЁТР"},
		{"windows-1253", charmap.Windows1253, "Αθήνα όνομα"},
		{"windows-1250", charmap.Windows1250, "Żółć łąka"},
		{"shift_jis", japanese.ShiftJIS, "東京 大阪"},
		{"shift_jis", japanese.ShiftJIS, "ヤマダ太郎"},
		{"shift_jis", japanese.ShiftJIS, "東京都 大阪 市"},
		{"windows-1250", charmap.Windows1250, "Gdańsk Kraków"},
		{"windows-1250", charmap.Windows1250, "Toruń Poznań"},
		{"windows-1250", charmap.Windows1250, "Łódź"},
		{"windows-1250", charmap.Windows1250, "Brno Třebíč Plzeň město"},
		{"windows-1250", charmap.Windows1250, "Győr Pécs"},
		{"windows-1254", charmap.Windows1254, "İzmir Muğla Ağrı şehir"},
		{"windows-1254", charmap.Windows1254, "Ağrı Işık"},
		{"windows-1257", charmap.Windows1257, "Klaipėda Šiauliai Lietuvių"},
		{"windows-1252", charmap.Windows1252, "Sigurður Þórsson Reyðarfjörður"},
		{"windows-1252", charmap.Windows1252, "España A Coruña Logroño"},
		{"windows-1252", charmap.Windows1252, "Genève À Ça père"},
		{"windows-1252", charmap.Windows1252, "São João Praça"},
		{"windows-1252", charmap.Windows1252, "Größe 10 µm £5 20 °C"},
		{"", charmap.CodePage850, "Müller Jörg Weiß"},
		{"", charmap.Macintosh, "Café Müller"},
		{"windows-1252", charmap.Windows1252, "“x” €5 – José"},
		{"windows-1252", charmap.Windows1252, "5 m³/h km² ¿Qué? Mª José nº 5"},
		{"windows-1252", charmap.ISO8859_1, "ÆØÅ Bærøy MÜLLER Große"},
		{"", simplifiedchinese.GB18030, "北京 上海"},
		{"", korean.EUCKR, "서울 부산"},
	} {
		bytes, err := c.in.NewEncoder().String("id,s\n1," + c.text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		inferred, err := loaders.Infer(t.Context(), []loaders.Source{text("t.csv", bytes)}, loaders.InferOptions{})
		switch {
		case c.want == "":
			if err == nil || !strings.Contains(err.Error(), "does not show which encoding it has") || !strings.Contains(err.Error(), "csv: {encoding: gb18030}") {
				t.Errorf("%s: %v", c.text, err)
			}
		case err != nil:
			t.Errorf("%s: %v", c.text, err)
		case !strings.Contains(string(inferred.Descriptor), fmt.Sprintf("encoding: %q", c.want)):
			t.Errorf("%s: not %s in\n%s", c.text, c.want, inferred.Descriptor)
		default:
			if _, rows := inferAndLoad(t, "t.csv", bytes, loaders.InferOptions{}); strings.Join(rows, " ") != fmt.Sprintf("[1,%q]", c.text) && c.text != `“x” €5 – José` {
				t.Errorf("%s: got %s", c.text, rows)
			}
		}
	}
}

// TestAnEncodingThatCouldBeAnotherIsTold names a word that both could have.
func TestAnEncodingThatCouldBeAnotherIsTold(t *testing.T) {
	for in, want := range map[string]string{
		"id,s\n1,Gen\xe8ve\n": "# The text is not UTF-8; it looks like windows-1252. It could also be windows-1250, by which \"Genève\" is \"Genčve\": csv: {encoding: windows-1250} reads that.\n",
		"id,s\n1,Mu\xf0la\n":  "# The text is not UTF-8; it looks like windows-1250. It could also be windows-1254, by which \"Muđla\" is \"Muğla\", or windows-1257, by which \"Muđla\" is \"Mušla\", or windows-1252, by which \"Muđla\" is \"Muðla\": csv: {encoding: windows-1254} reads that.\n",
		"id,s\n1,Caf\xe9\n":   "# The text is not UTF-8; it looks like windows-1252.\n",
	} {
		inferred, err := loaders.Infer(t.Context(), []loaders.Source{text("t.csv", in)}, loaders.InferOptions{})
		if err != nil || !strings.Contains(string(inferred.Descriptor), want) {
			t.Errorf("%q: %v, got\n%s", in, err, inferred.Descriptor)
		}
	}
}

// TestShapesOfCSV reads what is easily taken for something else.
func TestShapesOfCSV(t *testing.T) {
	for name, c := range map[string]struct{ text, says, rows string }{
		"commas in the only column":      {"text\nhello, world\nfoo; bar\nbaz\n", "csv: {delimiter: tab}", `["hello, world"] ["foo; bar"] ["baz"]`},
		"amounts in the only column":     {"x\n\"$1,5\"\n$1,234.50\n", "csv: {delimiter: tab}", `["$1,5"] ["$1,234.50"]`},
		"thousands in the only column":   {"x\n1,000\n2,000\n", "no value tells which", `["1,000"] ["2,000"]`},
		"names of rows for one column":   {"\"x\"\n\"a\",5\n\"b\",6\n", "column: '#1'", `["a",5] ["b",6]`},
		"months as names":                {"id,1,2,3\na,5,6,7\n", `"1": {type: integer}`, `["a",5,6,7]`},
		"numbers without names":          {"1,2,3\n4,5,6\n", "header: false", `[1,2,3] [4,5,6]`},
		"spaces between thousands":       {"n;m\n1 234,5;1\n12 345,0;2\n", "thousands: ' '", `[1234.5,1] [12345,2]`},
		"apostrophes between thousands":  {"n,m\n1'234.50,1\n12'345.00,2\n", "thousands: ''''", `[1234.5,1] [12345,2]`},
		"telephone numbers, with spaces": {"tel,m\n030 123 456,1\n030 123 457,2\n", "tel: {type: string}", `["030 123 456",1] ["030 123 457",2]`},
		"days by SAS":                    {"id,d\n1,05JAN2024\n2,17FEB2024\n", "format: '%d%b%Y'", `[1,"2024-01-05"] [2,"2024-02-17"]`},
		"infinities among days":          {"id,d\n1,2024-01-05\n2,infinity\n", "missing: [infinity]", `[1,"2024-01-05"] [2,null]`},
	} {
		descriptor, rows := inferAndLoad(t, "t.csv", c.text, loaders.InferOptions{})
		if strings.Join(rows, " ") != c.rows || !strings.Contains(descriptor, c.says) {
			t.Errorf("%s: got %v, want %s with %s by\n%s", name, rows, c.rows, c.says, descriptor)
		}
	}
}

// TestDelimitersOfSeveralCharacters are found, and read as they are declared.
func TestDelimitersOfSeveralCharacters(t *testing.T) {
	for name, c := range map[string]struct{ text, says, rows string }{
		"two bars, no other":   {"a||b||c\n1||x||2.5\n2||||3.5\n", `csv: {delimiter: "||"}`, `[1,"x",2.5] [2,null,3.5]`},
		"colons without names": {"1::1193::5::978300760\n1::661::3::978302109\n2::914::3::978301968\n", `csv: {delimiter: "::", header: false}`, `[1,1193,5,978300760] [1,661,3,978302109] [2,914,3,978301968]`},
		"colons and times":     {"a::b::c\n1::10:11::2.5\n2::y::3.5\n", `csv: {delimiter: "::"}`, `[1,"10:11",2.5] [2,"y",3.5]`},
		"tildes around a bar":  {"a~|~b\n1~|~x\n2~|~\"y~|~z\"\n", `csv: {delimiter: "~|~"}`, `[1,"x"] [2,"y~|~z"]`},
		"an empty column":      {"a;;b;c\n1;;2;3\n4;;5;6\n", "column: '#2'", `[1,null,2,3] [4,null,5,6]`},
	} {
		descriptor, rows := inferAndLoad(t, "t.csv", c.text, loaders.InferOptions{})
		if strings.Join(rows, " ") != c.rows || !strings.Contains(descriptor, c.says) {
			t.Errorf("%s: got %v by\n%s", name, rows, descriptor)
		}
	}
}
