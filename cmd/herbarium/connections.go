package main

const (
	// defaultConnections are at most by default: with idle clients, some hundred MiB.
	defaultConnections = 20_000
	// ownFiles are the open files that are left for what is no connection of a client:
	// those of the store, of large answers, and the connections to MongoDB.
	ownFiles = 256
)

// connectionsWithin returns how many connections a process may have that may have so
// many files open, where the flag asks for that many; 0 is the default, and 0 files are
// no bound.
func connectionsWithin(asked, files int) (int, error) {
	most := files - min(ownFiles, files/2)
	switch {
	case asked < 0:
		return 0, usage("--max-connections must not be negative")
	case files == 0 && asked == 0:
		return defaultConnections, nil
	case files == 0:
		return asked, nil
	case asked > most:
		return 0, usage("--max-connections %d is too much: the process may have %d files open (ulimit -n), which is enough for %d; raise that limit, or lower the flag", asked, files, most)
	case asked == 0:
		return min(defaultConnections, most), nil
	}
	return asked, nil
}
