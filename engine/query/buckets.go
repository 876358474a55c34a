package query

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// timeBuckets reads a unit such as month or 15 minutes.
func (p *parser) timeBuckets(field *datasets.Field, of *keyNodes) plan.Buckets {
	units := plan.Units()
	at := of.pointer("by")
	if of.by.Kind != schemas.String {
		p.fault(of.by.Offset, at, schemas.WrongType, "must be a unit of time as a string, not %s", p.sent(of.by))
		return nil
	}
	every, name := 1, of.by.Text
	if number, rest, ok := strings.Cut(name, " "); ok {
		n, err := strconv.Atoi(number)
		if err != nil {
			p.fault(of.by.Offset, at, schemas.NotInEnum, "%s is no unit of time; write such as month or 15 minutes", schemas.Quote(of.by.Text))
			return nil
		}
		every, name = n, strings.TrimSuffix(strings.TrimSpace(rest), "s")
	}
	unit, ok := plan.UnitNamed(name)
	if !ok {
		p.fault(of.by.Offset, at, schemas.NotInEnum, "%s is no unit of time%s; there are %s", schemas.Quote(name), nearest(name, units), choices(units))
		return nil
	}
	if field.Type == datasets.Date && unit > plan.Day {
		p.fault(of.by.Offset, at, schemas.NotInEnum, "the field %s has days, which have no %s", field.Name, unit)
		return nil
	}
	zone := field.Location
	if field.Type == datasets.Date {
		zone = nil
	}
	if of.timezone != nil {
		if zone, ok = p.zone(of.timezone, of.pointer("timezone")); !ok {
			return nil
		}
	}
	var origin *int64
	if of.origin != nil {
		day, err := int64(0), error(nil)
		if of.origin.Kind != schemas.String {
			p.fault(of.origin.Offset, of.pointer("origin"), schemas.WrongType, "must be a day as a string, not %s", p.sent(of.origin))
			return nil
		}
		if day, err = datasets.ParseDate(of.origin.Text); err != nil {
			p.fault(of.origin.Offset, of.pointer("origin"), schemas.BadDate, "%s is %v", schemas.Quote(of.origin.Text), err)
			return nil
		}
		origin = &day
	}
	b, err := plan.NewTimeBuckets(unit, every, origin, zone)
	if err != nil {
		p.fault(of.by.Offset, at, schemas.OutOfRange, "%v", err)
		return nil
	}
	return b
}

// zone reads the IANA name of a time zone.
func (p *parser) zone(n *schemas.Node, pointer string) (*time.Location, bool) {
	if n.Kind != schemas.String {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be the name of a time zone, not %s", p.sent(n))
		return nil, false
	}
	zone, err := datasets.LoadZone(n.Text)
	if err != nil {
		p.fault(n.Offset, pointer, schemas.NotInEnum, "%s is no time zone; write an IANA name such as Europe/Berlin", schemas.Quote(n.Text))
		return nil, false
	}
	return zone, true
}

// maxExponent bounds the decimals that edges are computed of, which are exact.
const maxExponent = 400

// rational reads a number exactly.
func (p *parser) rational(n *schemas.Node, pointer string) (*big.Rat, bool) {
	if n.Kind != schemas.Number {
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a number, not %s", p.sent(n))
		return nil, false
	}
	if _, finite := n.Float(); !finite {
		p.fault(n.Offset, pointer, schemas.NotFinite, "%s is beyond the range of a float64", schemas.Clip(n.Text))
		return nil, false
	}
	_, exponent, _ := strings.Cut(strings.ToLower(n.Text), "e")
	digits, err := strconv.Atoi(strings.TrimPrefix(exponent, "+"))
	if exponent != "" && (err != nil || digits > maxExponent || digits < -maxExponent) || len(n.Text) > maxExponent {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "%s has too many digits", schemas.Clip(n.Text))
		return nil, false
	}
	r, ok := new(big.Rat).SetString(n.Text)
	return r, ok
}

// widthBuckets reads the width of intervals, and where one begins.
func (p *parser) widthBuckets(field *datasets.Field, of *keyNodes) plan.Buckets {
	width, ok := p.rational(of.width, of.pointer("width"))
	if !ok {
		return nil
	}
	if f, _ := width.Float64(); f <= 0 {
		p.fault(of.width.Offset, of.pointer("width"), schemas.OutOfRange, "the width %s is not above 0", schemas.Clip(of.width.Text))
		return nil
	}
	origin := new(big.Rat)
	if of.origin != nil {
		if origin, ok = p.rational(of.origin, of.pointer("origin")); !ok {
			return nil
		}
	}
	return plan.NewWidthBuckets(field.Type, width, origin)
}

// maxEdges is the number of edges that a key can have.
const maxEdges = 1000

// edgeBuckets reads the edges of intervals.
func (p *parser) edgeBuckets(field *datasets.Field, of *keyNodes) plan.Buckets {
	edges := p.edges(of.edges, of.pointer("edges"), field, maxEdges)
	if edges == nil {
		return nil
	}
	return plan.NewEdgeBuckets(field.Type, edges)
}
