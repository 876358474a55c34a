package page

import (
	"slices"

	"herbarium/datasets"
)

// inEnumOrder sorts what has a value of a field as the descriptor lists the values, which
// may say more than their letters or how many rows have them: from worst to best. Values
// that it does not list stay in their order, before the others.
func inEnumOrder[T any](list []T, field *datasets.Field, value func(T) any) {
	place := func(one T) int { return slices.Index(field.Enum, newCell(value(one)).Text) }
	slices.SortStableFunc(list, func(a, b T) int { return place(a) - place(b) })
}

// sortGroups puts the groups, and their counts in each interval, in the order of the
// field's enum.
func (h *bins) sortGroups(field *datasets.Field) {
	order := make([]int, len(h.groups))
	for g := range order {
		order[g] = g
	}
	inEnumOrder(order, field, func(g int) any { return h.groups[g] })
	h.groups = permuted(h.groups, order)
	for i := range h.list {
		h.list[i].counts = permuted(h.list[i].counts, order)
	}
}

// permuted returns the values at these places.
func permuted[T any](values []T, order []int) []T {
	sorted := make([]T, len(order))
	for i, from := range order {
		sorted[i] = values[from]
	}
	return sorted
}
