package auth

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The list of keys is found by the lines of its nodes; what is written between and
// behind them is not looked at, and stays.

// withList writes an empty list behind the key keys where nothing or null is.
func withList(text string) string {
	key, list, _ := keysNode(text)
	if list == nil || list.Tag != "!!null" || list.Anchor != "" || list.Line != key.Line {
		return text
	}
	lines := strings.SplitAfter(text, "\n")
	head, tail, found := strings.Cut(lines[key.Line-1], "keys:")
	if !found {
		return text
	}
	if list.Value != "" {
		tail = strings.TrimPrefix(strings.TrimLeft(tail, " "), list.Value)
	}
	lines[key.Line-1] = head + "keys: []" + tail
	return strings.Join(lines, "")
}

// entryOf writes a key's entry in one line.
func entryOf(k Key) string {
	var quoted []string
	for _, s := range k.Scopes {
		quoted = append(quoted, strconv.Quote(s.String()))
	}
	text := "- {name: " + strconv.Quote(k.Name) + ", sha256: " + strconv.Quote(k.Digest.String()) + ", scopes: [" + strings.Join(quoted, ", ") + "]"
	if day := k.ExpiresOn(); day != "" {
		text += ", expires: " + strconv.Quote(day)
	}
	return text + "}"
}

// keysNode returns the node of keys in the file and its key; nil if there is none.
// next is the line of the key that follows, 0 if none does.
func keysNode(text string) (key, list *yaml.Node, next int) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) != nil || len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, nil, 0
	}
	all := doc.Content[0].Content
	for i := 0; i+1 < len(all); i += 2 {
		switch {
		case list != nil:
			return key, list, all[i].Line
		case all[i].Value == "keys":
			key, list = all[i], all[i+1]
		}
	}
	return key, list, 0
}

// addEntry adds an entry to the list of keys.
func addEntry(text, entry string) (string, error) {
	ending := "\n"
	if strings.Contains(text, "\r\n") {
		ending = "\r\n"
	}
	key, list, next := keysNode(text)
	lines := strings.SplitAfter(text, "\n")
	switch {
	case list == nil:
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += ending
		}
		return text + "keys:" + ending + "  " + entry + ending, nil
	case len(list.Content) == 0 && list.Line == key.Line:
		i := key.Line - 1
		head, tail, found := strings.Cut(lines[i], "[]")
		if !found {
			return "", errUneditable
		}
		lines[i] = strings.TrimRight(head, " ") + tail
		if !strings.HasSuffix(tail, "\n") {
			lines[i] += ending
		}
		return strings.Join(slices.Insert(lines, i+1, "  "+entry+ending), ""), nil
	case list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0:
		return "", errUneditable
	}
	end := contentEnd(lines, list.Content[len(list.Content)-1].Line, next)
	if !strings.HasSuffix(lines[end-1], "\n") {
		lines[end-1] += ending
	}
	return strings.Join(slices.Insert(lines, end, strings.Repeat(" ", list.Column-1)+entry+ending), ""), nil
}

// contentEnd returns the last line, counted from 1, of what begins at the line from:
// before the line next, or the end of the file if that is 0, and without the comments
// and empty lines before that.
func contentEnd(lines []string, from, next int) int {
	end := len(lines)
	if next > 0 {
		end = next - 1
	}
	for end > from {
		line := strings.TrimSpace(lines[end-1])
		if line != "" && line[0] != '#' && line != "..." && line != "---" {
			break
		}
		end--
	}
	return end
}

// linesOf returns the text's lines, and which of them, counted from 1, have the entry with that
// index in the list of keys.
func linesOf(text string, list *yaml.Node, at, next int) (lines []string, start, end int, err error) {
	if list == nil || list.Style&yaml.FlowStyle != 0 || at >= len(list.Content) {
		return nil, 0, 0, errUneditable
	}
	lines = strings.SplitAfter(text, "\n")
	start = dashLine(lines, list.Content[at].Line, list.Column)
	if at+1 < len(list.Content) {
		next = dashLine(lines, list.Content[at+1].Line, list.Column)
	}
	return lines, start, contentEnd(lines, start, next), nil
}

// replaceEntry puts an entry in the place of the one with that index in the list of keys, behind
// which a comment stays.
func replaceEntry(text string, at int, entry string) (string, error) {
	_, list, next := keysNode(text)
	lines, start, end, err := linesOf(text, list, at, next)
	if err != nil {
		return "", err
	}
	last := lines[end-1]
	ending := last[len(strings.TrimRight(last, "\r\n")):]
	if comment := list.Content[at].LineComment; comment != "" {
		entry += " " + comment
	}
	return strings.Join(slices.Replace(lines, start-1, end, strings.Repeat(" ", list.Column-1)+entry+ending), ""), nil
}

// removeEntry removes the entry with that index from the list of keys.
func removeEntry(text string, at int) (string, error) {
	key, list, next := keysNode(text)
	lines, start, end, err := linesOf(text, list, at, next)
	if err != nil {
		return "", err
	}
	lines = slices.Delete(lines, start-1, end)
	if len(list.Content) == 1 {
		i := key.Line - 1
		head, tail, _ := strings.Cut(lines[i], "keys:")
		lines[i] = head + "keys: []" + tail
	}
	return strings.Join(lines, ""), nil
}

// dashLine returns the line of the dash of an entry that begins at a line, or above it.
func dashLine(lines []string, line, column int) int {
	for at := line; at > 0; at-- {
		if text := lines[at-1]; len(text) >= column && text[column-1] == '-' && strings.TrimSpace(text[:column-1]) == "" {
			return at
		}
	}
	return line
}
