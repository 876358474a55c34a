package mongodb

import (
	"context"
	"log/slog"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"herbarium/datasets"
	"herbarium/engine"
	"herbarium/engine/fault"
)

// Options are a Store's limits. Where one is zero, the URI's option counts,
// else the default.
type Options struct {
	Database       string        // the URI's path if empty, else "herbarium"
	PoolSize       uint64        // most connections to one server; 100
	ConnectTimeout time.Duration // for making a connection; 5 s
	SelectTimeout  time.Duration // for finding a server to ask; 2 s
	AppName        string        // what the server's log calls us; "herbarium"
	// Keep is how long a version stays readable after a load replaced it, for
	// those who page through it; never less than two seconds.
	Keep time.Duration
	// MaxGroups is how many groups of one query are collected: those that are
	// ordered by a measure, named by buckets, or measured by their values; 1,000,000.
	MaxGroups int
	// Logger takes what goes wrong beside the calls, such as a leftover that
	// cannot be dropped; slog.Default() if nil.
	Logger *slog.Logger
	// Observer is told of commands and connections; nil: nobody is.
	Observer Observer
}

const (
	defaultDatabase       = "herbarium"
	defaultPoolSize       = 100
	defaultConnectTimeout = 5 * time.Second
	defaultSelectTimeout  = 2 * time.Second
	minKeep               = 2 * time.Second
	defaultMaxGroups      = 1_000_000
)

// Store keeps rows in MongoDB. It is safe for concurrent use and implements
// engine.Target.
type Store struct {
	address  *address
	options  Options
	database string
	// leaseTime is how long a load's lease holds without being renewed.
	leaseTime time.Duration
	// retryTime is for how long a load tries again what may yet succeed.
	retryTime time.Duration
	// chunkRows is how many rows a load sends at most at once.
	chunkRows int
	// rangeRows is how many rows are read at once where all are.
	rangeRows int64

	// connecting is held while client is being made or looked at.
	connecting   chan struct{}
	client       *mongo.Client
	preference   *readpref.ReadPref // of queries
	members      members
	publications *publications
	known        knownMagnitudes
}

// Open returns the store that the connection string names. It connects with
// the first call that needs to, so a server can start before its database
// does. A connection string that is wrong is an error, without credentials.
func Open(uri string, o Options) (*Store, error) {
	a, err := parseAddress(uri)
	if err != nil {
		return nil, err
	}
	s := &Store{address: a, options: o, leaseTime: 15 * time.Second, retryTime: defaultRetryTime,
		chunkRows: defaultChunkRows, rangeRows: defaultRangeRows, connecting: make(chan struct{}, 1)}
	for _, name := range []string{o.Database, a.database, defaultDatabase} {
		if s.database = name; name != "" {
			break
		}
	}
	s.options.Keep = max(s.options.Keep, minKeep)
	s.options.MaxGroups = either(o.MaxGroups, defaultMaxGroups)
	if s.options.Logger == nil {
		s.options.Logger = slog.Default()
	}
	s.publications = newPublications(s.readPublication)
	return s, nil
}

// Describe names scheme, hosts and database.
func (s *Store) Describe() string { return s.address.String() + "/" + s.database }

// Ping reports why no server can be asked, or nil.
func (s *Store) Ping(ctx context.Context) error {
	if _, err := s.connect(ctx); err != nil {
		return err
	}
	if err := s.client.Ping(ctx, s.preference); err != nil {
		return s.failure(ctx, "ping MongoDB", err)
	}
	return nil
}

// Close ends all connections, waiting for those in use until the context ends.
func (s *Store) Close(ctx context.Context) error {
	s.publications.close()
	if s.client == nil {
		return nil
	}
	if err := s.client.Disconnect(ctx); err != nil {
		return s.ownFailure("disconnect from MongoDB", err)
	}
	return nil
}

// connect returns the database, making the client where there is none yet.
// That asks a name server for a mongodb+srv address, and nothing otherwise.
func (s *Store) connect(ctx context.Context) (*mongo.Database, error) {
	select {
	case s.connecting <- struct{}{}:
		defer func() { <-s.connecting }()
	case <-ctx.Done():
		return nil, s.failure(ctx, "connect to MongoDB", ctx.Err())
	}
	if s.client == nil {
		settings := s.settings()
		client, err := mongo.Connect(settings)
		if err != nil {
			return nil, s.failure(ctx, "connect to MongoDB", err)
		}
		s.client, s.preference = client, settings.ReadPreference
		if s.preference == nil {
			s.preference = readpref.PrimaryPreferred()
		}
	}
	return s.client.Database(s.database, options.Database().SetReadPreference(readpref.Primary())), nil
}

