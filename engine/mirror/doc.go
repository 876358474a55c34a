// Package mirror answers for a store from columnar copies of its versions.
//
// A published version never changes, so a copy of its rows answers every plan as the
// store does, with the same rows, and much faster than a server that reads documents. A
// Store stands before its source: each request still asks the source which version is
// current, and only then is a copy of that version looked for. Where a whole copy is held
// that hashes to the version, it answers; else the source does. So nothing is answered
// that the source did not publish, and what is wrong with a copy, or with the making of
// one, never fails a query.
//
// A collection that something other than a load fills is never published. Where its
// descriptor says refresh, it is read again and again while it is asked, or when it has changed,
// and what was read last answers, with the time until which it was current.
//
// # Map
//
//	the store          store.go (Store, Options), table.go (tables of either way),
//	                   cursor.go (what goes on at the source when a copy fails)
//	copies             copied.go (what is known of a version's copy), filler.go (makes
//	                   copies), room.go (the budget), follow.go (new versions and ended
//	                   ones), stats.go, bytes.go, moment.go (times of the monotonic clock)
//	collections        collection.go (what something else fills, and the copies of it),
//	                   watch.go (when it has changed)
//
// The copies themselves, in memory or in files, are columnar.Copies.
package mirror
