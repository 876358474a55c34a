package mongodb

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// deployment is what a server says of itself and of those that it works with.
type deployment struct {
	SetName        string `bson:"setName"` // of the replica set, if it is a member of one
	Msg            string `bson:"msg"`     // isdbgrid, where it is a router of shards
	MaxWireVersion int    `bson:"maxWireVersion"`
}

// The wire versions of MongoDB 4.4, the first that has commit quorums, and of 6.0, the first
// in which collections are sharded without more in any database.
const (
	wire44 = 9
	wire60 = 17
)

// noSuchCommand is the code of CommandNotFound.
const noSuchCommand = 59

func askDeployment(ctx context.Context, db *mongo.Database) (d deployment, err error) {
	// The second is the name that it had before 4.4.2.
	for _, name := range []string{"hello", "isMaster"} {
		err = db.RunCommand(ctx, bson.D{{Key: name, Value: 1}}, options.RunCmd().SetReadPreference(readpref.Primary())).Decode(&d)
		if !hasCode(err, []int{noSuchCommand}) {
			break
		}
	}
	return d, err
}

// isRouter reports whether the server is a mongos, which routes to shards.
func (d deployment) isRouter() bool { return d.Msg == "isdbgrid" }

// takesQuorum reports whether the server accepts a commit quorum: a standalone one and
// one before 4.4 refuse it.
func (d deployment) takesQuorum() bool {
	return (d.SetName != "" || d.isRouter()) && d.MaxWireVersion >= wire44
}
