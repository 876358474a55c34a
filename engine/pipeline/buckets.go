package pipeline

import (
	"math"
	"math/big"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"herbarium/datasets"
	"herbarium/engine/plan"
)

// rawBucket writes an expression that is different for values of two buckets, and
// mostly equal within one. Null stays null, or becomes what values beyond all
// buckets are.
//
// The server does not decide which bucket a value is in: whoever reads the groups
// does, of the least and the greatest value of each. Where these two are not in one
// bucket, the server's notion of it differs, as its time zones may, and
// the groups have to be made by the values themselves.
func rawBucket(b plan.Buckets, path string, t datasets.Type) any {
	switch b := b.(type) {
	case *plan.TimeBuckets:
		if b.Unit >= plan.Hour && b.Zone != nil {
			return rawInstant(b, path)
		}
		return rawDay(b, path)
	case *plan.NumberBuckets:
		if edges := b.Edges(); edges != nil {
			return rawInterval(thresholds(edges, t), path)
		}
		width, origin := b.Width()
		return rawStep(width, origin, path, t)
	case *plan.Bins:
		return only(bson.D{{Key: "$gt", Value: bson.A{path, nil}}}, rawInterval(thresholds(b.Exact(), t), path))
	default:
		return byValue(path)
	}
}

func byValue(path string) bson.D {
	return bson.D{{Key: "$ifNull", Value: bson.A{path, nil}}}
}

// firstYear is the start of the year 1. Some programs that speak MongoDB's protocol
// have no earlier dates.
const firstYear = -62_135_596_800_000

// rawInstant is the start of the span of time that the instant is in, counted from
// midnight in UTC. A span is an hour, or divides the buckets and the offsets of zones.
func rawInstant(b *plan.TimeBuckets, path string) bson.D {
	span := time.Duration(b.Every) * time.Minute
	if b.Unit == plan.Hour {
		span = time.Hour
	}
	span = gcd(span, wholeOffsets(b.Zone))
	sinceFirst := bson.D{{Key: "$subtract", Value: bson.A{path, bson.DateTime(firstYear)}}}
	return bson.D{{Key: "$subtract", Value: bson.A{byValue(path),
		bson.D{{Key: "$mod", Value: bson.A{sinceFirst, span.Milliseconds()}}}}}}
}

