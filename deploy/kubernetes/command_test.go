package kubernetes_test

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// program builds the command once.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "herbarium")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "herbarium")
	build := exec.Command("go", "build", "-o", binary, "./cmd/herbarium")
	build.Dir = "../.."
	build.Stderr = os.Stderr
	return binary, build.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if binary, err := program(); err == nil {
		_ = os.RemoveAll(filepath.Dir(binary))
	}
	os.Exit(code)
}

// run runs the command, which must succeed.
func run(t *testing.T, args ...string) string {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(binary, args...).CombinedOutput()
	if err != nil {
		t.Errorf("herbarium %s: %v\n%s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

func TestTheCommandTakesTheArguments(t *testing.T) {
	for _, components := range [][]string{nil, {"tls"}} {
		c := build(t, components...).container(t)
		if c.Command != nil || c.Args[0] != "serve" {
			t.Errorf("command %v, args %v", c.Command, c.Args)
		}
		// Every flag is parsed before the help is printed.
		help := run(t, append(slices.Clone(c.Args), "--help")...)
		for _, variable := range c.Env {
			if strings.HasPrefix(variable.Name, "HERBARIUM_") && !strings.Contains(help, "("+variable.Name+")") {
				t.Errorf("no flag has the variable %s", variable.Name)
			}
		}
	}
}

func TestEveryPathOfAFlagIsMounted(t *testing.T) {
	m := build(t, "tls")
	c := m.container(t)
	volumes := map[string]corev1.Volume{}
	for _, v := range m.deployment.Spec.Template.Spec.Volumes {
		volumes[v.Name] = v
	}
	mounted := func(at string) corev1.Volume {
		for _, mount := range c.VolumeMounts {
			if mount.MountPath == at {
				if mount.SubPath != "" || mount.ReadOnly == (at == "/tmp") {
					t.Errorf("the mount is %v", mount)
				}
				return volumes[mount.Name]
			}
		}
		t.Errorf("nothing is mounted at %s", at)
		return corev1.Volume{}
	}
	if v := mounted(flag(t, c.Args, "datasets")); v.ConfigMap == nil || v.ConfigMap.Name != m.datasets.Name {
		t.Errorf("the datasets are %v", v)
	}
	store := flag(t, c.Args, "store-file")
	if v := mounted(path.Dir(store)); v.Secret == nil || v.Secret.SecretName != m.secret.Name || m.secret.StringData[path.Base(store)] == "" {
		t.Errorf("the store is in %v", v)
	}
	cert, key := flag(t, c.Args, "tls-cert"), flag(t, c.Args, "tls-key")
	// The keys of every Secret of the type kubernetes.io/tls.
	if path.Base(cert) != corev1.TLSCertKey || path.Base(key) != corev1.TLSPrivateKeyKey || path.Dir(cert) != path.Dir(key) || mounted(path.Dir(cert)).Secret == nil {
		t.Errorf("the certificate is %s, %s", cert, key)
	}
	if temp := mounted("/tmp"); temp.EmptyDir == nil || temp.EmptyDir.SizeLimit.IsZero() {
		t.Errorf("temp files are in %v", temp)
	}
}

func TestTimesAndMemoryFitTogether(t *testing.T) {
	m := build(t)
	c := m.container(t)
	var drain time.Duration
	for _, name := range []string{"drain-delay", "drain-timeout"} {
		d, err := time.ParseDuration(flag(t, c.Args, name))
		if err != nil {
			t.Fatal(err)
		}
		drain += d
	}
	if grace := *m.deployment.Spec.Template.Spec.TerminationGracePeriodSeconds; time.Duration(grace)*time.Second < drain+5*time.Second {
		t.Errorf("pods are killed after %d s, and drain for %v", grace, drain)
	}
	// An endpoint is taken away before the drain begins.
	if unready := c.ReadinessProbe.PeriodSeconds * c.ReadinessProbe.FailureThreshold; time.Duration(unready)*time.Second > 5*time.Second {
		t.Errorf("a pod is unready after %d s", unready)
	}
	for _, variable := range c.Env {
		if variable.Name != "GOMEMLIMIT" {
			continue
		}
		limit, err := resource.ParseQuantity(strings.TrimSuffix(variable.Value, "B"))
		if err != nil {
			t.Fatal(err)
		}
		if all := c.Resources.Limits.Memory(); limit.Cmp(*all) >= 0 {
			t.Errorf("GOMEMLIMIT %s is not below %s", variable.Value, all)
		}
	}
}

func TestTheDatasetsAreValid(t *testing.T) {
	dir := t.TempDir()
	for name, text := range build(t).datasets.Data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := run(t, "check", "--datasets", dir); !regexp.MustCompile(`(?m)^.*wells`).MatchString(got) {
		t.Errorf("check says %s", got)
	}
}

func TestTheAuthFileFitsTheDatasets(t *testing.T) {
	m, dir := build(t), t.TempDir()
	for name, text := range m.datasets.Data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := flag(t, m.container(t).Args, "auth")
	file := filepath.Join(t.TempDir(), path.Base(at))
	if err := os.WriteFile(file, []byte(m.secret.StringData[path.Base(at)]), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "check", "--datasets", dir, "--auth", file); !strings.Contains(got, "auth.yaml") {
		t.Errorf("check says %s", got)
	}
	if store := flag(t, m.container(t).Args, "store-file"); path.Dir(at) != path.Dir(store) {
		t.Errorf("the file is %s, and the Secret is mounted for %s", at, store)
	}
}

func TestMetricsAreOnAPortOfTheirOwn(t *testing.T) {
	m := build(t)
	_, port, ok := strings.Cut(flag(t, m.container(t).Args, "admin-addr"), ":")
	if got := m.deployment.Spec.Template.Annotations["prometheus.io/port"]; !ok || got != port {
		t.Errorf("the port is %s, and Prometheus is told of %s", port, got)
	}
	for _, p := range m.container(t).Ports {
		if p.Name == "admin" && strconv.Itoa(int(p.ContainerPort)) != port {
			t.Errorf("the port is %s, and the container's %d", port, p.ContainerPort)
		}
	}
}

func TestTheStoreIsOneThatServeOpens(t *testing.T) {
	m := build(t)
	if got := m.secret.StringData["store"]; !strings.HasPrefix(got, "mongodb://") || !strings.Contains(got, "/herbarium?") {
		t.Errorf("the store is %s", got)
	}
	if to := m.network.Spec.Egress; len(to) != 2 || to[1].Ports[0].Port.IntValue() != 27017 {
		t.Errorf("pods reach %v", to)
	}
}