func (s *Store) settings() *options.ClientOptions {
	c := options.Client().ApplyURI(s.address.uri)
	if o := s.options.PoolSize; o != 0 || c.MaxPoolSize == nil {
		c.SetMaxPoolSize(either(o, defaultPoolSize))
	}
	if o := s.options.ConnectTimeout; o != 0 || c.ConnectTimeout == nil {
		c.SetConnectTimeout(either(o, defaultConnectTimeout))
	}
	if o := s.options.SelectTimeout; o != 0 || c.ServerSelectionTimeout == nil {
		c.SetServerSelectionTimeout(either(o, defaultSelectTimeout))
	}
	if o := s.options.AppName; o != "" || c.AppName == nil {
		c.SetAppName(either(o, "herbarium"))
	}
	c.SetServerMonitor(s.members.monitor())
	if o := s.options.Observer; o != nil {
		c.SetMonitor(commandMonitor(o)).SetPoolMonitor(poolMonitor(o))
	}
	return c
}

// either returns chosen, or what stands in for its zero value.
func either[T comparable](chosen, otherwise T) T {
	var zero T
	if chosen == zero {
		return otherwise
	}
	return chosen
}

// Table returns the dataset's current version, as of half a second ago at
// most: what was published, else what something else put into the dataset's
// own collection, else an error with code NotLoaded. With engine.Anew it is that as of the call.
func (s *Store) Table(ctx context.Context, ds *datasets.Dataset) (engine.Table, error) {
	if engine.WantsAnew(ctx) {
		if err := s.publications.renew(ctx, ds.Collection); err != nil {
			return nil, err
		}
	}
	p, err := s.publications.read(ctx, ds.Collection)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Current != nil:
		return s.tableOf(ds, p.Current, false), nil
	case p.unmanaged:
		return s.unmanagedTable(ds), nil
	default:
		return nil, notLoaded(ds)
	}
}

// notLoaded says that there are no rows of the dataset. Where the descriptor says that something
// else fills the collection, a load would be the wrong advice.
func notLoaded(ds *datasets.Dataset) error {
	e := fault.NotLoadedError(ds)
	if ds.Refresh > 0 {
		e.Detail = "dataset " + ds.Name + " has no rows yet: its collection, which something else fills, is empty or not there"
	}
	return e
}

// TableAt returns the dataset's rows of that version as long as they are kept,
// or those that something else put into its collection where the version is
// "". A version that is not known is looked for anew, since another server may
// have seen a newer publication.
func (s *Store) TableAt(ctx context.Context, ds *datasets.Dataset, version string) (engine.Table, error) {
	for anew := false; ; anew = true {
		p, err := s.publications.read(ctx, ds.Collection)
		if err != nil {
			return nil, err
		}
		if version == "" && p.unmanaged {
			return s.unmanagedTable(ds), nil
		}
		if e := p.edition(version, time.Now()); version != "" && e != nil {
			if e != p.Current && !e.fits(ds) {
				return nil, fault.OtherFieldsGone(ds)
			}
			return s.tableOf(ds, e, e != p.Current), nil
		}
		if anew {
			return nil, fault.GoneError(ds)
		}
		if err := s.publications.renew(ctx, ds.Collection); err != nil {
			return nil, err
		}
	}
}

func (s *Store) tableOf(ds *datasets.Dataset, e *edition, replaced bool) *table {
	return &table{store: s, dataset: ds, collection: e.Collection, replaced: replaced, indexed: e.Indexed, magnitudes: e.Magnitudes,
		info: engine.TableInfo{Version: e.Version, Rows: e.Rows, Published: e.Published, Place: e.Collection, Collection: e.Collection,
			OtherFields: !e.fits(ds), OtherTypes: e.hasOtherTypes(ds)}}
}

func (s *Store) unmanagedTable(ds *datasets.Dataset) *table {
	return &table{store: s, dataset: ds, collection: ds.Collection,
		info: engine.TableInfo{Rows: -1, Place: ds.Collection, Collection: ds.Collection, Unmanaged: true}}
}
