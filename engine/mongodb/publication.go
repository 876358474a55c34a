package mongodb

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

const (
	publicationsName = "herbarium_publications"
	// publicationAge is how old a publication may be that a query goes by.
	publicationAge = 500 * time.Millisecond
	// aheadAge is how old it is when a query has it read anew without waiting, so that
	// none waits while a dataset is asked all the time.
	aheadAge               = 400 * time.Millisecond
	defaultPublicationWait = 10 * time.Second
)

// publication is what is published of one dataset. Its _id is the name of the
// dataset's collection.
type publication struct {
	Current *edition  `bson:"current"`
	Older   []edition `bson:"older"` // oldest first
	// Removed are versions that are no longer kept, the last removed first.
	Removed []removedEdition `bson:"removed"`
	Lease   *struct {
		Owner string `bson:"owner"`
	} `bson:"lease"`

	unmanaged bool // nothing was published, and something else filled the collection
	// seen is the cluster's time of reading; nil where queries go to the primary alone,
	// and on a standalone server.
	seen      *bson.Timestamp
	sightings map[string]sighting // by collection; none where seen is nil
}

// edition is one version's place.
type edition struct {
	Collection string `bson:"collection"`
	Version    string `bson:"version"`
	Rows       int64  `bson:"rows"`
	// Published is the server's time of publishing, which sets it.
	Published time.Time `bson:"published,omitempty"`
	// Indexed are the fields with an index that goes on by _id.
	Indexed []string `bson:"indexed,omitempty"`
	// Magnitudes are those of the number and integer fields; older loads recorded
	// none.
	Magnitudes []magnitude `bson:"magnitudes,omitempty"`
	// Fields are those of the rows; older loads recorded none.
	Fields []editionField `bson:"fields,omitempty"`
	Label  string         `bson:"label,omitempty"`
	Keep   *editionKeep   `bson:"keep,omitempty"`
	// Replacements counts how often others became current since it was.
	Replacements int `bson:"replacements,omitempty"`
	// End is until when it is kept, by the server's clock; nil while it is current. That of
	// a version which is kept without an end is engine.Unlimited: a build that does not
	// know Keep keeps it as well.
	End *time.Time `bson:"end,omitempty"`
}

// edition returns the version's place, or nil where it is not kept at that time.
func (p *publication) edition(version string, now time.Time) *edition {
	for e := range p.kept(now) {
		if e.Version == version {
			return e
		}
	}
	return nil
}

// holds reports whether the collection is that of a version that is still
// kept.
func (p *publication) holds(collection string) bool {
	if p.Current != nil && p.Current.Collection == collection {
		return true
	}
	for i := range p.Older {
		if p.Older[i].Collection == collection {
			return true
		}
	}
	return false
}

// published is the collection of publications, read and written with the
// consent of a majority, so that nothing seen there is ever taken back.
func published(db *mongo.Database, preference *readpref.ReadPref) *mongo.Collection {
	return db.Collection(publicationsName, options.Collection().
		SetReadConcern(readconcern.Majority()).SetWriteConcern(writeconcern.Majority()).SetReadPreference(preference))
}

// publications remembers publications for publicationAge, so that a query
// costs no round trip of its own for them, and reads them again a little
// earlier, in the background. Reading one happens once for all who wait for it.
type publications struct {
	// fetch reads one, which is not older than last, the one read before; nil if there is none.
	fetch func(ctx context.Context, name string, last *publication) (*publication, error)
	life  context.Context // of the goroutines that read
	end   context.CancelFunc
	// wait bounds the reading of one, whoever waits for it.
	wait time.Duration

	mu      sync.Mutex
	known   map[string]knownPublication
	reading map[string]*reading
	running sync.WaitGroup
}

type knownPublication struct {
	publication *publication
	at          time.Time // before it was asked for; zero where it is forgotten
}

// reading is a publication on its way; the rest is set when done closes.
type reading struct {
	at          time.Time // when it began
	done        chan struct{}
	publication *publication
	err         error
}

func newPublications(fetch func(context.Context, string, *publication) (*publication, error)) *publications {
	ps := &publications{fetch: fetch, wait: defaultPublicationWait, known: map[string]knownPublication{}, reading: map[string]*reading{}}
	ps.life, ps.end = context.WithCancel(context.Background())
	return ps
}

// read returns what was published under the name publicationAge ago or later.
func (ps *publications) read(ctx context.Context, name string) (*publication, error) {
	ps.mu.Lock()
	if k, ok := ps.known[name]; ok {
		age := time.Since(k.at)
		if age >= aheadAge && age < publicationAge && ps.reading[name] == nil {
			ps.begin(name)
		}
		if age < publicationAge {
			ps.mu.Unlock()
			return k.publication, nil
		}
	}
	r := ps.reading[name]
	if r == nil {
		r = ps.begin(name)
	}
	ps.mu.Unlock()
	select {
	case <-r.done:
		return r.publication, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin begins to read one; mu is held.
func (ps *publications) begin(name string) *reading {
	r := &reading{at: time.Now(), done: make(chan struct{})}
	ps.reading[name] = r
	ps.running.Go(func() { ps.run(name, r) })
	return r
}

// renew returns once what is known of the publication was asked for after the call. Many
// calls at a time share a reading: one that began before they came is waited for first.
func (ps *publications) renew(ctx context.Context, name string) error {
	for called := time.Now(); ; {
		ps.mu.Lock()
		if !ps.known[name].at.Before(called) {
			ps.mu.Unlock()
			return nil
		}
		r := ps.reading[name]
		if r == nil {
			r = ps.begin(name)
		}
		ps.mu.Unlock()
		select {
		case <-r.done:
			if r.err != nil && !r.at.Before(called) {
				return r.err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run reads a publication for all who wait. None of their contexts bounds it,
// since the others go on waiting when one leaves.
func (ps *publications) run(name string, r *reading) {
	ctx, cancel := context.WithTimeout(ps.life, ps.wait)
	defer cancel()
	ps.mu.Lock()
	last := ps.known[name].publication
	ps.mu.Unlock()
	r.publication, r.err = ps.fetch(ctx, name, last)
	ps.mu.Lock()
	defer ps.mu.Unlock()
	// A forgotten reading may have begun before what made it forgotten.
	if ps.reading[name] == r {
		delete(ps.reading, name)
		if r.err == nil {
			ps.known[name] = knownPublication{r.publication, r.at}
		}
	}
	close(r.done)
}

// forget makes the next call of read ask the server.
func (ps *publications) forget(name string) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if k, ok := ps.known[name]; ok {
		k.at = time.Time{}
		ps.known[name] = k
	}
	delete(ps.reading, name)
}

// close ends what is being read and waits for it.
func (ps *publications) close() {
	ps.end()
	ps.running.Wait()
}
