package loaders

import (
	"maps"
	"slices"
)

// columnUse knows which columns of sources without a header no field reads,
// and which no row has.
type columnUse struct {
	names  map[string]struct{}
	absent []string
}

// maxUnread is how many columns that no field reads are remembered.
const maxUnread = 100

func (u *columnUse) unread(names map[string]struct{}) {
	for name := range names {
		if len(u.names) == maxUnread {
			return
		}
		if u.names == nil {
			u.names = map[string]struct{}{}
		}
		u.names[name] = struct{}{}
	}
}

func (u *columnUse) lists() (unread, absent []string) {
	return slices.Sorted(maps.Keys(u.names)), u.absent
}