func gcd(a, b time.Duration) time.Duration {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// wholeOffsets returns an hour, or what divides it and the offsets from UTC that
// the zone has had since 1970.
func wholeOffsets(zone *time.Location) time.Duration {
	unit := time.Hour
	last := time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := time.Unix(0, 0); at.Before(last); {
		at = at.In(zone)
		_, offset := at.Zone()
		unit = gcd(unit, time.Duration(max(offset, -offset))*time.Second)
		_, end := at.ZoneBounds()
		if end.IsZero() {
			break
		}
		// Where a zone has rules for all later years, 365 days are a year to ZoneBounds.
		if !end.After(at) {
			end = at.Add(24 * time.Hour)
		}
		at = end
	}
	return unit
}

// rawDay is the local year, month, week or day.
func rawDay(b *plan.TimeBuckets, path string) bson.D {
	format := "%Y-%m-%d"
	switch {
	case b.Unit == plan.Year:
		format = "%Y"
	case b.Unit == plan.Quarter, b.Unit == plan.Month:
		format = "%Y-%m"
	case b.Unit == plan.Week && b.Every == 1:
		format = "%G-W%V"
	}
	text := bson.D{{Key: "date", Value: path}, {Key: "format", Value: format}}
	local := b.Zone != nil && b.Zone != time.UTC
	if local {
		text = append(text, bson.E{Key: "timezone", Value: b.Zone.String()})
	}
	written := bson.D{{Key: "$dateToString", Value: text}}
	if !local {
		return bson.D{{Key: "$ifNull", Value: bson.A{written, nil}}}
	}
	// $dateToString refuses local dates before the year 0 and after 9999. Dates near
	// these stand for themselves.
	day := int64(datasets.MillisPerDay)
	return only(bson.D{{Key: "$gt", Value: bson.A{path, nil}}}, bson.D{{Key: "$cond", Value: bson.A{
		bson.D{{Key: "$and", Value: bson.A{
			bson.D{{Key: "$gte", Value: bson.A{path, bson.DateTime(firstYear + day)}}},
			bson.D{{Key: "$lte", Value: bson.A{path, bson.DateTime(datasets.LastMilli - day)}}},
		}}}, written, path}}})
}

// thresholds are the values at which another interval begins, ascending: each edge,
// and what follows the last one, which the last interval includes.
func thresholds(edges []*big.Rat, t datasets.Type) []any {
	var values []any
	last := len(edges) - 1
	add := func(at *big.Int) {
		if at.IsInt64() && told(at.Int64(), t) {
			values = append(values, bsonValue(plan.Value{Int: at.Int64()}, t))
		}
	}
	for i, e := range edges {
		if t == datasets.Number {
			f, _ := e.Float64()
			values = append(values, f)
			if i == last {
				values = append(values, math.Nextafter(f, math.Inf(1)))
			}
			continue
		}
		at := new(big.Int).Div(e.Num(), e.Denom())
		if !e.IsInt() {
			at.Add(at, big.NewInt(1))
		}
		add(at)
		if i == last {
			add(at.Add(at, big.NewInt(1)))
		}
	}
	return values
}

// told reports whether values of the type can lie on both sides of a threshold. Not every
// server has dates beyond those that a field can have.
func told(threshold int64, t datasets.Type) bool {
	switch t {
	case datasets.Date:
		return threshold > datasets.FirstDay && threshold <= datasets.LastDay
	case datasets.DateTime:
		return threshold > datasets.FirstMilli && threshold <= datasets.LastMilli
	default:
		return true
	}
}

// rawInterval counts the thresholds that are not above the value, by binary search.
func rawInterval(thresholds []any, path string) any {
	var search func(low, high int) any
	search = func(low, high int) any {
		if low == high {
			return int32(low)
		}
		middle := (low + high) / 2
		return bson.D{{Key: "$cond", Value: bson.A{
			bson.D{{Key: "$lt", Value: bson.A{path, thresholds[middle]}}}, search(low, middle), search(middle+1, high)}}}
	}
	return search(0, len(thresholds))
}

// The error of a quotient and of an edge, in parts of the value and the origin, is
// below this.
const stepError = 0x1p-48

// rawStep is how many widths the value lies above the origin, where the quotient
// tells. Values near an edge are told apart one by one.
func rawStep(width, origin *big.Rat, path string, t datasets.Type) bson.D {
	w, _ := width.Float64()
	o, _ := origin.Float64()
	if w < 1e-200 || w > 1e200 || math.Abs(o) > 1e200 {
		return byValue(path)
	}
	var x any = path
	if t == datasets.Integer {
		x = bson.D{{Key: "$toDouble", Value: path}}
	}
	let := func(name string, value, in any) bson.D {
		return bson.D{{Key: "$let", Value: bson.D{{Key: "vars", Value: bson.D{{Key: name, Value: value}}}, {Key: "in", Value: in}}}}
	}
	quotient := bson.D{{Key: "$divide", Value: bson.A{bson.D{{Key: "$subtract", Value: bson.A{"$$x", o}}}, w}}}
	slack := bson.D{{Key: "$multiply", Value: bson.A{bson.D{{Key: "$add", Value: bson.A{bson.D{{Key: "$abs", Value: "$$x"}}, math.Abs(o)}}}, stepError / w}}}
	// The distance to the next lower and the next upper edge. NaN is less than all numbers.
	near := bson.D{{Key: "$lte", Value: bson.A{
		bson.D{{Key: "$min", Value: bson.A{
			bson.D{{Key: "$subtract", Value: bson.A{"$$q", "$$f"}}},
			bson.D{{Key: "$subtract", Value: bson.A{bson.D{{Key: "$add", Value: bson.A{"$$f", 1.0}}}, "$$q"}}},
		}}}, slack}}}
	step := let("x", x, let("q", quotient, let("f", bson.D{{Key: "$floor", Value: "$$q"}},
		bson.D{{Key: "$cond", Value: bson.A{near, bson.D{{Key: "v", Value: path}}, "$$f"}}})))
	return only(bson.D{{Key: "$gt", Value: bson.A{path, nil}}}, step)
}
