package auth

import (
	"net/http"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// BenchmarkAdmit finds out who asks, and what they see.
func BenchmarkAdmit(b *testing.B) {
	rs, ed := signer{"r", jwt.SigningMethodRS256, rsaKey()}, signer{"d", jwt.SigningMethodEdDSA, edwardsKey()}
	p := newProvider(b, set(b, rs, ed))
	snapshot := snapshotOf(b, walks, stones)
	g := guardOf(b, trusting(p.URL, "[RS256, EdDSA]")+policed, snapshot, fixed(day))
	for _, c := range []struct{ name, credential string }{
		{"anonymous", ""}, {"key", keyA}, {"token RS256", rs.sign(b, day, nil)}, {"token EdDSA", ed.sign(b, day, nil)},
	} {
		b.Run(c.name, func(b *testing.B) {
			r, _ := http.NewRequest(http.MethodGet, "http://h/", nil)
			if c.credential != "" {
				r.Header.Set("Authorization", "Bearer "+c.credential)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := g.Admit(r, snapshot); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
