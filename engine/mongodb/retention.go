package mongodb

import (
	"iter"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine"
)

// What is kept is decided when a version becomes current. Whoever publishes holds the
// lease, so that nothing was published since the publication was read, and older versions
// can at most have ended. What is decided of each is written as changes of the document, by
// its collection: ends are times of the server, and what else a document says of a version,
// a newer build's words too, stays as it is.

// removedEdition is a version of which nothing but this is left.
type removedEdition struct {
	Version   string    `bson:"version"`
	Published time.Time `bson:"published"`
}

// editionField is the name and the type of a field.
type editionField struct {
	Name string `bson:"name"`
	Type string `bson:"type"`
}

// editionKeep is an engine.Keep as a publication has it.
type editionKeep struct {
	Forever  bool  `bson:"forever,omitempty"`
	Versions int   `bson:"versions,omitempty"`
	Millis   int64 `bson:"ms,omitempty"`
}

func fieldsOf(ds *datasets.Dataset) []editionField {
	fields := make([]editionField, len(ds.Fields))
	for i := range ds.Fields {
		fields[i] = editionFieldOf(&ds.Fields[i])
	}
	return fields
}

func editionFieldOf(f *datasets.Field) editionField { return editionField{f.Name, f.Type.String()} }

// fits reports whether the version has the dataset's fields, as far as that was recorded.
func (e *edition) fits(ds *datasets.Dataset) bool {
	return e.Fields == nil || slices.EqualFunc(e.Fields, ds.Fields, func(a editionField, b datasets.Field) bool {
		return a.Name == b.Name && a.Type == b.Type.String()
	})
}

// hasOtherTypes reports whether a value of the version may be of another type than the dataset's
// field that it is read as: where that field had another type, or had parts.
func (e *edition) hasOtherTypes(ds *datasets.Dataset) bool {
	return slices.ContainsFunc(e.Fields, func(had editionField) bool {
		return slices.ContainsFunc(ds.Fields, func(f datasets.Field) bool {
			return f.Name == had.Name && f.Type.String() != had.Type || strings.HasPrefix(had.Name, f.Name+".")
		})
	})
}

func keepOf(k engine.Keep) *editionKeep {
	if k == (engine.Keep{}) {
		return nil
	}
	return &editionKeep{k.Forever, k.Versions, k.For.Milliseconds()}
}

// kept returns how long the version is to be kept.
func (e *edition) kept() engine.Keep {
	if e.Keep == nil {
		return engine.Keep{}
	}
	return engine.Keep{Forever: e.Keep.Forever, Versions: e.Keep.Versions, For: time.Duration(e.Keep.Millis) * time.Millisecond}
}

// unlimited reports whether the version was replaced and is kept without an end.
func (e *edition) unlimited() bool { return e.End != nil && !e.End.Before(engine.Unlimited()) }

// retained reports whether the version is kept at that time.
func (e *edition) retained(now time.Time) bool { return e.End == nil || now.Before(*e.End) }

// kept returns the current version, if there is one, and the older ones that are kept at
// that time, the newest first. Of versions with the same name only the newest counts.
func (p *publication) kept(now time.Time) iter.Seq[*edition] {
	return func(yield func(*edition) bool) {
		seen := map[string]bool{}
		next := func(e *edition) bool {
			if seen[e.Version] || !e.retained(now) {
				return true
			}
			seen[e.Version] = true
			return yield(e)
		}
		if p.Current != nil && !next(p.Current) {
			return
		}
		for i := len(p.Older) - 1; i >= 0; i-- {
			if !next(&p.Older[i]) {
				return
			}
		}
	}
}

// publishing writes the update by which e becomes current. What was promised of the same
// rows holds for e; their collections stay for those who read them now.
func (p *publication) publishing(e edition, keep time.Duration) bson.A {
	for known := range p.kept(time.Time{}) {
		if known.Version == e.Version {
			if e.Label == "" {
				e.Label = known.Label
			}
			e.Keep = keepOf(e.kept().And(known.kept()))
		}
	}
	return p.replacing(e.Version, "", bson.A{literal(e)}, keep)
}

// restoring writes the update by which an older version becomes current again, and the
// condition on which that can be.
func (p *publication) restoring(e *edition, keep time.Duration) (update bson.A, condition bson.D) {
	found := bson.D{{Key: "$arrayElemAt", Value: bson.A{bson.D{{Key: "$filter", Value: bson.D{
		{Key: "input", Value: "$older"},
		{Key: "cond", Value: bson.D{{Key: "$eq", Value: bson.A{"$$this.collection", literal(e.Collection)}}}},
	}}}, 0}}}
	update = p.replacing(e.Version, e.Collection, bson.A{found,
		bson.D{{Key: "end", Value: nil}, {Key: "replacements", Value: 0}}}, keep)
	return update, bson.D{{Key: "older.collection", Value: e.Collection}}
}

