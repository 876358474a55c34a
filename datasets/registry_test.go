package datasets

import (
	"testing"
)

func TestIrisShips(t *testing.T) {
	s, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range s.Broken() {
		t.Errorf("%s: %v", b.File, b.Err)
	}
	ds, ok := s.Dataset("iris")
	if !ok {
		t.Fatal("no iris")
	}
	if len(ds.Fields) != 5 || ds.Fields[4].Column != "species" || ds.PageMax != 1000 {
		t.Errorf("iris is %+v", ds)
	}
}
