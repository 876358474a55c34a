// Package loaders reads files into datasets: every value is checked against
// its field, and a load publishes all of its rows or none.
package loaders
