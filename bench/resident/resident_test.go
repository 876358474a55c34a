package resident

import (
	"strings"
	"testing"
	"time"

	"herbarium/bench/peers"
)

func TestWhatServersHoldIsMeasured(t *testing.T) {
	r, err := measure(t.Context(), t.TempDir(), 20_000, 1, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 3 || r.Columns != 20_000*56 {
		t.Fatalf("%+v", r)
	}
	for _, h := range r.Rows {
		if h.Anon < 1<<20 || h.File < 1<<20 {
			t.Errorf("%s: %d and %d bytes", h.Name, h.Anon, h.File)
		}
	}
}

func TestAGoalGoesByAllThatIsHeld(t *testing.T) {
	r := &Resident{Name: "S11", Columns: 100 << 20}
	r.add("one", peers.Memory{Anon: 10 << 20, File: 105 << 20})
	r.add("other", peers.Memory{Anon: 80 << 20, File: 45 << 20})
	var text strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"columns are 100 MB", "1.15      goal 1.2: met", "1.25  goal 1.2: NOT MET"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing:\n%s", want, &text)
		}
	}
}
