package query

import (
	"slices"
	"unicode/utf8"

	"herbarium/datasets"
	"herbarium/engine/plan"
	"herbarium/schemas"
)

// parts are the parts of a condition that are read together.
type parts struct {
	members  []plan.Predicate // of selectors and missing
	bounds   map[string]*schemas.Node
	present  []int
	matches  []plan.Predicate // of contains and starts_with
	any, not *schemas.Node
}

// part reads the member if it is a part of a condition, and reports whether it
// is. Nested conditions are read once all others are known.
func (p *parser) part(into *parts, m *schemas.Member, pointer string) bool {
	if p.settling != nil && m.Value.Kind == schemas.Null {
		// In a query it is absent; in a descriptor somebody forgot a value.
		p.fault(m.Value.Offset, pointer, schemas.WrongType, "a value belongs here, not nothing; [null] picks rows without a value")
		return true
	}
	if s, ok := p.selectorOf(m.Key); ok {
		if m.Value.Kind != schemas.Null {
			p.selector(into, s, &m.Value, pointer)
		}
		return true
	}
	if !datasets.IsConditionProperty(m.Key) || !p.op.TakesProperty(m.Key) {
		return false
	}
	n := &m.Value
	switch {
	case n.Kind == schemas.Null:
	case datasets.IsBounds(m.Key):
		if object := p.object(n, pointer, "bounds"); object != nil {
			if into.bounds == nil {
				into.bounds = map[string]*schemas.Node{}
			}
			into.bounds[m.Key] = object
		}
	case m.Key == "missing":
		for _, f := range p.names(n, pointer) {
			into.members = append(into.members, plan.Predicate{Field: f, Null: true})
		}
	case m.Key == "present":
		into.present = append(into.present, p.names(n, pointer)...)
	case m.Key == "contains", m.Key == "starts_with":
		p.matches(into, n, pointer, m.Key == "starts_with")
	case m.Key == "any":
		into.any = n
	case m.Key == "not":
		into.not = n
	}
	return true
}

// settle joins the parts to a condition. The pointer is of the condition itself.
func (p *parser) settle(of *parts, pointer string, depth int) plan.Condition {
	c := plan.Condition{Where: joinMembers(of.members)}
	c.Where = append(c.Where, p.ranges(of, pointer)...)
	slices.SortStableFunc(of.matches, func(a, b plan.Predicate) int {
		switch {
		case a.Field != b.Field:
			return a.Field - b.Field
		case a.Text.Prefix == b.Text.Prefix:
			return 0
		case b.Text.Prefix:
			return -1
		default:
			return 1
		}
	})
	c.Where = append(c.Where, of.matches...)
	if of.any != nil {
		if list := p.any(of.any, pointer+"/any", depth+1); list != nil {
			c.Any = [][]plan.Condition{list}
		}
	}
	if of.not != nil {
		if not, ok := p.condition(of.not, pointer+"/not", depth+1); ok {
			c.Not = []plan.Condition{not}
		}
	}
	// What no row satisfies makes every other condition idle.
	if i := slices.IndexFunc(c.Where, func(part plan.Predicate) bool { return part.Never }); i >= 0 {
		return plan.Condition{Where: c.Where[i : i+1]}
	}
	return c
}

// any reads a list of conditions of which one has to hold. It returns nil where
// one always does.
func (p *parser) any(n *schemas.Node, pointer string, depth int) []plan.Condition {
	switch {
	case !p.list(n, pointer, "conditions", "write a condition, or leave the property out"):
		return nil
	case len(n.Items) > datasets.MaxAlternatives:
		p.fault(n.Offset, pointer, schemas.OutOfRange, "the list has %d conditions; at most %d are allowed", len(n.Items), datasets.MaxAlternatives)
		return nil
	}
	list, always := make([]plan.Condition, 0, len(n.Items)), false
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind == schemas.Null {
			p.fault(item.Offset, at, schemas.WrongType, "must be a condition, which is an object, not null")
			continue
		}
		c, ok := p.condition(item, at, depth)
		always = always || ok && c.Always()
		list = append(list, c)
	}
	if always {
		return nil
	}
	return list
}

