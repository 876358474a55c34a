// Package kubernetes_test checks the manifests of this folder: that Kubernetes' own
// types take them, that they agree with each other, and with the command. It is a
// module of its own, so that Herbarium does not depend on Kubernetes.
package kubernetes_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// manifests are the objects that kubectl would apply.
type manifests struct {
	deployment appsv1.Deployment
	service    corev1.Service
	autoscaler autoscalingv2.HorizontalPodAutoscaler
	disruption policyv1.PodDisruptionBudget
	network    networkingv1.NetworkPolicy
	secret     corev1.Secret
	datasets   corev1.ConfigMap
}

// build returns the objects of the kustomization with these components, each decoded
// strictly: a key that its type lacks is an error.
func build(t *testing.T, components ...string) *manifests {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	if len(components) > 0 {
		file := filepath.Join(dir, "kustomization.yaml")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, "components: ["+strings.Join(components, ", ")+"]\n"...)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	kinds := m.kinds()
	for _, resource := range all.Resources() {
		kind, ok := kinds[resource.GetKind()]
		if !ok {
			t.Fatalf("the kind %s is unknown, or there twice", resource.GetKind())
		}
		delete(kinds, resource.GetKind())
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, kind.into); err != nil {
			t.Errorf("%s: %v", resource.GetKind(), err)
		}
		if version := resource.GetApiVersion(); version != kind.version {
			t.Errorf("%s is of %s, not %s", resource.GetKind(), version, kind.version)
		}
	}
	for kind := range kinds {
		t.Errorf("there is no %s", kind)
	}
	return &m
}

// kind is the type of an object, and its version of the API.
type kind struct {
	version string
	into    any
}

func (m *manifests) kinds() map[string]kind {
	return map[string]kind{
		"Deployment":              {"apps/v1", &m.deployment},
		"Service":                 {"v1", &m.service},
		"HorizontalPodAutoscaler": {"autoscaling/v2", &m.autoscaler},
		"PodDisruptionBudget":     {"policy/v1", &m.disruption},
		"NetworkPolicy":           {"networking.k8s.io/v1", &m.network},
		"Secret":                  {"v1", &m.secret},
		"ConfigMap":               {"v1", &m.datasets},
	}
}

// TestTheFilesThemselvesAreStrict decodes what people read, before kustomize has
// normalised it.
func TestTheFilesThemselvesAreStrict(t *testing.T) {
	files, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	decoded := 0
	for _, name := range files {
		if name == "kustomization.yaml" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var meta metav1.TypeMeta
		if err := yaml.Unmarshal(text, &meta); err != nil {
			t.Fatal(err)
		}
		kind, ok := m.kinds()[meta.Kind]
		if !ok {
			t.Errorf("%s: the kind %q is unknown", name, meta.Kind)
			continue
		}
		if err := yaml.UnmarshalStrict(text, kind.into); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		decoded++
	}
	if decoded != 7 {
		t.Errorf("%d files were decoded", decoded)
	}
}

func (m *manifests) container(t *testing.T) corev1.Container {
	t.Helper()
	all := m.deployment.Spec.Template.Spec.Containers
	if len(all) != 1 {
		t.Fatalf("%d containers", len(all))
	}
	return all[0]
}

// flag returns the value of a flag in the container's arguments.
func flag(t *testing.T, args []string, name string) string {
	t.Helper()
	for _, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			return value
		}
	}
	t.Fatalf("there is no --%s among %v", name, args)
	return ""
}

