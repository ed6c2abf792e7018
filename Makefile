# `make book` and `make test` do all set-up themselves; `make` alone says what there is.

BIN := .venv/bin

# Whose blog, which year, and where the book goes.
BLOG ?= examples/hugo-blog
YEAR ?= $(if $(filter examples/%,$(BLOG)),2025)
OUT ?=
export BLOG YEAR OUT

.DEFAULT_GOAL := help
.PHONY: help setup book watch examples test hostile check fix golden proofs pictures bench fidelity fidelity-fuzz faults crashes fuzz fonts dist ready clean

help: ## Say what there is
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | awk -F'|' '{printf "%-10s %s\n", $$1, $$2}'

setup: ## Install everything that book, test and the others need (they do it themselves)
	@scripts/setup.sh test

book: ## Build a book: the example's, or yours with BLOG=~/blog YEAR=2021 [OUT=file.pdf]
	@scripts/setup.sh
	@scripts/book.sh

watch: ## Build again whenever the blog changes: BLOG=~/blog YEAR=2021, until Ctrl-C
	@scripts/setup.sh
	@scripts/book.sh --watch

examples: ## Build the books of both example blogs
	@$(MAKE) --no-print-directory book BLOG=examples/hugo-blog YEAR=2025 OUT=
	@$(MAKE) --no-print-directory book BLOG=examples/jekyll-blog YEAR=2025 OUT=

test: setup ## Run the tests; T=name chooses
	@$(BIN)/python -m pytest $(if $(T),-k "$(T)")

hostile: setup ## Run the long tests: whole books with attacks, full disks and kills in them
	@$(BIN)/python -m pytest -m long

check: setup ## Lint, and check the types
	@$(BIN)/ruff check .
	@$(BIN)/mypy

fix: setup ## Mend what the linter can mend itself
	@$(BIN)/ruff check --fix .

proofs: setup ## Draw books as spreads into build/proofs/, for eyes to judge; BLOG=~/blog for your own
	@$(BIN)/python scripts/proofs.py $(if $(filter command line environment,$(origin BLOG)),"$(BLOG)")

pictures: setup ## Draw the pictures of the README and of docs/themes.md again
	@$(BIN)/python scripts/proofs.py --pictures --trim

bench: setup ## Measure: whole books against a naive build, finding posts, pictures; ratios of one run
	@$(BIN)/python scripts/bench_book.py
	@$(BIN)/python scripts/bench_discover.py
	@$(BIN)/python scripts/bench_images.py

fidelity: setup ## Compare our Markdown with the engine's: POSTS=folder ENGINE=jekyll|hugo
	@$(BIN)/python scripts/fidelity.py "$(POSTS)" $(or $(ENGINE),jekyll)

fidelity-fuzz: setup ## The same over random posts: ENGINE=jekyll|hugo N=20000 SEED=1
	@$(BIN)/python scripts/fidelity_fuzz.py $(or $(ENGINE),jekyll) $(or $(N),20000) $(or $(SEED),1)

faults: setup ## Break one thing at a time in a blog, and look whether the report names it: N=200 SEED=1 ENGINE=hugo|jekyll
	@$(BIN)/python scripts/faults.py $(or $(N),200) $(or $(SEED),1) $(or $(ENGINE),hugo)

crashes: setup ## Kill builds and fetches at random moments, run two at once, and look what is left: N=50 SEED=1 PAIRS=10
	@$(BIN)/python scripts/crashes.py $(or $(N),50) $(or $(SEED),1) $(or $(PAIRS),10)

fuzz: setup ## Throw random posts at the whole way to a chapter, long: N=5000 examples for each property
	@YEARBOOK_FUZZ=$(or $(N),5000) $(BIN)/python -m pytest -q tests/test_properties.py

golden: setup ## Rewrite what tests expect of the tiny blogs; read the difference before you keep it
	@$(BIN)/python tests/blog_kit.py

fonts: ## Prove that the vendored fonts are unmodified
	@python3 scripts/build_fonts.py --check

dist: setup ## Build the wheel, install it in a bare environment and typeset one page with it
	@$(BIN)/python scripts/try_wheel.py dist

ready: check test hostile dist ## All that must be green before a push; CI runs this

clean: ## Remove what the other targets made, .venv too
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find yearbook tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
