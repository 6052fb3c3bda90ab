package tocsin_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// noHealthcheck is the label by which a service says why it has none.
const noHealthcheck = "tocsin.no-healthcheck"

// loadCompose reads compose files the way the command does, with every
// profile, and with an environment of nothing but the given variables.
func loadCompose(t *testing.T, environment []string, files ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions(files,
		cli.WithWorkingDirectory("."),
		cli.WithEnv(environment),
		cli.WithProfiles([]string{"*"}),
		cli.WithResolvedPaths(true),
		cli.WithConsistency(true),
	)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func productionShape(t *testing.T) *types.Project {
	t.Helper()
	return loadCompose(t, nil, "docker-compose.yml")
}

// oneShot are the services that end by themselves.
var oneShot = []string{"keys", "migrate", "rotate", "temporal-namespace", "temporal-schema"}

func TestComposeHasThePartsOfTheDesign(t *testing.T) {
	want := []string{
		"keys", "mailpit", "migrate", "postgres", "rotate", "serve", "temporal",
		"temporal-namespace", "temporal-schema", "temporal-ui", "worker",
	}
	got := productionShape(t).ServiceNames()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("services %v, want %v", got, want)
	}
}

func TestComposePublishesOnLoopbackOnly(t *testing.T) {
	cases := []struct {
		name  string
		files []string
		want  []string // services that publish a port
	}{
		{"as it runs", []string{"docker-compose.yml"}, []string{"serve"}},
		{"while somebody inspects", []string{"docker-compose.yml", "deploy/inspect.yml"}, []string{"mailpit", "serve", "temporal-ui"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var published []string
			for name, service := range loadCompose(t, nil, c.files...).Services {
				for _, port := range service.Ports {
					published = append(published, name)
					address, err := netip.ParseAddr(port.HostIP)
					if err != nil || !address.IsLoopback() {
						t.Errorf("%s publishes port %d on %q", name, port.Target, port.HostIP)
					}
				}
				if service.NetworkMode == "host" {
					t.Errorf("%s lies open on the host's network", name)
				}
			}
			slices.Sort(published)
			if !slices.Equal(published, c.want) {
				t.Errorf("services that publish: %v, want %v", published, c.want)
			}
		})
	}
}

func TestComposeKeepsTheRecordAndTheEngineInside(t *testing.T) {
	project := productionShape(t)
	for _, inner := range []string{"database", "engine"} {
		if !project.Networks[inner].Internal {
			t.Errorf("network %s reaches outside", inner)
		}
	}
	reach := map[string][]string{
		"postgres": {"database"}, "temporal": {"database", "engine"}, "temporal-ui": {"engine"}, "mailpit": {"mail"},
		"migrate": {"database"}, "serve": {"database", "edge", "engine", "mail"}, "worker": {"database", "engine", "mail"},
		"temporal-schema": {"database"}, "temporal-namespace": {"engine"}, "keys": nil, "rotate": {"database"},
	}
	for name, service := range project.Services {
		var networks []string
		for network := range service.Networks {
			networks = append(networks, network)
		}
		slices.Sort(networks)
		if !slices.Equal(networks, reach[name]) {
			t.Errorf("%s is on networks %v, want %v", name, networks, reach[name])
		}
	}
}

func TestComposeChecksTheHealthOfWhatStaysUp(t *testing.T) {
	for name, service := range productionShape(t).Services {
		check := service.HealthCheck
		if slices.Contains(oneShot, name) {
			if check != nil || service.Labels[noHealthcheck] == "" {
				t.Errorf("%s ends by itself: no health check, and a label %s with the reason", name, noHealthcheck)
			}
			continue
		}
		if check == nil || check.Disable || len(check.Test) < 2 || check.Test[0] != "CMD" || check.Interval == nil || check.Timeout == nil || check.Retries == nil || check.StartPeriod == nil {
			t.Errorf("%s: no complete health check: %+v", name, check)
		}
		if service.Labels[noHealthcheck] != "" {
			t.Errorf("%s has a health check and a reason for none", name)
		}
	}
}

