# Every target is one command of Go's; this file only gives them names.

.DEFAULT_GOAL := help
.PHONY: help demo build check soak fuzz bench spec spec-full spec-distributed proof test race vet lint fmt clean needs-go

GO         ?= go
SEEDS      ?= 1000
TIER       ?= quick
FUZZTIME   ?= 10s
WORKERS    ?= 2
# The packages with goroutines, and the tests that run several: soaks, searches, proofs, models side by side.
RACE_PKGS  ?= ./checker/explore ./checker/model ./checker/proof ./checker/tlc ./checker/cmd/... ./fuzz
RACE_TESTS ?= Soak|Workers|TestModels$$|Resume|Stateright|TestReport$$|Reach|CheckSpec
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

CHECKER = .bin/check
SPEC    = $(CHECKER) spec --tier $(TIER) $(MODEL)
PROOF   = $(CHECKER) proof
VET     = $(GO) vet ./...
LINT    = $(GO) run $(STATICCHECK) ./...
FORMAT  = sh -c '! gofmt -l . | grep .'
TEST    = $(GO) test -timeout 30m ./...
# Each branch of the roles must be reached by runs, fuzz corpus, explorer or TLC's behaviours; docs/coverage.md is a run.
COVER   = $(CHECKER) coverage --short --out .bin/coverage.md
RACE    = $(GO) test -race -short -timeout 30m -run '$(RACE_TESTS)' $(RACE_PKGS)
# The same seed must be the same run on one processor and on two, with the race detector and without.
SEEDED  = $(GO) test -race -timeout 30m -cpu 1,2 -run Deterministic ./impl/sim ./fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

demo: build ## a short simulated run, explained (SEED=n for another)
	@$(CHECKER) demo $(if $(SEED),--seed $(SEED))

# Each part prints its time; the first that fails ends the run with its name and exit code.
check: build ## everything that must pass before a commit
	@begin=$$(date +%s); \
	part() { \
		name=$$1; shift; echo "== $$name: $$*"; start=$$(date +%s); "$$@"; code=$$?; \
		took=$$(( $$(date +%s) - start )); \
		[ $$code -eq 0 ] || { echo "check: FAILED in $$name after $$took s, exit code $$code"; exit $$code; }; \
		echo "== $$name: ok, $$took s"; \
	}; \
	part spec $(SPEC); part proof $(PROOF); part format $(FORMAT); part vet $(VET); part lint $(LINT); part test $(TEST); part coverage $(COVER); part race $(RACE); part determinism $(SEEDED); \
	echo "check: all passed in $$(( $$(date +%s) - begin )) s"

build: needs-go ## the two programs, in .bin/
	@mkdir -p .bin && $(GO) build -o .bin/ ./checker/cmd/check ./impl/cmd/cluster

soak: build ## many simulated runs with faults (SEEDS=n)
	@$(CHECKER) soak --seeds '$(SEEDS)' --tlc 1

# go test fuzzes one target of one package at a time, and -fuzz instruments all packages, cryptography too. The targets that run
# schedules look for what the protocol does, so it alone is instrumented for them: twice as fast (docs/fuzzing.md).
SCHEDULES ?= FuzzSchedule|FuzzKV|FuzzFive|FuzzThirty|FuzzRestart|FuzzJoin|FuzzRoles
# Before Go 1.27 the end of -fuzztime may pass for a failure: golang.org/issue/75804. It is one only where an input failed.
fuzz: needs-go ## every fuzz target in turn (FUZZTIME=10s each)
	@mkdir -p .bin; grep -rnoE --include='*_test.go' '^func Fuzz[A-Za-z]+' fuzz impl checker | while IFS=: read -r file _ func; do \
		dir=$$(dirname $$file); func=$${func#func }; echo "== $$dir $$func"; \
		{ if echo "$$dir/$$func" | grep -qE '^fuzz/($(SCHEDULES))$$'; then \
			$(GO) test -v -gcflags='multipaxos/impl/paxos=-d=libfuzzer' -run '^$$' -timeout 0 ./$$dir -args -test.fuzz "^$$func\$$" \
				-test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 10x -test.fuzzcachedir "$$($(GO) env GOCACHE)/fuzz/multipaxos/$$dir"; \
		else \
			$(GO) test -run '^$$' -fuzz "^$$func\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$dir; \
		fi; echo $$? >.bin/fuzz.code; } 2>&1 | tee .bin/fuzz.log; \
		[ "$$(cat .bin/fuzz.code)" = 0 ] || { grep -q '^ *context deadline exceeded$$' .bin/fuzz.log && \
			! grep -qi 'failing input\|panic' .bin/fuzz.log && echo "fuzz: the time was over, no input failed"; } || exit 1; \
	done

bench: needs-go ## the benchmarks
	@pkgs=$$(grep -rl '^func Benchmark' --include='*_test.go' . | xargs -n1 dirname | sort -u); \
	[ -z "$$pkgs" ] || $(GO) test -run '^$$' -bench . -benchmem $$pkgs

spec: build ## model-check the specification with TLC (TIER=full, MODEL=name)
	@$(SPEC)

spec-full: build ## all models with TLC, also the large ones: up to two hours
	@$(CHECKER) spec --tier full

spec-distributed: build ## the same as spec, by TLC's distributed mode: a server and WORKERS=2 processes (TIER=full, MODEL=name)
	@$(SPEC) --distributed $(WORKERS)

proof: build ## prove the core for any number of nodes, slots, ballots and values, with z3
	@$(PROOF)

test: needs-go ## the tests
	@$(TEST)

race: needs-go ## the tests with goroutines, under the race detector
	@$(RACE)

vet: needs-go ## go vet
	@$(VET)

lint: needs-go ## staticcheck, and what gofmt would change
	@$(FORMAT)
	@$(LINT)

fmt: needs-go ## format the Go code
	@gofmt -w .

clean: ## remove what runs wrote
	@rm -rf .bin histories/out spec/states spec/*_TTrace_*

# Go 1.21 and newer fetch the version that go.mod asks for by themselves; go env then names that one.
needs-go:
	@want=$$(sed -n 's/^go //p' go.mod); have=$$($(GO) env GOVERSION 2>/dev/null | sed 's/^devel //; s/^go//'); \
	echo "$${have:-none} $$want" | awk '{ split($$1, h, "."); split($$2, w, "."); \
		if ($$1 != "none" && (h[1]+0 > w[1]+0 || h[1] == w[1] && h[2]+0 >= w[2]+0)) exit 0; \
		print "Go " $$2 " or newer is needed, found " $$1 ": install it and put it on PATH"; exit 1 }' >&2
