// Package datasets declares what a dataset is: descriptors in YAML become
// Datasets, typed and checked, and a Registry holds the ones being served.
package datasets