func TestComposeTakesSecretsFromFiles(t *testing.T) {
	project := productionShape(t)
	secrets, err := filepath.Abs("secrets")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, service := range project.Services {
		for _, secret := range service.Secrets {
			used[secret.Source] = true
		}
	}
	for name, secret := range project.Secrets {
		if filepath.Dir(secret.File) != secrets || secret.Content != "" || secret.Environment != "" || bool(secret.External) {
			t.Errorf("secret %s is no file in %s: %+v", name, secrets, secret.File)
		}
		if !used[name] {
			t.Errorf("secret %s is used by no service", name)
		}
	}
	suspicious := regexp.MustCompile(`(?i)(password|passwd|pwd|secret|token|database_url|smtp_url)`)
	for name, service := range project.Services {
		for key, value := range service.Environment {
			if !suspicious.MatchString(key) || value == nil {
				continue
			}
			fromFile := strings.HasSuffix(key, "_FILE") && strings.HasPrefix(*value, "/run/secrets/")
			withoutPassword := strings.HasSuffix(key, "_URL") && !strings.Contains(*value, "@")
			if !fromFile && !withoutPassword {
				t.Errorf("%s has a secret in its environment: %s", name, key)
			}
		}
	}
	for _, secret := range productionShape(t).Services["worker"].Secrets {
		if strings.Contains(secret.Source, "owner") || strings.Contains(secret.Source, "postgres") {
			t.Errorf("the worker may read %s", secret.Source)
		}
	}
}

