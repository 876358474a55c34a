package schemas

import "testing"

func TestAnOrderedObjectIsWrittenAsItStands(t *testing.T) {
	o := Ordered{
		{"z", []Ordered{{{"<&>", nil}}, {}}},
		{"a", []any{1, "x", Ordered{{"n", 1.5}}}},
		{"names", []string{"b", "a"}},
		{"key \"\\", true},
	}.With("text", "é\n").With("none", "")
	const want = `{"z":[{"<&>":null},{}],"a":[1,"x",{"n":1.5}],"names":["b","a"],"key \"\\":true,"text":"é\n"}`
	if got, err := AppendJSON(nil, o); string(got) != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if got, err := AppendJSON([]byte("["), o.Get("names")); string(got) != `[["b","a"]` || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got := o.Get("none"); got != nil {
		t.Errorf("a key that is not there has %v", got)
	}
	if _, err := AppendJSON(nil, Ordered{{"f", func() {}}}); err == nil {
		t.Error("a function was written")
	}
}