func TestObjectsSelectThePodsAndItsPort(t *testing.T) {
	for _, components := range [][]string{nil, {"tls"}} {
		m := build(t, components...)
		pod := m.deployment.Spec.Template
		for what, selector := range map[string]map[string]string{
			"Deployment": m.deployment.Spec.Selector.MatchLabels, "Service": m.service.Spec.Selector,
			"PodDisruptionBudget": m.disruption.Spec.Selector.MatchLabels, "NetworkPolicy": m.network.Spec.PodSelector.MatchLabels,
			"topologySpreadConstraints": pod.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels,
		} {
			if len(selector) == 0 {
				t.Errorf("%s selects all", what)
			}
			for key, value := range selector {
				if pod.Labels[key] != value {
					t.Errorf("%s selects %s=%s, which the pods lack", what, key, value)
				}
			}
		}
		if ref := m.autoscaler.Spec.ScaleTargetRef; ref.Kind != "Deployment" || ref.APIVersion != "apps/v1" || ref.Name != m.deployment.Name {
			t.Errorf("what is scaled is %v", ref)
		}
		c := m.container(t)
		if len(c.Ports) != 2 || flag(t, c.Args, "addr") != ":8000" || c.Ports[0].ContainerPort != 8000 {
			t.Errorf("ports %v, args %v", c.Ports, c.Args)
		}
		port := c.Ports[0].Name
		if got := m.service.Spec.Ports[0].TargetPort.StrVal; got != port {
			t.Errorf("the service leads to port %s", got)
		}
		if got := m.network.Spec.Ingress[0].Ports[0].Port.StrVal; got != port {
			t.Errorf("the network policy lets through to port %s", got)
		}
		scheme := corev1.URIScheme("")
		if slices.Contains(components, "tls") {
			scheme = corev1.URISchemeHTTPS
		}
		for path, probe := range map[string]*corev1.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
			if get := probe.HTTPGet; get == nil || get.Path != path || get.Port.StrVal != port || get.Scheme != scheme {
				t.Errorf("a probe is %v", get)
			}
		}
		if get := c.StartupProbe.HTTPGet; get.Path != "/healthz" || get.Port.StrVal != port || get.Scheme != scheme {
			t.Errorf("the first probe is %v", get)
		}
	}
}

func TestPodsAreRestricted(t *testing.T) {
	m := build(t)
	pod, c := m.deployment.Spec.Template.Spec, m.container(t)
	yes, no := true, false
	for what, ok := range map[string]bool{
		"not as root":         same(pod.SecurityContext.RunAsNonRoot, &yes),
		"any user":            pod.SecurityContext.RunAsUser == nil && pod.SecurityContext.FSGroup == nil && c.SecurityContext.RunAsUser == nil,
		"seccomp":             pod.SecurityContext.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"no escalation":       same(c.SecurityContext.AllowPrivilegeEscalation, &no),
		"read-only root":      same(c.SecurityContext.ReadOnlyRootFilesystem, &yes),
		"no capabilities":     slices.Equal(c.SecurityContext.Capabilities.Drop, []corev1.Capability{"ALL"}) && c.SecurityContext.Capabilities.Add == nil,
		"no token":            same(pod.AutomountServiceAccountToken, &no),
		"no host":             !pod.HostNetwork && !pod.HostPID && !pod.HostIPC,
		"limited memory":      !c.Resources.Limits.Memory().IsZero() && !c.Resources.Requests.Cpu().IsZero(),
		"ingress and egress":  slices.Equal(m.network.Spec.PolicyTypes, []networkingv1.PolicyType{"Ingress", "Egress"}),
		"two pods at least":   *m.autoscaler.Spec.MinReplicas >= 2,
		"one at a time leave": m.disruption.Spec.MaxUnavailable.IntValue() == 1,
	} {
		if !ok {
			t.Errorf("not so: %s", what)
		}
	}
}

func same(a, b *bool) bool { return a != nil && *a == *b }

func TestTheMetricIsOneThatServersHave(t *testing.T) {
	sources, err := filepath.Glob("../../api/metrics/*.go")
	if err != nil {
		t.Fatal(err)
	}
	if sources == nil {
		t.Fatal("there are no sources of metrics")
	}
	name := build(t).autoscaler.Spec.Metrics[0].Pods.Metric.Name
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"`+name+`"`) {
			return
		}
	}
	t.Errorf("no metric is called %s", name)
}
