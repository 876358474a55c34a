package engine_test

import (
	"context"
	"io"
	"net/http"
	"strings"

	"pgregory.net/rapid"
)

// send sends a request and returns what comes back. The header may be nil.
func send(t rapid.TB, method, url, body string, header http.Header) (status int, got http.Header, text []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		request.Header = header
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, text
}

// linkTo returns the path of the relation, "" where there is none.
func linkTo(header http.Header, rel string) string {
	for part := range strings.SplitSeq(header.Get("Link"), ", ") {
		if target, ok := strings.CutSuffix(part, `>; rel="`+rel+`"`); ok {
			return strings.TrimPrefix(target, "<")
		}
	}
	return ""
}
