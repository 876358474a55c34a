package mongodb

import (
	"context"
	"testing"

	"herbarium/engine"
	"herbarium/engine/internal/mongotest"
)

func TestTheServerSaysHowManyBytesRowsTake(t *testing.T) {
	s := openIn(t, mongotest.Database(t))
	ds := parseDataset(t, weather)
	loadRows(t, s, ds, readings(ds, 0, 100))
	eng := engine.New(s, engine.Options{})
	defer eng.Close()
	n, err := eng.Bytes(context.Background(), ds)
	if err != nil || n <= 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
