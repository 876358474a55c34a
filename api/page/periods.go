package page

import (
	"context"
	"strconv"
	"strings"
	"time"

	"herbarium/datasets"
)

// preset is a link to bounds.
type preset struct {
	Text, URL string
	Count     int64
	On        bool
}

// presets are links to the years in which there are rows, or the months where
// there are few years.
func (b *builder) presets(ctx context.Context, f *facet) []preset {
	others := b.state.but(func(p param) bool {
		object, _, _ := strings.Cut(p.name, "[")
		return datasets.IsBounds(object) && strings.HasSuffix(p.name, "["+f.Name+"]")
	})
	for _, unit := range []string{"year", "month"} {
		a, err := b.ask(ctx, "stats", others.conditions(), false, param{"group_by", f.Name + ":" + unit}, param{"sort", "-" + f.Name}, param{"per_page", atMost(b.state.dataset, 13)})
		if err != nil {
			return nil
		}
		var links []preset
		for _, r := range a.records {
			name, ok := r.value(f.Name).(string)
			from, until, valid := period(name)
			if !ok || !valid {
				continue
			}
			on := f.Lower == from && f.Upper == "" || f.Lower == from && f.Upper == until
			target := others.first().with("lower["+f.Name+"]", from).with("below["+f.Name+"]", until)
			if on {
				target = others.first()
			}
			links = append(links, preset{name, target.link(""), r.count("count"), on})
		}
		if len(links) > 2 || unit == "month" {
			return links[:min(len(links), 12)]
		}
	}
	return nil
}

// period returns the first day of a year or month, and that of the next.
func period(name string) (from, until string, ok bool) {
	if len(name) == 4 {
		y, err := strconv.Atoi(name)
		if err != nil || y > 9998 {
			return "", "", false
		}
		return name + "-01-01", pad(y+1, 4) + "-01-01", true
	}
	t, err := time.Parse("2006-01", name)
	if err != nil || t.Year() > 9998 {
		return "", "", false
	}
	return name + "-01", t.AddDate(0, 1, 0).Format("2006-01-02"), true
}

func pad(n, width int) string {
	text := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(text))) + text
}
