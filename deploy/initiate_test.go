package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The script that makes replica sets and users runs on servers that only say what they were
// told.
func TestASetIsInitiatedOnceAndUsersAreMade(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node, which stands in for mongosh")
	}
	secrets := t.TempDir()
	for name, text := range map[string]string{
		"mongodb-admin-password": "top",
		"loader-store":           "mongodb://loader:one@mongodb-1:27017/herbarium?authSource=admin",
		"server-store":           "mongodb://server:two@mongodb-1:27017/herbarium?authSource=admin",
	} {
		if err := os.WriteFile(filepath.Join(secrets, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const (
		loader = `create loader [{"role":"readWrite","db":"herbarium"}]`
		server = `create server [{"role":"read","db":"herbarium"}]`
		role   = `role herbariumLoader [{"resource":{"db":"herbarium","collection":""},"actions":["enableSharding","splitChunk","moveChunk"]},` +
			`{"resource":{"cluster":true},"actions":["listShards"]}] [{"role":"readWrite","db":"herbarium"}]`
		sharder = `create loader [{"role":"herbariumLoader","db":"admin"}]`
		member  = `{"_id":0,"host":"shard-a-1:27017","priority":2},{"_id":1,"host":"shard-a-2:27017","priority":1}`
	)
	for _, c := range []struct {
		name, kind  string
		environment []string
		want, never []string
	}{
		{"a new set", "new", nil,
			[]string{`{"replSetInitiate":{"_id":"herbarium","members":[{"_id":0,"host":"mongodb-1:27017","priority":2}`,
				`{"createUser":"admin","pwd":"top","roles":["root"]`, "connect admin mongodb-1:27017 herbarium", loader, server},
			[]string{"configsvr", "addShard"}},
		{"a set that stands", "old", nil, []string{loader, server}, []string{"replSetInitiate", "createUser", "herbariumLoader"}},
		{"a shard", "new", []string{"SET=shard-a", "MEMBERS=shard-a-1:27017,shard-a-2:27017", "USERS=none"},
			[]string{`{"replSetInitiate":{"_id":"shard-a","members":[` + member + `]}}`, `"createUser":"admin"`},
			[]string{"create loader", "create server", "configsvr"}},
		{"the configuration servers", "new", []string{"SET=config", "MEMBERS=shard-a-1:27017,shard-a-2:27017", "USERS=none", "CONFIG=true"},
			[]string{`"members":[` + member + `],"configsvr":true}`}, []string{"create loader"}},
		{"a mongos", "mongos", []string{"MEMBERS=mongos:27017", "SHARDS=a/a-1:27017,a-2:27017 b/b-1:27017"},
			[]string{"connect admin mongos:27017 -", `{"addShard":"a/a-1:27017,a-2:27017"}`, `{"addShard":"b/b-1:27017"}`, "create " + role, sharder, server},
			[]string{"replSetInitiate", "createUser"}},
		{"a mongos that was set up", "mongos again", []string{"MEMBERS=mongos:27017", "SHARDS=a/a-1:27017"},
			[]string{"update " + role, sharder}, []string{"create role"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := exec.CommandContext(t.Context(), node, "testdata/mongosh.js", "mongodb/initiate.js", c.kind)
			run.Env = append(append(os.Environ(), "SECRETS="+secrets), c.environment...)
			out, err := run.CombinedOutput()
			if err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %s:\n%s", want, out)
				}
			}
			for _, never := range c.never {
				if strings.Contains(string(out), never) {
					t.Errorf("it says %s:\n%s", never, out)
				}
			}
		})
	}
}
