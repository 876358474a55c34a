package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// The shape of a plan is the plan without the values that a caller chose: two plans of
// one shape read the same fields by the same kinds of conditions, and differ in what
// they look for and on which page. Slow ones are told apart by it, and it says nothing
// of what somebody looked for.

// Shape prints the plan as String does, with "?" for values of conditions and for the
// page.
func (p *Plan) Shape() string {
	var b strings.Builder
	p.describeHead(&b)
	if !p.Filter.Always() {
		b.WriteString("  where " + p.Filter.describe(p.shapeOf) + "\n")
	}
	p.describeAnswer(&b)
	p.describeOrder(&b)
	if p.After != "" {
		b.WriteString("  after ?\n")
	}
	if p.Skip > 0 {
		b.WriteString("  skip ?\n")
	}
	if p.Limit >= 0 {
		b.WriteString("  limit ?\n")
	}
	return b.String()
}

// shapeOf prints the shape of a predicate, as in "? <= depth".
func (p *Plan) shapeOf(c *Predicate) string {
	name := p.Dataset.Fields[c.Field].Name
	switch {
	case c.Text != nil:
		return name + " matches ?"
	case c.Never:
		return name + " in no value"
	case len(c.In) > 0 || c.Null:
		return name + " in [?]"
	case c.IsPresent():
		return name + " is present"
	}
	if c.Min != nil {
		name = "? <" + equal(!c.MinOpen) + " " + name
	}
	if c.Max != nil {
		name += " <" + equal(!c.MaxOpen) + " ?"
	}
	return name
}

// Fingerprint names the plan's shape: twelve hexadecimal digits of the SHA-256 of Shape,
// equal on every server of the same descriptor.
func (p *Plan) Fingerprint() string {
	sum := sha256.Sum256([]byte(p.Shape()))
	return hex.EncodeToString(sum[:6])
}
