// Package csv reads CSV as a descriptor declares it, by default by RFC 4180 with a
// header, and finds out how a CSV is written: its encoding (GuessEncoding), its
// dialect (Sniff), and a sample of its records (Reader.Infer).
package csv
