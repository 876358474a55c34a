// Package page writes the pages on which people look at datasets: the list of
// them, and for each a page with its fields, filters, rows, charts, and the query
// as code.
//
// A page is a view of its URL and of nothing else. The URL has the parameters of
// the API's flat form and a few of the page's own (see state). Every number comes
// from an operation that the dataset offers, asked of the engine as any client
// would ask (see ask), so that a page shows what its reader may see, and shows
// what the API answers. The server writes all of it, as HTML and SVG; the one
// script only replaces parts of a page in place.
package page
