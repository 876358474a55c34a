package files

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"
)

func TestAVersionThatIsReplacedIsKeptForItsTime(t *testing.T) {
	noon := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	m := &Manifest{Dataset: "d"}
	for i, name := range []string{"a", "b", "c", "b"} {
		m = m.With(Version{Version: name, Published: noon.Add(time.Duration(i) * time.Minute)}, 90*time.Second)
	}
	for _, test := range []struct {
		after time.Duration
		want  []string
	}{
		// When b is published again, a is past its time, and the older b would be a second
		// version of that name.
		{3 * time.Minute, []string{"b", "c"}},
		{3*time.Minute + 89*time.Second, []string{"b", "c"}},
		{3*time.Minute + 90*time.Second, []string{"b"}},
		{time.Hour, []string{"b"}},
	} {
		var got []string
		for v := range m.Versions(noon.Add(test.after)) {
			got = append(got, v.Version)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("after %v: %v, want %v", test.after, got, test.want)
		}
	}
}

func TestNoManifestHasNoVersions(t *testing.T) {
	for _, m := range []*Manifest{nil, {Dataset: "d"}} {
		for v := range m.Versions(time.Now()) {
			t.Errorf("%v has version %v", m, v)
		}
	}
}

func FuzzManifest(f *testing.F) {
	text, err := os.ReadFile("../../testdata/format1/weather/manifest.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format": 2}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest("manifest.json", "weather", text)
		if err != nil {
			if errors.As(err, new(*Corruption)) == errors.Is(err, ErrNewer) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		again, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseManifest("manifest.json", "weather", again); err != nil {
			t.Errorf("%v in\n%s", err, again)
		}
	})
}