func TestComposePinsEveryImage(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+[A-Za-z0-9.-]*$`)
	temporal := map[string]bool{}
	for name, service := range productionShape(t).Services {
		if strings.HasPrefix(service.Image, "tocsin:") {
			continue
		}
		if !pinned.MatchString(service.Image) {
			t.Errorf("%s: image %q is not pinned to a version", name, service.Image)
		}
		if repository, tag, _ := strings.Cut(service.Image, ":"); repository == "temporalio/server" || repository == "temporalio/admin-tools" {
			temporal[tag] = true
		}
	}
	if len(temporal) != 1 || !temporal["1.32.1"] {
		t.Errorf("Temporal's server and its tools have versions %v, want 1.32.1 of both", temporal)
	}
	ours := loadCompose(t, []string{"TOCSIN_VERSION=1.2.3"}, "docker-compose.yml")
	for _, name := range []string{"keys", "migrate", "rotate", "serve", "worker"} {
		if image := ours.Services[name].Image; image != "tocsin:1.2.3" {
			t.Errorf("%s: image %q, want tocsin:1.2.3", name, image)
		}
	}
}

func TestComposeStartsInTheRightOrder(t *testing.T) {
	healthy, done := types.ServiceConditionHealthy, types.ServiceConditionCompletedSuccessfully
	parts := map[string]string{"postgres": healthy, "temporal": healthy, "mailpit": healthy, "migrate": done, "temporal-namespace": done}
	want := map[string]map[string]string{
		"serve": parts, "worker": parts,
		"migrate":            {"postgres": healthy},
		"temporal-schema":    {"postgres": healthy},
		"temporal":           {"postgres": healthy, "temporal-schema": done},
		"temporal-namespace": {"temporal": healthy},
		"temporal-ui":        {"temporal": healthy},
	}
	for name, service := range productionShape(t).Services {
		if len(service.DependsOn) != len(want[name]) {
			t.Errorf("%s waits for %d services, want %d", name, len(service.DependsOn), len(want[name]))
		}
		for other, dependency := range service.DependsOn {
			if dependency.Condition != want[name][other] || !dependency.Required {
				t.Errorf("%s waits for %s: %s, want %q", name, other, dependency.Condition, want[name][other])
			}
		}
	}
}

func TestComposeCallsCommandsThatExist(t *testing.T) {
	want := map[string][]string{
		"serve": {"serve"}, "worker": {"worker"}, "migrate": {"migrate"}, "keys": {"keys", "create"}, "rotate": {"keys", "rotate"},
	}
	project := productionShape(t)
	for name, command := range want {
		service := project.Services[name]
		if !slices.Equal(service.Command, command) || service.Entrypoint != nil {
			t.Errorf("%s runs %v (entrypoint %v), want tocsin %v", name, service.Command, service.Entrypoint, command)
		}
	}
	for _, name := range []string{"serve", "worker"} {
		if test := project.Services[name].HealthCheck.Test; !slices.Equal(test, []string{"CMD", "/tocsin", "healthcheck"}) {
			t.Errorf("%s: health check %v", name, test)
		}
	}
}

func TestComposePassesOnWhatAnOperatorSets(t *testing.T) {
	set := map[string]string{
		"TOCSIN_SMTP_DOMAIN_RATE": "20", "TOCSIN_SMTP_DOMAIN_RATES": "example.org=none", "TOCSIN_BOUNCE_DOMAIN": "bounces.example.com",
		"TOCSIN_CHECKPOINT_TO": "notary@example.org", "TOCSIN_ANCHORS_FILE": "/etc/tocsin/anchors.json", "TOCSIN_RETENTION_DAYS": "365",
		"TOCSIN_WEBHOOK_ALLOW": "10.1.0.0/16", "TOCSIN_WEBHOOK_PORTS": "8443",
		"TOCSIN_SYSLOG_URL": "syslog+tls://logs.example.org", "TOCSIN_AUDIT_STREAM": "stdout",
	}
	var environment []string
	for key, value := range set {
		environment = append(environment, key+"="+value)
	}
	project := loadCompose(t, environment, "docker-compose.yml")
	for _, name := range []string{"serve", "worker"} {
		for key, expected := range set {
			if value := project.Services[name].Environment[key]; value == nil || *value != expected {
				t.Errorf("%s: %s does not arrive", name, key)
			}
		}
	}
}

func TestComposeTellsTocsinWhereThePartsAre(t *testing.T) {
	project := productionShape(t)
	everywhere := []string{
		"TOCSIN_DATABASE_URL_FILE", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "TOCSIN_SMTP_URL_FILE", "TOCSIN_EXERCISE_SMTP_URL",
		"TOCSIN_MAIL_FROM", "TOCSIN_PUBLIC_URL", "TOCSIN_LISTEN", "TOCSIN_KEYS_DIR", "TOCSIN_CONTROLLER_FILE",
	}
	for _, name := range []string{"serve", "worker"} {
		service := project.Services[name]
		for _, key := range everywhere {
			if value := service.Environment[key]; value == nil || *value == "" {
				t.Errorf("%s: %s is not set", name, key)
			}
		}
		if !slices.ContainsFunc(service.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == "/run/keys" && v.ReadOnly }) {
			t.Errorf("%s: the keys are not mounted read-only", name)
		}
		if !slices.ContainsFunc(service.Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == "/run/erased" && !v.ReadOnly }) ||
			service.Environment["TOCSIN_ERASED_DIR"] == nil || *service.Environment["TOCSIN_ERASED_DIR"] != "/run/erased" {
			t.Errorf("%s: the list of erased incidents cannot be written", name)
		}
	}
	if owner := project.Services["migrate"].Environment["TOCSIN_OWNER_DATABASE_URL_FILE"]; owner == nil {
		t.Error("migrate does not know the role that owns the tables")
	}
	for name, service := range project.Services {
		if _, owner := service.Environment["TOCSIN_OWNER_DATABASE_URL_FILE"]; owner && name != "migrate" {
			t.Errorf("%s knows the role that owns the tables", name)
		}
	}
}

func TestComposeConfinesEveryPart(t *testing.T) {
	for name, service := range productionShape(t).Services {
		if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") || !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s: the root file system is writable or rights are kept", name)
		}
		if service.Privileged || service.User == "0" || service.User == "root" {
			t.Errorf("%s runs as root", name)
		}
		limits := service.Deploy
		if limits == nil || limits.Resources.Limits == nil || limits.Resources.Limits.MemoryBytes == 0 || limits.Resources.Limits.NanoCPUs == 0 {
			t.Errorf("%s: memory and processors are not limited", name)
		}
		switch {
		case name == "keys", name == "rotate":
			if service.Restart != "no" {
				t.Errorf("%s: restart %q", name, service.Restart)
			}
		case slices.Contains(oneShot, name):
			if service.Restart != "on-failure:5" {
				t.Errorf("%s: restart %q, want on-failure:5", name, service.Restart)
			}
		case service.Restart != "unless-stopped":
			t.Errorf("%s: restart %q, want unless-stopped", name, service.Restart)
		}
	}
}

func TestComposeLetsWorkersMultiply(t *testing.T) {
	worker := productionShape(t).Services["worker"]
	if worker.ContainerName != "" || len(worker.Ports) > 0 {
		t.Error("a name or a published port allows one worker only")
	}
	if worker.Deploy.Replicas == nil || *worker.Deploy.Replicas < 2 {
		t.Error("one worker alone leaves reminders waiting while it restarts")
	}
}

func TestComposeReadsFilesThatExist(t *testing.T) {
	project := productionShape(t)
	for name, config := range project.Configs {
		if filepath.Base(filepath.Dir(config.File)) == "secrets" {
			continue // made by deploy/secrets.sh
		}
		info, err := os.Stat(config.File)
		if err != nil {
			t.Errorf("config %s: %v", name, err)
			continue
		}
		if strings.HasSuffix(config.File, ".sh") && info.Mode()&0o111 == 0 {
			t.Errorf("config %s: %s is not executable", name, filepath.Base(config.File))
		}
	}
	script, err := os.ReadFile("deploy/secrets.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range project.Secrets {
		file := strings.TrimSuffix(filepath.Base(secret.File), "_password")
		if !strings.Contains(string(script), file) {
			t.Errorf("secret %s is not made by deploy/secrets.sh", name)
		}
	}
	raw, err := os.ReadFile("deploy/controller.json")
	if err != nil {
		t.Fatal(err)
	}
	var controller struct {
		Name    string            `json:"name"`
		Contact map[string]string `json:"contact"`
		PageURL string            `json:"page_url"`
	}
	if err := json.Unmarshal(raw, &controller); err != nil || controller.Name == "" || controller.Contact["email"] == "" || !strings.HasPrefix(controller.PageURL, "https://") {
		t.Errorf("deploy/controller.json: %+v, %v", controller, err)
	}
}

func TestDockerfileMakesASmallImageWithoutRoot(t *testing.T) {
	raw, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	var bases, instructions []string
	for line := range strings.Lines(string(raw)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		instructions = append(instructions, word+" "+rest)
		if word == "FROM" {
			base, _, _ := strings.Cut(rest, " ")
			bases = append(bases, base)
		}
	}
	if len(bases) != 2 || !strings.HasPrefix(bases[0], "golang:1.26.") || !strings.HasPrefix(bases[1], "gcr.io/distroless/static-debian12:") {
		t.Errorf("base images %v", bases)
	}
	for _, want := range []string{"USER 65532:65532", `ENTRYPOINT ["/tocsin"]`, `CMD ["serve"]`} {
		if !slices.Contains(instructions, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath", "timetzdata", "./cmd/tocsin\n"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the build lacks %s", strings.TrimSpace(want))
		}
	}
	ignored, err := os.ReadFile(".dockerignore")
	if err != nil || !slices.Contains(strings.Split(string(ignored), "\n"), "secrets") {
		t.Errorf("secrets would go into the build (%v)", err)
	}
}
