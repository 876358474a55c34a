// Package certificate keeps a server's TLS configuration in step with its files:
// certificates that are renewed while it serves, and the authorities of clients.
package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"herbarium/api/internal/filewatch"
)

// Files names the files of a server's TLS, all in PEM.
type Files struct {
	Certificate string // the server's certificate, then the intermediate ones
	Key         string // its private key
	ClientCA    string // authorities of clients, which must show a certificate; "": clients show none
}

// protocols are what a client may choose from by ALPN.
var protocols = []string{"h2", "http/1.1"}

// contents are the files as they were read, in the order of Files.
type contents [3][]byte

// read reads the files.
func (f Files) read() (all contents, err error) {
	for i, name := range []string{f.Certificate, f.Key, f.ClientCA} {
		if name == "" {
			continue
		}
		if all[i], err = filewatch.ReadFile(name); err != nil {
			return contents{}, err
		}
	}
	return all, nil
}

// config makes the configuration of what was read.
func (f Files) config(all contents) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(all[0], all[1])
	if err != nil {
		return nil, fmt.Errorf("%s with the key %s: %w", f.Certificate, f.Key, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, Certificates: []tls.Certificate{pair}}
	if f.ClientCA == "" {
		return config, nil
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if config.ClientCAs, err = authorities(all[2]); err != nil {
		return nil, fmt.Errorf("%s: %w", f.ClientCA, err)
	}
	return config, nil
}

// Authorities reads the certificates of authorities from a file in PEM.
func Authorities(file string) (*x509.CertPool, error) {
	text, err := filewatch.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := authorities(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return pool, nil
}

// authorities reads certificates. Unlike x509.CertPool.AppendCertsFromPEM it skips
// none that is malformed.
func authorities(text []byte) (*x509.CertPool, error) {
	pool, n := x509.NewCertPool(), 0
	for block, rest := pem.Decode(bytes.TrimSpace(text)); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("there is a %s among the certificates", block.Type)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", n+1, err)
		}
		pool.AddCert(cert)
		n++
	}
	if n == 0 {
		return nil, errors.New("there is no certificate in PEM")
	}
	return pool, nil
}

// expired returns an error if the configuration's certificate is no longer valid.
func expired(config *tls.Config, now time.Time) error {
	leaf := config.Certificates[0].Leaf
	if now.After(leaf.NotAfter) {
		return fmt.Errorf("the certificate of %s expired at %s", names(leaf), leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}
