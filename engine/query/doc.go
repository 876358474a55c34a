// Package query reads what is asked of a dataset and settles it.
//
// A body (Parse) or the parameters of a URL (ParseFlat) become a Query, which is
// canonical: two spellings of one request are equal. Everything that is wrong
// comes back at once, as violations at JSON pointers. A Query leads to a plan
// (Query.Plan), and a Mark says, as a token, where a later query goes on.
package query