// condition reads a condition within others. It reports false where there is
// none.
func (p *parser) condition(n *schemas.Node, pointer string, depth int) (plan.Condition, bool) {
	switch {
	case n.Kind != schemas.Object:
		p.fault(n.Offset, pointer, schemas.WrongType, "must be a condition, which is an object, not %s", p.sent(n))
		return plan.Condition{}, false
	case depth > datasets.MaxConditionDepth:
		p.fault(n.Offset, pointer, schemas.OutOfRange, "conditions are nested too deeply; at most %d may be within each other", datasets.MaxConditionDepth)
		return plan.Condition{}, false
	}
	p.nested++
	defer func() { p.nested-- }()
	var of parts
	for i := range n.Members {
		m := &n.Members[i]
		if m.Doubled {
			continue
		}
		at := schemas.Key(pointer, m.Key)
		if p.part(&of, m, at) {
			continue
		}
		allowed := p.conditionProperties()
		if _, selects := p.ds.Selector(m.Key); selects || datasets.IsConditionProperty(m.Key) {
			p.refuse(m, at)
			continue
		}
		if datasets.IsQueryProperty(m.Key) {
			p.fault(m.Offset, at, schemas.UnknownProperty, "%s is a property of the query, not of a condition; a condition has %s", m.Key, choices(allowed))
			continue
		}
		p.unknown(m, at, "a condition", allowed)
	}
	return p.settle(&of, pointer, depth), true
}

// countPart counts a part of a condition within others, and says where they are
// too many. Those of the query itself are as many as it has fields at most.
func (p *parser) countPart(n *schemas.Node, pointer string) {
	if p.nested == 0 {
		return
	}
	p.parts++
	if p.parts == datasets.MaxConditionParts+1 {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "the conditions have more than %d parts in all", datasets.MaxConditionParts)
	}
}

// matches reads what texts have to contain or to start with, by field.
func (p *parser) matches(into *parts, n *schemas.Node, pointer string, prefix bool) {
	object := p.object(n, pointer, "texts")
	if object == nil {
		return
	}
	for i := range object.Members {
		m := &object.Members[i]
		if m.Doubled {
			continue
		}
		at := schemas.Key(pointer, m.Key)
		f, ok := p.ds.Field(m.Key)
		if !ok || p.ds.Fields[f].Type != datasets.String {
			allowed := p.fieldNames(func(f *datasets.Field) bool { return f.Type == datasets.String })
			if ok {
				p.fault(m.Offset, at, schemas.UnknownField, "the field %s has no text; these do: %s", schemas.Quote(m.Key), choices(allowed))
			} else {
				p.fault(m.Offset, at, schemas.UnknownField, "there is no field %s%s; fields with text: %s",
					schemas.Quote(m.Key), nearest(m.Key, allowed), choices(allowed))
			}
			continue
		}
		if texts := p.texts(&m.Value, at); texts != nil {
			into.matches = append(into.matches, plan.Predicate{Field: f, Text: &plan.TextMatch{Prefix: prefix, Any: texts}})
		}
	}
}

// texts reads a text, or a list of distinct ones, and folds them.
func (p *parser) texts(n *schemas.Node, pointer string) []string {
	var folded []string
	add := func(item *schemas.Node, at, more string) {
		switch {
		case item.Kind != schemas.String:
			p.fault(item.Offset, at, schemas.WrongType, "must be a string%s, not %s", more, p.sent(item))
		case utf8.RuneCountInString(item.Text) > datasets.MaxText:
			p.fault(item.Offset, at, schemas.OutOfRange, "the text has more than %d characters", datasets.MaxText)
		default:
			p.countPart(item, at)
			folded = append(folded, plan.Fold(item.Text))
		}
	}
	if n.Kind != schemas.Array {
		add(n, pointer, " or a list of such")
		return folded
	}
	if len(n.Items) == 0 {
		p.fault(n.Offset, pointer, schemas.TooFew, "the list is empty; write a text, or leave the field out")
	}
	seen := map[string]bool{}
	for i := range n.Items {
		item := &n.Items[i]
		at := schemas.Index(pointer, i)
		if item.Kind == schemas.String && seen[item.Text] {
			p.fault(item.Offset, at, schemas.DuplicateValue, "the text is repeated")
			continue
		}
		seen[item.Text] = true
		add(item, at, "")
	}
	if len(folded) > datasets.MaxConditionParts {
		p.fault(n.Offset, pointer, schemas.OutOfRange, "the list has more than %d texts", datasets.MaxConditionParts)
		return nil
	}
	slices.Sort(folded)
	return slices.Compact(folded)
}
