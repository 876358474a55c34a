package auth

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"herbarium/datasets"
	"herbarium/engine/query"
	"herbarium/schemas"
)

// walks is a dataset with fields of the kinds that policies need.
const walks = `dataset: walks
fields:
  island: {type: string, enum: [Biscoe, Dream]}
  region: {type: string}
  level: {type: integer}
  day: {type: date}
  salary: {type: number}
operations: [range, stats/mean, stats]
`

// snapshotOf parses descriptors.
func snapshotOf(t testing.TB, texts ...string) *datasets.Snapshot {
	t.Helper()
	var all []*datasets.Dataset
	for _, text := range texts {
		ds, err := datasets.Parse("d.yaml", []byte(text), nil, datasets.WithSettler(query.Settle))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ds)
	}
	return datasets.NewSnapshot(all...)
}

const stones = "dataset: stones\noperations: [range, stats]\nfields:\n  kind: {type: string}\n"

func TestEveryMistakeIsToldWithItsPlaceAndWhatIsAllowed(t *testing.T) {
	snapshot := snapshotOf(t, walks, stones)
	const sum = "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "auth.yaml:1:1: the file is empty; an auth file begins with keys:, jwt: or anonymous:"},
		{"alias", "anonymous: &a [\"*\"]\nkeys: *a\n", "auth.yaml:2:7: aliases are not allowed in an auth file; write the value out instead of *a"},
		{"unknown key", "anonymus: []\n", "auth.yaml:1:1: anonymus: there is no such key (did you mean anonymous?); allowed: keys, jwt, anonymous, policies, limits, secret"},
		{"scope", "anonymous: [walks]\n", `auth.yaml:1:13: anonymous[0]: a scope is DATASET:OPERATION, such as walks:range, where * is every one, or * alone, not "walks"`},
		{"unknown dataset", "anonymous: [\"wlaks:range\"]\n", `auth.yaml:1:13: anonymous[0]: no descriptor has the name "wlaks" (did you mean walks?); there is: stones, walks`},
		{"unknown operation", "anonymous: [\"walks:rnage\"]\n", `auth.yaml:1:13: anonymous[0]: there is no operation "rnage" (did you mean range?), and no policy is for "scope:walks:rnage"; allowed: *, range, stats, stats/mean`},
		{"operation of no dataset", "anonymous: [\"*:nothing\"]\n", `there is no operation "nothing"`},
		{"policy of an unknown dataset", "policies:\n  wlaks:\n    - {for: \"*\"}\n", `auth.yaml:2:3: policies.wlaks: no descriptor has the name "wlaks" (did you mean walks?); there is: stones, walks`},
		{"empty for", "policies:\n  walks:\n    - {for: \"\"}\n", `auth.yaml:3:13: policies.walks[0].for: a policy is for anonymous, "scope:DATASET:NAME", "key:NAME" or "*", not ""`},
		{"no for", "policies:\n  walks:\n    - {hide: [salary]}\n", `auth.yaml:3:7: policies.walks[0].for: for: anonymous, "scope:DATASET:NAME", "key:NAME" or "*" is missing`},
		{"no policy", "policies:\n  walks: []\n", "auth.yaml:2:10: policies.walks: the list is empty, so nobody would see the dataset; leave the key out, or write a policy"},
		{"wildcard in for", "policies:\n  walks:\n    - {for: \"scope:walks:*\"}\n", "a policy is for a scope without a wildcard"},
		{"twice", "policies:\n  walks:\n    - {for: \"*\"}\n    - {for: \"*\"}\n", "auth.yaml:4:7: policies.walks[1]: the policy on line 3 is for * already, and the first one decides"},
		{"key of a policy", "policies:\n  walks:\n    - {for: \"key:tem\"}\nkeys:\n  - {name: team, sha256: " + sum + ", scopes: [\"*\"]}\n", `auth.yaml:3:7: policies.walks[0].for: there is no key "tem" (did you mean team?); there are: team`},
		{"hidden field", "policies:\n  walks:\n    - {for: \"*\", hide: [salry]}\n", `auth.yaml:3:25: policies.walks[0].hide[0]: there is no field "salry" (did you mean salary?)`},
		{"condition", "policies:\n  walks:\n    - {for: \"*\", rows: {iland: [Biscoe]}}\n", `auth.yaml:3:32: policies.walks[0].rows.iland: there is no property "iland" (did you mean island?)`},
		{"value of a condition", "policies:\n  walks:\n    - {for: \"*\", rows: {island: [Bisco]}}\n", `auth.yaml:3:34: policies.walks[0].rows.island[0]: "Bisco" is not one of Biscoe, Dream`},
		{"no condition", "policies:\n  walks:\n    - {for: \"*\", rows: {}}\n", "auth.yaml:3:24: policies.walks[0].rows: a condition belongs here, such as {island: [Biscoe]}; leave the key out to show every row"},
		{"claim", "policies:\n  walks:\n    - {for: \"*\", rows: {region: $claims.x}}\n", `auth.yaml:3:33: policies.walks[0].rows.region: a claim is written $claim.NAME, not "$claims.x"`},
		{"claim as key", "policies:\n  walks:\n    - {for: \"*\", rows: {$claim.x: a}}\n", "a claim is a value, and cannot stand for a key"},
		{"key name", "keys:\n  - {name: a b, sha256: " + sum + ", scopes: []}\n", "auth.yaml:2:12: keys[0].name: a key's name has 1 to 64 letters"},
		{"key without digest", "keys:\n  - {name: a, scopes: []}\n", "auth.yaml:2:5: keys[0].sha256: the key's SHA-256 is missing"},
		{"digest", "keys:\n  - {name: a, sha256: 12ab, scopes: []}\n", "auth.yaml:2:23: keys[0].sha256: 64 hexadecimal digits belong here, as herbarium key new writes them"},
		{"name twice", "keys:\n  - {name: a, sha256: " + sum + ", scopes: []}\n  - {name: a, sha256: " + strings.Repeat("a", 64) + ", scopes: []}\n", "auth.yaml:3:12: keys[1].name: another key has this name on line 2"},
		{"digest twice", "keys:\n  - {name: a, sha256: " + sum + ", scopes: []}\n  - {name: b, sha256: " + sum + ", scopes: []}\n", "auth.yaml:3:23: keys[1].sha256: this is the key a again; each entry needs a key of its own"},
		{"date", "keys:\n  - {name: a, sha256: " + sum + ", scopes: [], expires: 2027-02-30}\n", `keys[0].expires: the key's last day belongs here, as 2027-06-30, not "2027-02-30"`},
		{"secret", "secret: c2hvcnQ=\n", "auth.yaml:1:9: secret: 32 random bytes or more belong here, in base64"},
		{"issuer", "jwt:\n  - {issuer: https://id.example.org/}\n", "auth.yaml:2:5: jwt[0].algorithms: what tokens may be signed with, as algorithms: [RS256], is missing"},
		{"algorithm", jwtFile("algorithms: [HS256]"), "auth.yaml:2:113: jwt[0].algorithms[0]: HS256 does not prove who signed a token (did you mean RS256?); allowed: RS256"},
		{"none", jwtFile("algorithms: [none]"), "none does not prove who signed a token"},
		{"no algorithm", jwtFile("algorithms: []"), "the list is empty"},
		{"plain http", "jwt:\n  - {issuer: i, audience: a, jwks: http://id.example.org/jwks.json, algorithms: [RS256]}\n", "auth.yaml:2:36: jwt[0].jwks: keys are fetched by https; plain http is for this machine alone"},
		{"password in URL", "jwt:\n  - {issuer: i, audience: a, jwks: https://u:p@id.example.org/, algorithms: [RS256]}\n", "the URL has a user or a password"},
		{"skew", jwtFile("algorithms: [RS256], skew: 1h"), `a duration from 0s to 10m0s belongs here, not "1h"`},
		{"audience", "jwt:\n  - {issuer: i, audience: [], jwks: j.json, algorithms: [RS256]}\n", "auth.yaml:2:27: jwt[0].audience: the list is empty"},
		{"limit of nobody", "limits:\n  - {rate: 1/s}\n", "auth.yaml:2:5: limits[0].for: for: anonymous"},
		{"limit twice", "limits:\n  - {for: \"*\"}\n  - {for: \"*\", rows: 1}\n", "auth.yaml:3:5: limits[1]: the limit on line 2 is for * already, and the first one decides"},
		{"limit of a key", "limits:\n  - {for: \"key:tem\"}\nkeys:\n  - {name: team, sha256: " + sum + ", scopes: [\"*\"]}\n", `auth.yaml:2:5: limits[0].for: there is no key "tem" (did you mean team?)`},
		{"unknown limit", "limits:\n  - {for: \"*\", row: 1}\n", "limits[0].row: there is no such key (did you mean rows?)"},
		{"rate", "limits:\n  - {for: \"*\", rate: 10}\n", `auth.yaml:2:22: limits[0].rate: a number of requests in a second, a minute or an hour belongs here, such as 10/s, 600/m or 1000/h, not the number 10`},
		{"burst alone", "limits:\n  - {for: \"*\", burst: 10}\n", "auth.yaml:2:23: limits[0].burst: a burst goes with a rate"},
		{"count", "limits:\n  - {for: \"*\", daily: 0}\n", "auth.yaml:2:23: limits[0].daily: a whole number from 1 belongs here, not the number 0; leave the key out for no limit"},
		{"time", "limits:\n  - {for: \"*\", time: 5}\n", "auth.yaml:2:22: limits[0].time: a time belongs here, such as 500ms, 5s or 1m, not the number 5"},
		{"issuer twice", "jwt:\n  - {issuer: i, audience: a, jwks: j.json, algorithms: [RS256]}\n  - {issuer: i, audience: b, jwks: j.json, algorithms: [RS256]}\n", "auth.yaml:3:14: jwt[1].issuer: the issuer is on line 2 already"},
	} {
		file, err := ParseFile("auth.yaml", []byte(c.text))
		if err == nil {
			err = file.Check(snapshot)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

func jwtFile(rest string) string {
	return "jwt:\n  - {issuer: https://id.example.org/, audience: herbarium, jwks: https://id.example.org/jwks.json, " + rest + "}\n"
}

// whole is a file with everything in it.
const whole = `# yaml-language-server: $schema=../schemas/auth.schema.json
keys:
  - {name: notebook-team, sha256: 630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd, scopes: ["stones:*", "walks:range"], expires: 2027-06-30}
jwt:
  - {issuer: https://id.example.org/, audience: [herbarium, other], jwks: https://id.example.org/jwks.json, algorithms: [RS256, EdDSA], scopes: scope, skew: 30s}
anonymous: ["stones:*", "walks:range", "walks:all"]
policies:
  walks:
    - {for: "key:notebook-team", rows: {island: [Biscoe]}, hide: [salary]}
    - {for: "scope:walks:all"}
    - {for: "*", rows: {region: ["$claim.region", north], lower: {level: $claim.level}, upper: {day: $claim.day}}}
limits:
  - {for: anonymous, rate: 5/m, burst: 20, concurrent: 4, daily: 10000, scanned: 1e7, rows: 1000, groups: 100, bytes: 1048576, time: 5s}
  - {for: "scope:walks:all"}
secret: gYopzmAt44O6q0psOl6FX3qy2PCVECBOICneHleU13E=
`

func TestAFileWithEverythingIsRight(t *testing.T) {
	file, err := ParseFile("auth.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Check(snapshotOf(t, walks, stones)); err != nil {
		t.Error(err)
	}
	// A broken descriptor is a descriptor with the name.
	if err := file.Check(snapshotOf(t, stones).WithBroken(datasets.Broken{Name: "walks", File: "walks.yaml", Err: errNoKeys})); err != nil {
		t.Error(err)
	}
}

func TestTheSchemaForEditorsAcceptsWhatTheServerAccepts(t *testing.T) {
	text, err := schemas.Files.ReadFile("auth.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := schemas.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) []schemas.Violation {
		f := datasets.ParseSettings("auth.yaml", "an auth file", "keys:", []byte(text))
		n, ok := f.JSON(f.Root(), "")
		if !ok {
			t.Fatal(f.Err())
		}
		return schema.Validate(&n)
	}
	if found := valid(whole); len(found) > 0 {
		t.Errorf("%v", found)
	}
	for _, text := range []string{"anonymus: []\n", "anonymous: [walks]\n", "policies:\n  walks: []\n", "policies:\n  walks:\n    - {for: \"\"}\n",
		"policies:\n  walks:\n    - {for: \"scope:walks:*\"}\n", "keys:\n  - {name: a, scopes: []}\n", jwtFile("algorithms: [HS256]"), jwtFile("algorithms: []")} {
		if len(valid(text)) == 0 {
			t.Errorf("the schema accepts %q", text)
		}
	}
}

func TestACheckReportsWhatIsWrongInItselfAndWhatDoesNotFitTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth.yaml")
	write(t, path, `anonymous: ["wlaks:range"]
jwt:
  - {issuer: i, audience: a, jwks: keys.json, algorithms: [RS256]}
policies:
  walks:
    - {for: "scope:*:x", rows: {}, hide: [salry]}
    - {for: "key:gone"}
    - {for: anonymous, rows: {iland: [Biscoe]}}
nonsense: 1
`)
	_, err := CheckFile(path, snapshotOf(t, walks, stones))
	var wrong *datasets.DescriptorError
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	var got []string
	for _, f := range wrong.Faults {
		got = append(got, f.Path)
	}
	want := []string{"anonymous[0]", "jwt[0].jwks", "policies.walks[0].for", "policies.walks[0].rows", "policies.walks[0].hide[0]",
		"policies.walks[1].for", "policies.walks[2].rows.iland", "nonsense"}
	if !slices.Equal(got, want) {
		t.Errorf("%v\n%v\n%v", got, want, err)
	}
	write(t, path, whole)
	if file, err := CheckFile(path, snapshotOf(t, walks, stones)); err != nil || len(file.Keys) != 1 {
		t.Error(file, err)
	}
}
