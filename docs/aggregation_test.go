package docs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// aggregate loads a dataset into MongoDB and runs the aggregations that its page shows
// there, on the collection that the page names.
func aggregate(t *testing.T, binary string) {
	uri := interpreter(t, "HERBARIUM_TEST_MONGODB")
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal("HERBARIUM_TEST_MONGODB is no URI") // which may hold a password
	}
	name := fmt.Sprintf("herbarium_docs_%d", time.Now().UnixNano())
	db := client.Database(name)
	t.Cleanup(func() {
		if err := db.Drop(context.Background()); err != nil {
			t.Error(err)
		}
		_ = client.Disconnect(context.Background())
	})
	store := strings.TrimSuffix(uri, "/") + "/" + name
	load := exec.CommandContext(t.Context(), binary, "load", "iris", "--store", store, "--quiet")
	load.Dir = t.TempDir()
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	server := exec.Command(binary, "serve", "--store", store)
	server.Dir = load.Dir
	address := "http://" + serve(t, server)
	for _, c := range []struct {
		query, snippet string
		rows           int
	}{
		{"species=setosa&species=virginica&lower[sepal_length]=5&sort=-petal_width", "snippet", 79},
		{"", "snippet", 150},
		{"lower[sepal_width]=3&chart[of]=petal_length", "chart-snippet", 3},
		{"chart[kind]=distribution&chart[of]=label&upper[petal_length]=5", "chart-snippet", 3},
	} {
		codes := look(t, address+"/iris?"+c.query).snippets(c.snippet)
		collection := regexp.MustCompile(`^\s*The aggregation of the collection ([^\s:]+):`).FindStringSubmatch(codes["MongoDB: words"])
		if collection == nil {
			t.Fatalf("%s: the words are %q", c.query, codes["MongoDB: words"])
		}
		var pipeline bson.A
		if err := bson.UnmarshalExtJSON([]byte(codes["MongoDB"]), false, &pipeline); err != nil {
			t.Fatalf("%v: %s", err, codes["MongoDB"])
		}
		cursor, err := db.Collection(collection[1]).Aggregate(t.Context(), pipeline)
		if err != nil {
			t.Fatal(err)
		}
		var got []bson.D
		if err := cursor.All(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		// All rows, as the code for a JSON body gets them.
		out, err := exec.CommandContext(t.Context(), "sh", "-e", "-c", quiet(codes["JSON body"])).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(got) != c.rows || len(want) != c.rows {
			t.Fatalf("%s: %d documents, %d rows, want %d", c.query, len(got), len(want), c.rows)
		}
		for i, document := range got {
			text, err := bson.MarshalExtJSON(document, false, false)
			if err != nil {
				t.Fatal(err)
			}
			if !alike(t, text, []byte(want[i])) {
				t.Errorf("%s: document %d is %s, want %s", c.query, i, text, want[i])
			}
		}
	}
}

// alike reports whether two objects have the same members in the same order, numbers to
// the twelfth digit: MongoDB's sums round.
func alike(t *testing.T, a, b []byte) bool {
	t.Helper()
	left, right := members(t, a), members(t, b)
	for i, l := range left {
		if i >= len(right) {
			return false
		}
		x, number := l.(float64)
		y, number2 := right[i].(float64)
		if number != number2 || number && math.Abs(x-y) > 1e-12*math.Abs(y) || !number && l != right[i] {
			return false
		}
	}
	return len(left) == len(right)
}

// members returns names and values of a flat object, in their order.
func members(t *testing.T, text []byte) (all []any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	for {
		token, err := decoder.Token()
		if err != nil {
			return all
		}
		all = append(all, token)
	}
}
