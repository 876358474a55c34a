//go:build !amd64

package kernels

// assembled returns no set: there is assembly for amd64 only.
func assembled() []Set { return nil }
