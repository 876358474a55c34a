package datasets

import "gopkg.in/yaml.v3"

// Sharding says whether, and how, a sharded MongoDB spreads a dataset's rows over its
// shards.
type Sharding string

// The ways of sharding. ShardByDefault is ShardByHash where the user that loads has the right.
const (
	ShardByDefault Sharding = ""
	ShardByHash    Sharding = "hashed" // of the load order
	ShardByFields  Sharding = "fields" // those of ShardKey, then the load order
	ShardNone      Sharding = "none"   // all rows are on one shard
)

// maxShardFields is how many fields a shard key may have: it is an index, which goes on
// by load order.
const maxShardFields = MaxIndexFields - 1

// shardKey reads how a sharded MongoDB spreads the rows.
func (d *descriptor) shardKey() {
	e, ok := d.entries["shard_key"]
	if !ok {
		return
	}
	if e.value.Kind != yaml.SequenceNode {
		if e.value.Kind != yaml.ScalarNode {
			d.kind(e.value, "shard_key", yaml.SequenceNode, "hashed, none or a list of fields")
			return
		}
		if _, ok := d.ds.byName[e.value.Value]; ok && e.value.Value != string(ShardByHash) && e.value.Value != string(ShardNone) {
			d.fault(e.value, "shard_key", "a list of fields belongs here: [%s]", e.value.Value)
			return
		}
		d.ds.Sharding = Sharding(d.choice("shard_key", string(ShardByHash), string(ShardNone)))
		return
	}
	n := e.value
	switch {
	case len(n.Content) == 0:
		d.fault(n, "shard_key", "the list is empty; name the fields of the shard key, or write hashed or none")
		return
	case len(n.Content) > maxShardFields:
		d.fault(n, "shard_key", "the shard key has %d fields; MongoDB takes at most %d and the load order", len(n.Content), maxShardFields)
	}
	d.ds.Sharding = ShardByFields
	d.ds.ShardKey = d.list(n, "shard_key", anyField, "a shard key is of fields")
}
