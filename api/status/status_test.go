package status

import (
	"errors"
	"testing"

	"herbarium/datasets"
)

func TestWhatIsNoDescriptorsFaultIsForTheLog(t *testing.T) {
	if got := BrokenText(datasets.Broken{Err: errors.New("open /srv/secret: denied")}); got != "the dataset cannot be read; the server's log says why" {
		t.Errorf("got %s", got)
	}
}
