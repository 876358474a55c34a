// Package source opens the bytes of a source: it decompresses them within
// limits, shows how they begin, and cuts text into chunks of whole rows.
package source
