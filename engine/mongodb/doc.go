// Package mongodb is the store that keeps rows in MongoDB: plans run there as
// aggregation pipelines, and loads publish whole versions. It works on
// standalone servers, replica sets and sharded clusters from version 4.4 on,
// since all that it asks of them is that one document changes at once.
//
// # Collections
//
// A load writes the rows into a collection of its own, herbarium_rows. with
// the dataset's collection and the load's id. What is current stands in
// herbarium_publications, one document for each dataset: the current version,
// the older ones that are still kept, each with its end, and the lease of the
// load under way. A load publishes by one update of that document, on the
// condition that it still holds the lease, so readers see the old version or
// the new one. All times are the server's.
//
// A dataset of which nothing was published is read from the collection that
// its descriptor names, if anything filled that.
//
// # Why a reader never takes a dropped collection for an empty answer
//
// MongoDB answers an aggregation over a collection that does not exist with no
// rows. A version's collection stays for Options.Keep, at least minKeep, after
// another version replaced it; Run starts only on a collection that stood in a
// publication read at most publicationAge before. minKeep is far above
// publicationAge, so the collection is there when the aggregation starts; where it is
// dropped later, the server ends the cursor with an error.
//
// A publication may be of a member that is behind, or be kept for longer while no newer one can
// be read. So an answer without rows is believed only if the publication still held the
// collection at the cluster's time of that answer.
package mongodb
