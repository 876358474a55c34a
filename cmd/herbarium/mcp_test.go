package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

func TestMCPAnswersOnStandardOutput(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"t.yaml": "dataset: t\ndata: t.csv\nfields: {x: {type: number}}\n", "t.csv": "x\n1.5\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, toProgram := io.Pipe()
	fromProgram, out := io.Pipe()
	var words bytes.Buffer
	code := make(chan int)
	go func() {
		p := &program{in: in, out: out, err: &words, lookup: func(string) (string, bool) { return "", false }}
		code <- p.run(t.Context(), []string{"mcp", "--datasets", dir, "--log-format", "text"})
	}()
	client := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "v1"}, nil)
	session, err := client.Connect(t.Context(), &sdk.IOTransport{Reader: fromProgram, Writer: toProgram}, nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "t_range", Arguments: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := result.Content[0].(*sdk.TextContent).Text, `{"rows":[{"x":1.5}],"total":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_ = session.Close() // the program's end says more
	_ = toProgram.Close()
	go func() { _, _ = io.Copy(io.Discard, fromProgram) }() // until the program has ended
	if got := <-code; got != 0 {
		t.Errorf("the exit code is %d: %s", got, &words)
	}
	if !strings.Contains(words.String(), "msg=loaded dataset=t") {
		t.Errorf("on standard error: %s", &words)
	}
}