// replacing writes the update that makes the merged documents the current version, of that
// name, the current one an older one, and leaves out the older one in that collection.
func (p *publication) replacing(version, leftOut string, documents bson.A, keep time.Duration) bson.A {
	again := p.Current == nil || p.Current.Version == version
	var branches bson.A
	for i := range p.Older {
		e := &p.Older[i]
		if changes := e.replaced(version, again, keep); changes != nil {
			branches = append(branches, bson.D{
				{Key: "case", Value: bson.D{{Key: "$eq", Value: bson.A{"$$this.collection", literal(e.Collection)}}}},
				{Key: "then", Value: changes}})
		}
	}
	var older any = bson.D{{Key: "$filter", Value: bson.D{
		{Key: "input", Value: bson.D{{Key: "$ifNull", Value: bson.A{"$older", bson.A{}}}}},
		{Key: "cond", Value: bson.D{{Key: "$ne", Value: bson.A{"$$this.collection", literal(leftOut)}}}},
	}}}
	if branches != nil {
		changes := bson.D{{Key: "$switch", Value: bson.D{{Key: "branches", Value: branches}, {Key: "default", Value: bson.D{}}}}}
		older = bson.D{{Key: "$map", Value: bson.D{{Key: "input", Value: older},
			{Key: "in", Value: bson.D{{Key: "$mergeObjects", Value: bson.A{"$$this", changes}}}}}}}
	}
	if p.Current != nil {
		replaced := bson.D{{Key: "$mergeObjects", Value: bson.A{"$current", p.Current.replaced(version, again, keep)}}}
		older = bson.D{{Key: "$concatArrays", Value: bson.A{older, bson.A{replaced}}}}
	}
	documents = append(documents, bson.D{{Key: "published", Value: "$$NOW"}})
	return bson.A{
		bson.D{{Key: "$set", Value: bson.D{
			{Key: "older", Value: older},
			{Key: "current", Value: bson.D{{Key: "$mergeObjects", Value: documents}}},
		}}},
		bson.D{{Key: "$unset", Value: "lease"}},
	}
}

func literal(v any) bson.D { return bson.D{{Key: "$literal", Value: v}} }

// replaced returns what changes of the version once one of that name became current. What
// keeps it ends at the earliest after keep. again says that this is no other version than
// before.
func (e *edition) replaced(version string, again bool, keep time.Duration) bson.D {
	limited := e.End != nil && !e.unlimited()
	switch own := e.kept(); {
	case e.Version == version: // whose rows are in a newer collection
		end := after(keep)
		if limited {
			end = bson.D{{Key: "$min", Value: bson.A{"$$this.end", end}}}
		}
		return bson.D{{Key: "keep", Value: nil}, {Key: "end", Value: end}}
	case again:
		return nil
	case own.Holds(e.Replacements + 1):
		return bson.D{{Key: "replacements", Value: e.Replacements + 1}, {Key: "end", Value: engine.Unlimited()}}
	case limited:
		return bson.D{{Key: "replacements", Value: e.Replacements + 1}}
	default:
		return bson.D{{Key: "replacements", Value: e.Replacements + 1}, {Key: "end", Value: after(max(keep, own.For))}}
	}
}

// endsCompared are the older versions whose end is so compared with the server's time.
func endsCompared(comparison string) bson.D {
	return bson.D{{Key: "$filter", Value: bson.D{
		{Key: "input", Value: bson.D{{Key: "$ifNull", Value: bson.A{"$older", bson.A{}}}}},
		{Key: "cond", Value: bson.D{{Key: comparison, Value: bson.A{millis("$$this.end"), now()}}}},
	}}}
}

// noted adds versions to those that were removed.
func noted(editions bson.D) bson.D {
	each := bson.D{{Key: "version", Value: "$$this.version"}, {Key: "published", Value: "$$this.published"}}
	return bson.D{{Key: "$slice", Value: bson.A{
		bson.D{{Key: "$concatArrays", Value: bson.A{
			bson.D{{Key: "$map", Value: bson.D{{Key: "input", Value: editions}, {Key: "in", Value: each}}}},
			bson.D{{Key: "$ifNull", Value: bson.A{"$removed", bson.A{}}}},
		}}},
		engine.MaxRemoved,
	}}}
}
