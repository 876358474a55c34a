package schemas

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the word of allowed that name most likely stands for, or "" if
// none is close. A word is close if at most about a third of the letters differ,
// by optimal string alignment distance (insert, delete, replace, swap). If there
// is no such word, a name of three letters or more stands for the only word that
// begins with it. Case is ignored.
func Nearest(name string, allowed []string) string {
	best, least := "", 1+(utf8.RuneCountInString(name)+1)/3
	if len(name) > 64 {
		return ""
	}
	lower := strings.ToLower(name)
	letters := []rune(lower)
	for _, word := range allowed {
		if len(word) > 64 {
			continue
		}
		others := []rune(strings.ToLower(word))
		if max(len(letters)-len(others), len(others)-len(letters)) >= least {
			continue // so many have to be inserted or deleted
		}
		if d := distance(letters, others); d < least {
			best, least = word, d
		}
	}
	if best == "" && utf8.RuneCountInString(name) >= 3 {
		return uniquePrefix(lower, allowed)
	}
	return best
}

// uniquePrefix returns the only word that begins with prefix, or "".
func uniquePrefix(prefix string, words []string) string {
	found := ""
	for _, word := range words {
		switch {
		case !strings.HasPrefix(strings.ToLower(word), prefix):
		case found != "":
			return ""
		default:
			found = word
		}
	}
	return found
}

// DidYouMean returns " (did you mean word?)" for the nearest word, or "".
func DidYouMean(name string, allowed []string) string {
	if word := Nearest(name, allowed); word != "" {
		return " (did you mean " + word + "?)"
	}
	return ""
}

// distance is the optimal string alignment distance of a and b.
func distance(a, b []rune) int {
	beforeLast, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeLast[j-2]+1)
			}
		}
		beforeLast, last, row = last, row, beforeLast
	}
	return last[len(b)]
}
