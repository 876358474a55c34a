package problem

import (
	"os"
	"strings"
	"testing"

	"herbarium/schemas"
)

func TestThePageOfQueriesNamesEveryCode(t *testing.T) {
	page, err := os.ReadFile("../../docs/query.md")
	if err != nil {
		t.Fatal(err)
	}
	codes := []string{}
	for _, code := range schemas.Codes() {
		codes = append(codes, string(code))
	}
	codes = append(codes, Codes()...)
	for _, code := range codes {
		if !strings.Contains(string(page), "`"+code+"`") {
			t.Errorf("docs/query.md does not name %s", code)
		}
	}
}
