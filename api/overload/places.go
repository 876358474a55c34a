package overload

// places is a list of places, which costs no allocation.
type places struct {
	n           int
	first, last *Place
}

// add adds a place at the end.
func (l *places) add(p *Place) {
	p.prev, p.next = l.last, nil
	if l.last != nil {
		l.last.next = p
	} else {
		l.first = p
	}
	l.last = p
	l.n++
}

// remove takes a place out.
func (l *places) remove(p *Place) {
	if p.prev != nil {
		p.prev.next = p.next
	} else {
		l.first = p.next
	}
	if p.next != nil {
		p.next.prev = p.prev
	} else {
		l.last = p.prev
	}
	p.prev, p.next = nil, nil
	l.n--
}
