// Package ipc reads Arrow IPC files and streams. It verifies their metadata before
// the library reads it, since a damaged file may claim any length.
package ipc
