package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
)

// ClientName returns the name in the certificate that the client showed and that
// was verified: its subject, else its first alternative name. It is "" where there
// was none. It is for logs.
func ClientName(state *tls.ConnectionState) string {
	if state == nil || len(state.VerifiedChains) == 0 {
		return ""
	}
	leaf := state.VerifiedChains[0][0]
	if subject := leaf.Subject.String(); subject != "" {
		return subject
	}
	return names(leaf)
}

// names returns the alternative names of a certificate, or else its subject.
func names(leaf *x509.Certificate) string {
	var all []string
	for _, uri := range leaf.URIs {
		all = append(all, uri.String())
	}
	all = append(all, leaf.DNSNames...)
	for _, ip := range leaf.IPAddresses {
		all = append(all, ip.String())
	}
	if all = append(all, leaf.EmailAddresses...); len(all) == 0 {
		return leaf.Subject.String()
	}
	return strings.Join(all, ", ")
}
