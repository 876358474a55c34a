package mongodb

import (
	"context"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/engine/internal/mongotest"
)

// TestALoadAsksServersThatDoNotKnowHello plays MongoDB 4.4.1: hello came with 4.4.2.
func TestALoadAsksServersThatDoNotKnowHello(t *testing.T) {
	db, ds := mongotest.Database(t), parseDataset(t, weather)
	p := mongotest.NewProxy(t, func(_ context.Context, c mongotest.Command, pass func(bson.Raw) bson.Raw) bson.Raw {
		var reply bson.D
		switch c.Name {
		case "hello":
			reply = mongotest.Failure(59, "CommandNotFound", "no such command: 'hello'")
		case "isMaster", "ismaster":
			if err := bson.Unmarshal(pass(c.Raw), &reply); err != nil {
				return nil
			}
			for i, e := range reply {
				if e.Key == "helloOk" {
					reply[i].Value = false
				}
			}
		default:
			return pass(c.Raw)
		}
		raw, err := bson.Marshal(reply)
		if err != nil {
			return nil
		}
		return raw
	})
	s, err := Open("mongodb://"+p.Address+"/?retryWrites=false&directConnection=true", Options{Database: db.Name()})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	loadRows(t, s, ds, readings(ds, 0, 20))
	if rows := answered(t, s, ds); rows != 20 {
		t.Errorf("there are %d rows", rows)
	}
}
