package main

import (
	"embed"
	"strings"
)

// texts teach each command by example. They are files, so that the code knows
// no dataset by name.
//
//go:embed help/*.txt
var texts embed.FS

// help returns what a command's --help says before its flags.
func help(command string) string {
	text, err := texts.ReadFile("help/" + command + ".txt")
	if err != nil {
		return "" // a test sees to it that every command has one
	}
	return strings.TrimSpace(string(text))
}
