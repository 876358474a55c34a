package auth

import (
	"encoding/json"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"herbarium/engine/query"
	"herbarium/schemas"
)

func TestClaimsTakeTheirPlacesAsValues(t *testing.T) {
	claims := map[string]json.RawMessage{
		"region": json.RawMessage(`"EU"`), "regions": json.RawMessage(`["EU","US","EU"]`), "level": json.RawMessage(`3`), "big": json.RawMessage(`9007199254740993`),
		"active": json.RawMessage(`true`), "null": json.RawMessage(`null`), "empty": json.RawMessage(`[]`), "object": json.RawMessage(`{"any":[{}]}`),
		"nested": json.RawMessage(`[["EU"]]`), "some": json.RawMessage(`["EU",null]`), "query": json.RawMessage(`"\"],\"any\":[{}]"`), "claim": json.RawMessage(`"$claim.region"`),
		"https://example.org/r": json.RawMessage(`"EU"`),
	}
	c := &Caller{claims: claims}
	for _, k := range []struct{ rows, want string }{
		{`{"region":"$claim.region"}`, `{"region":"EU"}`},
		{`{"region":["$claim.region"]}`, `{"region":["EU"]}`},
		{`{"region":"$claim.regions"}`, `{"region":["EU","US"]}`},
		{`{"region":["north","$claim.regions","US"]}`, `{"region":["north","EU","US"]}`},
		{`{"lower":{"level":"$claim.level"}}`, `{"lower":{"level":3}}`},
		{`{"lower":{"level":"$claim.big"}}`, `{"lower":{"level":9007199254740993}}`},
		{`{"any":[{"active":"$claim.active"},{"region":["$claim.region"]}]}`, `{"any":[{"active":true},{"region":["EU"]}]}`},
		{`{"region":"$claim.query"}`, `{"region":"\"],\"any\":[{}]"}`},
		{`{"region":"$claim.claim"}`, `{"region":"$claim.region"}`}, // values are not looked at again
		{`{"region":"$claim.https://example.org/r"}`, `{"region":"EU"}`},
		{`{"region":"EU"}`, `{"region":"EU"}`},
		{`{"region":"$claim.missing"}`, ""},
		{`{"region":["EU","$claim.missing"]}`, ""},
		{`{"not":{"region":"$claim.missing"}}`, ""},
		{`{"any":[{"region":"EU"},{"region":"$claim.null"}]}`, ""},
		{`{"region":"$claim.empty"}`, ""},
		{`{"region":["$claim.empty"]}`, ""},
		{`{"region":"$claim.object"}`, ""},
		{`{"region":"$claim.nested"}`, ""},
		{`{"region":"$claim.some"}`, ""},
	} {
		rows, err := schemas.Parse([]byte(k.rows))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if filled, ok := fill(rows, c.values); ok {
			got = string(filled.AppendJSON(nil))
		}
		if got != k.want {
			t.Errorf("%s becomes %s, not %s", k.rows, got, k.want)
		}
		if again := string(rows.AppendJSON(nil)); again != k.rows {
			t.Errorf("the condition itself became %s", again)
		}
	}
}

func TestAClaimThatLacksOrDoesNotFitTheFieldShowsNoRow(t *testing.T) {
	rs := signer{"1", jwt.SigningMethodRS256, rsaKey()}
	p := newProvider(t, set(t, rs))
	snapshot := snapshotOf(t, walks)
	const policies = "policies:\n  walks:\n    - {for: \"*\", rows: {island: [\"$claim.island\"], lower: {level: $claim.level}, upper: {day: $claim.day}}}\nsecret: gYopzmAt44O6q0psOl6FX3qy2PCVECBOICneHleU13E=\n"
	g := guardOf(t, trusting(p.URL, "[RS256]")+"anonymous: [\"walks:*\"]\n"+policies, snapshot, fixed(day))
	good := map[string]any{"island": "Biscoe", "level": 3, "day": "2026-01-31"}
	none := func(headers ...string) bool {
		_, view, wrong := g.admit(snapshot, headers...)
		if wrong != nil {
			t.Fatal(wrong)
		}
		ds, ok := view.Snapshot.Dataset("walks")
		if !ok {
			t.Fatal("the dataset itself is not seen")
		}
		rows := query.ShownRows(ds.View)
		return rows != nil && len(rows.Where) == 1 && rows.Where[0].Never
	}
	if none("Authorization: Bearer " + rs.sign(t, day, good)) {
		t.Error("claims that fit show no row")
	}
	if !none() {
		t.Error("callers without a token see rows")
	}
	for name, change := range map[string]map[string]any{
		"no island": {"island": nil}, "island of another type": {"island": 3}, "island that is none": {"island": "Atlantis"},
		"level as text": {"level": "3"}, "level of two": {"level": []int{3, 4}}, "day that is none": {"day": "tomorrow"}, "object": {"island": map[string]any{"x": 1}},
	} {
		claims := map[string]any{"island": "Biscoe", "level": 3, "day": "2026-01-31"}
		for claim, value := range change {
			claims[claim] = value
		}
		if !none("Authorization: Bearer " + rs.sign(t, day, claims)) {
			t.Errorf("%s: rows are seen", name)
		}
	}
	// Callers with the same claims share a view, others do not.
	view := func(claims map[string]any) *View {
		_, v, _ := g.admit(snapshot, "Authorization: Bearer "+rs.sign(t, day, claims))
		return v
	}
	other := map[string]any{"island": "Biscoe", "level": 3, "day": "2026-01-31", "sub": "bob", "extra": 1}
	if view(good) != view(other) || view(good) == view(map[string]any{"island": "Dream", "level": 3, "day": "2026-01-31"}) {
		t.Error("views are not those of the claims")
	}
}
