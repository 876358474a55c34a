package main

import (
	"embed"
	"strings"
)

// helpFiles explain each command by example. They are files, so that the code
// does not mention datasets by name.
//
//go:embed help/*.txt
var helpFiles embed.FS

// help returns what a command's --help says before its flags.
func help(command string) string {
	text, err := helpFiles.ReadFile("help/" + command + ".txt")
	if err != nil {
		return "" // a test ensures that every command has one
	}
	return strings.TrimSpace(string(text))
}
