// Package datasets defines datasets. It parses and checks descriptors, which are
// YAML files, reads and watches folders of them, and holds the datasets being
// served in a Registry.
package datasets
