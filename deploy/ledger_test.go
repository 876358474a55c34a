//go:build e2e

package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// The bounds that the availability test holds servers to.
const (
	// staleFor is for how long a server may answer by a version after a load has
	// replaced it, and oldRightsFor by an auth file after it changed: twice what the
	// documentation says, since the machine may be busy.
	staleFor     = 2 * time.Second
	oldRightsFor = 4 * time.Second
	// recovery is how soon after a part is back everything is answered.
	recovery = time.Second
)

// part is what may be absent.
type part string

const (
	databasePart part = "database"    // it is stopped
	failPoint    part = "fail point"  // it fails commands
	killed       part = "kill"        // of a server
	stalled      part = "stalled"     // the database does not answer those who ask it itself
	noPart       part = "no part"     // what is refused although all parts are there
	restarting   part = "restarting"  // servers, one after the other
	publishing   part = "publishing"  // a load
	rightsPart   part = "auth change" // of the auth file
)

// span is when something was so; until is zero while it lasts.
type span struct{ from, until time.Time }

// meets reports whether the spans have an instant in common, with until put off.
func (s span) meets(o span, later time.Duration) bool {
	return (s.until.IsZero() || !o.from.After(s.until.Add(later))) && (o.until.IsZero() || !s.from.After(o.until))
}

// rights are those of an auth file.
type rights struct {
	narrowed bool // the restricted key sees fewer rows
	revoked  bool // the key that leaves is not known
}

// change is one of what is served: of the version or of the rights. It began and was
// done at these times.
type change[T any] struct {
	to          T
	began, done time.Time
}

// ledger knows what was so when.
type ledger struct {
	mu       sync.Mutex
	versions []change[int]
	rights   []change[rights]
	absences map[part][]*span

	// The longest that an answer was by what had been replaced.
	stale, oldRights time.Duration
}

// begin writes down that a part is absent; the returned function, that it is back.
func (l *ledger) begin(p part) (back func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &span{from: time.Now()}
	l.absences[p] = append(l.absences[p], s)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		s.until = time.Now()
	}
}

// changing writes down a change that begins; the returned function, that it is done.
func changing[T any](l *ledger, changes *[]change[T], to T) (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := len(*changes)
	*changes = append(*changes, change[T]{to: to, began: time.Now()})
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		(*changes)[i].done = time.Now()
	}
}

// possible returns what an answer may be by that was asked for in the span, newest
// first: what had begun before it ended, and was not replaced long before it began;
// with how long before that was.
func possible[T any](changes []change[T], asked span, bound time.Duration) (values []T, replaced []time.Duration) {
	for i, c := range slices.Backward(changes) {
		if c.began.After(asked.until) {
			continue
		}
		var before time.Duration
		if i+1 < len(changes) && !changes[i+1].done.IsZero() {
			before = asked.from.Sub(changes[i+1].done)
		}
		if before > bound {
			break
		}
		values, replaced = append(values, c.to), append(replaced, max(before, 0))
	}
	return values, replaced
}

// match looks for the version and the rights by which the answer is right, of those
// that are possible.
func (l *ledger) match(asked span, right func(version int, r rights) bool) (version int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	versions, versionAges := possible(l.versions, asked, staleFor)
	allRights, rightsAges := possible(l.rights, asked, oldRightsFor)
	for i, r := range allRights {
		for k, v := range versions {
			if right(v, r) {
				l.stale, l.oldRights = max(l.stale, versionAges[k]), max(l.oldRights, rightsAges[i])
				return v, true
			}
		}
	}
	return 0, false
}

// could reports whether one of the rights that are possible is such.
func (l *ledger) could(asked span, such func(rights) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, _ := possible(l.rights, asked, oldRightsFor)
	return slices.ContainsFunc(all, such)
}

// changed reports whether the version or the rights changed within the span.
func (l *ledger) changed(within span) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.versions[1:] {
		if !c.began.After(within.until) && (c.done.IsZero() || !c.done.Add(staleFor).Before(within.from)) {
			return true
		}
	}
	for _, c := range l.rights[1:] {
		if !c.began.After(within.until) && (c.done.IsZero() || !c.done.Add(oldRightsFor).Before(within.from)) {
			return true
		}
	}
	return false
}

// excuse returns which of the parts was absent while something was asked, or within
// the recovery before that.
func (l *ledger) excuse(asked span, parts ...part) part {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range parts {
		for _, s := range l.absences[p] {
			if s.meets(asked, recovery) {
				return p
			}
		}
	}
	return noPart
}

// since returns how long before something was asked the part came back last; 0 if it
// was absent meanwhile.
func (l *ledger) since(p part, asked span) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ago time.Duration
	for _, s := range l.absences[p] {
		if s.meets(asked, 0) {
			return 0
		}
		if !s.until.IsZero() && s.until.Before(asked.from) {
			ago = asked.from.Sub(s.until)
		}
	}
	return ago
}

// String lists when what was absent.
func (l *ledger) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for p, spans := range l.absences {
		fmt.Fprintf(&b, "%s: %v; ", p, spans)
	}
	return b.String()
}

func (s span) String() string {
	return fmt.Sprintf("%s + %v", s.from.Format("15:04:05.000"), s.until.Sub(s.from).Round(time.Millisecond))
}
