# Tocsin. `make help` lists the targets. Everything that a target needs and the
# machine lacks is installed by the target itself, or it says what to install.

SHELL := /bin/bash
LOCAL := cmd/tocsin-local
GOFLAGS_TEST ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F':.*?## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: prepare
prepare: ## Install what is missing (PostgreSQL from Debian's packages when root)
	@.ci/prepare

.PHONY: build
build: ## Build bin/tocsin and bin/tocsin-local
	go build -trimpath -o bin/tocsin ./cmd/tocsin
	cd $(LOCAL) && go build -trimpath -o ../../bin/tocsin-local .

.PHONY: demo
demo: prepare build ## Play the example incident through the real parts (EXIT=1: end after the check)
	@bin/tocsin-local demo --tocsin bin/tocsin --example examples/vendor-breach $(if $(EXIT),--exit) $(DEMOFLAGS)

.PHONY: test
test: build ## Run every test with real PostgreSQL, a real Temporal server and a real browser
	@.ci/prepare browser
	@.ci/test $(GOFLAGS_TEST)

.PHONY: bench
bench: prepare build ## Measure speed and memory, each with its yardstick in the same run
	@.ci/bench

.PHONY: crash
crash: prepare build ## Kill the system at 20 random moments of the example and of a mailing; the record must hold
	cd $(LOCAL) && TOCSIN_CRASHES=20 go test -count=1 -timeout 60m -run 'TestCrash' -v ./...

.PHONY: screenshots
screenshots: ## Take the pictures of README.md and docs/ anew, from the example in a browser
	@.ci/prepare browser
	cd $(LOCAL) && go test -count=1 -run 'TestInABrowser$$' . -pictures ../../docs/screenshots

.PHONY: check
check: ## Format, vet, lint and workflowcheck
	@.ci/check

.PHONY: clean
clean: ## Remove what was built
	rm -rf bin
