package schemas

import (
	"slices"
	"testing"
)

func TestPartsOfAPointerAreTheKeysAndIndexesThatMadeIt(t *testing.T) {
	pointer := Key(Index(Key(Key("", "a/b"), "~1"), 7), "")
	if want := "/a~1b/~01/7/"; pointer != want {
		t.Errorf("the pointer is %s, want %s", pointer, want)
	}
	if parts := PointerParts(pointer); !slices.Equal(parts, []string{"a/b", "~1", "7", ""}) {
		t.Errorf("its parts are %q", parts)
	}
	if parts := PointerParts(""); parts != nil {
		t.Errorf("the parts of the whole document are %q", parts)
	}
}
