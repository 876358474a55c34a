# `make` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help run build test vet-all race torture e2e availability lint bench bench-compare bench-baseline benchmarks storm kernels tidy fuzz docs ci \
	dist sbom man vulns kubernetes

PKG     ?= ./...
BENCH   ?= .
FUZZTIME ?= 10s
TIMES   ?= 200
DURATION ?= 10m
SEED    ?= 17
A       ?= HEAD
B       ?=
LINT    ?= golangci-lint

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Serve the datasets on 127.0.0.1:8000 from the embedded store
	go run ./cmd/herbarium serve

build: ## Build bin/herbarium, static
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o bin/herbarium ./cmd/herbarium

dist: ## Build the archives of a release into dist: binaries for four systems, manual pages, completions, lists of modules, checksums
	go run ./deploy/dist -out dist

sbom: ## Write the list of modules of bin/herbarium into bin/herbarium.cdx.json (CycloneDX)
	$(MAKE) build
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0 bin -json -std -noserial -notimestamp -output bin/herbarium.cdx.json bin/herbarium

man: ## Write the manual pages into bin/man1
	go run ./cmd/herbarium man bin/man1

vulns: ## Look for known vulnerabilities in what the binary calls (govulncheck)
	.ci/vulns

kubernetes: ## Check the Kubernetes manifests, a module of its own
	cd deploy/kubernetes && go vet ./... && go test ./...

test: ## Test all packages; MongoDB's too, with HERBARIUM_TEST_MONGODB=mongodb://…
	go test $(PKG)

race: ## The same under the race detector
	go test -race $(PKG)

torture: ## Kill loads and servers at random moments, 200 times (TIMES=200); MongoDB's too, with HERBARIUM_TEST_MONGODB, and MongoDB, with HERBARIUM_TEST_MONGODB_COMMAND
	HERBARIUM_TORTURE=$(TIMES) go test -count=1 -timeout 2h -v -run 'AKilledLoad|ALoadThatIsKilled|AKilledServer|AKilledDatabase' ./engine/columnar ./engine/mongodb ./cmd/herbarium

storm: ## Send made-up requests to servers, 1,000,000 with TIMES=1000000; SEED=n for others
	HERBARIUM_STORM=$(TIMES) HERBARIUM_STORM_SEED=$(SEED) go test -count=1 -timeout 2h -v -run 'GeneratedRequestsNeverFail' ./api

e2e: ## Start what Compose starts, as processes, and ask it (HERBARIUM_TEST_MONGODB, nginx)
	go test -tags e2e -count=1 ./deploy

availability: ## Ask three servers while their parts fail and come back, for 10 minutes (DURATION=10m; HERBARIUM_TEST_MONGODB, nginx)
	HERBARIUM_AVAILABILITY=$(DURATION) go test -tags e2e -count=1 -timeout 24h -v -run TestAvailability ./deploy

lint: ## Check form, vet and lint
	@test -z "$$(gofmt -l .)" || { echo "gofmt -w these:"; gofmt -l .; exit 1; }
	go vet $(PKG)
	$(LINT) run $(PKG)

bench: ## Measure beside others in one run (BENCHFLAGS='-report ../docs/performance.md'); see bench/README.md
	cd bench && go run . $(BENCHFLAGS)

bench-compare: ## Compare two commits by their ratios to a loop by hand (A=HEAD~1 B=HEAD; no B: the working tree)
	cd bench && go run . compare -a '$(A)' -b '$(B)' $(BENCHFLAGS)

bench-baseline: ## Set what CI holds the ratios against, for the kernels of this CPU
	cd bench && go run . gate -renew

benchmarks: ## Run Go's benchmarks (PKG=./engine/columnar BENCH=Mean)
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PKG)

kernels: ## Write the kernels' assembly anew
	go generate ./engine/columnar/internal/kernels ./loaders/csv/internal/separators

vet-all: ## Vet for the systems and architectures that there are archives for, and Windows
	for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64; do \
	  echo "$$target"; GOOS=$${target%/*} GOARCH=$${target#*/} CGO_ENABLED=0 go vet ./... || exit 1; done

tidy: ## Tidy the modules: Herbarium's, bench's, which builds on it, those of the manifests and of the kernels' assembly
	go mod tidy
	cd deploy/kubernetes && go mod tidy
	cd bench && go mod tidy
	cd engine/columnar/internal/kernels/asm && go mod tidy
	cd loaders/csv/internal/separators/asm && go mod tidy

fuzz: ## Fuzz every target in turn (FUZZTIME=10s)
	.ci/fuzz $(FUZZTIME)

docs: ## Show the documentation of the packages (PKG=./engine), offline
	@for p in $$(go list $(PKG)); do echo "== $$p"; go doc -all $$p | cat; echo; done

ci: ## Everything that has to hold before a change lands
	.ci/run
