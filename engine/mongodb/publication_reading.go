package mongodb

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// primaryPatience is how long a publication is waited for before a secondary is asked:
// it may take the driver many seconds to see that a primary is cut off.
const primaryPatience = time.Second

// readPublication asks for what is published under the name. What was read last is not
// followed by anything older: where only members can be asked that are behind it,
// it is returned again.
func (s *Store) readPublication(ctx context.Context, name string, last *publication) (*publication, error) {
	db, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	p, err := s.askPublication(ctx, db, name, last)
	if err != nil && last != nil && last.seen != nil && lagging(err) {
		return last, nil
	}
	if err != nil {
		return nil, s.ownFailure("read what is published of "+name, err)
	}
	if p.Current == nil {
		if p.unmanaged, err = s.filledByOthers(ctx, db, name); err != nil {
			return nil, s.ownFailure("look for rows in "+name, err)
		}
	}
	p.sightings = p.sight(name, last)
	return p, nil
}

// askPublication asks the primary and, if that fails or takes long, a secondary.
func (s *Store) askPublication(ctx context.Context, db *mongo.Database, name string, last *publication) (*publication, error) {
	if s.onlyPrimary() {
		p, err := s.findPublication(ctx, published(db, readpref.Primary()), name, nil)
		if p != nil {
			p.seen = nil
		}
		return p, err
	}
	var after *bson.Timestamp
	if last != nil {
		after = last.seen
	}
	asking, done := context.WithTimeout(ctx, primaryPatience)
	defer done()
	p, err := s.findPublication(asking, published(db, readpref.PrimaryPreferred()), name, after)
	if err == nil || ctx.Err() != nil || !passing(err) && asking.Err() == nil && !lagging(err) {
		return p, err
	}
	if after != nil {
		// What a secondary knows to be of a majority may be behind until there is a primary again.
		asking, done = context.WithTimeout(ctx, lagWait)
		defer done()
		ctx = asking
	}
	return s.findPublication(ctx, published(db, readpref.SecondaryPreferred()), name, after)
}

// findPublication reads the document of the publication, as of the cluster's time or later.
func (s *Store) findPublication(ctx context.Context, from *mongo.Collection, name string, after *bson.Timestamp) (*publication, error) {
	session, err := s.client.StartSession()
	if err != nil {
		return nil, err
	}
	defer session.EndSession(context.WithoutCancel(ctx))
	if after != nil {
		if err := session.AdvanceOperationTime(after); err != nil {
			return nil, err
		}
	}
	p := &publication{}
	err = from.FindOne(mongo.NewSessionContext(ctx, session), bson.D{{Key: "_id", Value: name}}).Decode(p)
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return nil, err
	}
	p.seen = session.OperationTime()
	return p, nil
}

// filledByOthers reports whether there are documents in the collection.
func (s *Store) filledByOthers(ctx context.Context, db *mongo.Database, name string) (bool, error) {
	preference := readpref.PrimaryPreferred()
	if s.onlyPrimary() {
		preference = readpref.Primary()
	}
	err := db.Collection(name, options.Collection().SetReadPreference(preference)).FindOne(ctx, bson.D{},
		options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		return false, err
	}
	return err == nil, nil
}

// lagging reports whether a server was found that did not answer in time, as one does not
// that has to wait for what it has missed.
func lagging(err error) bool {
	return !selecting(err) && (mongo.IsTimeout(err) || hasCode(err, slowCodes()) || hasCode(err, []int{notYetMajority}))
}

// sight returns when the collections of the publication were first seen, those of last
// as that says.
func (p *publication) sight(name string, last *publication) map[string]sighting {
	if p.seen == nil {
		return nil
	}
	now := sighting{p.seen, time.Now()}
	sightings := map[string]sighting{}
	see := func(collection string) {
		sightings[collection] = now
		if last != nil {
			if earlier, ok := last.sightings[collection]; ok {
				sightings[collection] = earlier
			}
		}
	}
	if p.Current != nil {
		see(p.Current.Collection)
	}
	for i := range p.Older {
		see(p.Older[i].Collection)
	}
	if p.unmanaged {
		sightings[name] = now // its rows change
	}
	return sightings
}

// stillHeld reports whether the collection stood in the publication at the cluster's time
// or later. What one member says then counts, since it only tells whether another had
// the rows: they are dropped after they were taken out of the publication.
func (s *Store) stillHeld(ctx context.Context, name, collection string, at *bson.Timestamp) (bool, error) {
	db, err := s.connect(ctx)
	if err != nil {
		return false, err
	}
	local := db.Collection(publicationsName, options.Collection().SetReadConcern(readconcern.Local()).SetReadPreference(readpref.PrimaryPreferred()))
	for wait := lagWait; ; wait *= 2 {
		asking, done := context.WithTimeout(ctx, wait)
		p, err := s.findPublication(asking, local, name, at)
		done()
		switch {
		case err == nil:
			return p.holds(collection), nil
		case ctx.Err() != nil || !lagging(err):
			return false, s.failure(ctx, "see whether "+collection+" is still published", err)
		}
	}
}
