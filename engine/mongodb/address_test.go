package mongodb

import (
	"strings"
	"testing"
)

func TestDescribeNamesSchemeHostsAndDatabaseAlone(t *testing.T) {
	for _, test := range []struct{ name, uri, database, want string }{
		{"bare", "mongodb://db.example", "", "mongodb://db.example/herbarium"},
		{"port and database", "mongodb://db.example:27018/flora", "", "mongodb://db.example:27018/flora"},
		{"credentials", "mongodb://ann:s3cret@db.example/flora", "", "mongodb://db.example/flora"},
		{"several hosts and options", "mongodb://ann:s3cret@a:1,b:2/flora?replicaSet=rs0&authSource=admin", "", "mongodb://a:1,b:2/flora"},
		{"service record", "mongodb+srv://ann:s3cret@cluster.example/?srvMaxHosts=2", "", "mongodb+srv://cluster.example/herbarium"},
		{"option over path", "mongodb://db.example/flora", "fauna", "mongodb://db.example/fauna"},
		{"encoded database", "mongodb://db.example/my%2Ddata", "", "mongodb://db.example/my-data"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Open(test.uri, Options{Database: test.database})
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, s)
			if got := s.Describe(); got != test.want {
				t.Errorf("described as %s, want %s", got, test.want)
			}
		})
	}
}

func TestWrongAddressIsExplainedWithoutCredentials(t *testing.T) {
	for _, test := range []struct{ name, uri, want string }{
		{"other scheme", "postgres://ann:s3cret@db.example", "begins with mongodb://"},
		{"no scheme", "ann:s3cret@db.example", "begins with mongodb://"},
		{"slash in password", "mongodb://ann:s3cret/x@db.example/", "percent-encode"},
		{"at sign in password", "mongodb://ann:s3cret@x@db.example/", "percent-encode"},
		{"colon in password", "mongodb://ann:s3cret:x@db.example/", "percent-encode"},
		{"escape in password", "mongodb://ann:s3cret%zz@db.example/", "percent-encode"},
		{"no host", "mongodb://ann:s3cret@/flora", "at least 1 host"},
		{"bad option", "mongodb://ann:s3cret@db.example/?maxPoolSize=many", "maxPoolSize"},
		{"bad secret option", "mongodb://db.example/?authMechanism=MONGODB-AWS&authMechanismProperties=s3cret", "percent-encode"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(test.uri, Options{})
			if err == nil {
				t.Fatal("the address was taken")
			}
			if text := err.Error(); !strings.Contains(text, test.want) || strings.Contains(text, "s3cret") || strings.Contains(text, "ann:") {
				t.Errorf("explained as %q, which should say %q and no credential", text, test.want)
			}
		})
	}
}

func TestCredentialsAreTakenOutOfTexts(t *testing.T) {
	a, err := parseAddress("mongodb://ann%40x:p%2Fss%20word@db.example/flora?authSource=admin&tlsCertificateKeyFilePassword=open%2Bup")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, text, want string }{
		{"whole address", "dial " + a.uri + " failed", "dial *** failed"},
		{"user and password", "auth ann%40x:p%2Fss%20word", "auth ***"},
		{"encoded password", "p%2Fss%20word", "***"},
		{"plain password", "sent p/ss word to db.example", "sent *** to db.example"},
		{"plain user", "no user ann@x on admin", "no user *** on admin"},
		{"secret option", "key open+up or open%2Bup", "key *** or ***"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := a.redact(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAStoresNameIsShownWithoutSecrets(t *testing.T) {
	for _, test := range []struct{ name, store, want string }{
		{"no MongoDB", "file:rows@home", "file:rows@home"},
		{"nothing secret", "mongodb://a.example,b.example:27018/flora?replicaSet=rs0&tls=true", "mongodb://a.example,b.example:27018/flora?replicaSet=rs0&tls=true"},
		{"user and password", "mongodb+srv://ann:open+up@db.example/flora?retryWrites=false", "mongodb+srv://…@db.example/flora"},
		{"a password that is not encoded", "mongodb://ann:o/p?e@n@db.example/flora", "mongodb://…@db.example/flora"},
		{"secret options", "mongodb://db.example/?authSource=admin&tlsCertificateKeyFilePassword=open&authMechanismProperties=TOKEN:up", "mongodb://db.example/?authSource=admin"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := WithoutSecrets(test.store); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
