# Needs only make and Python 3.11 or newer; `make PYTHON=python3.12 run` names another interpreter.
# Everything is installed into .venv from the pinned, hashed lists in requirements/, once: a second call needs no network.
# No target holds a path from outside: the checkout may lie in a folder with spaces or Chinese characters.

PYTHON ?= python3
VENV := .venv
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Chinese file names whatever the locale; a venv or PYTHONPATH of the caller must not leak in.
export PYTHONUTF8 := 1
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

BIN := $(VENV)/bin
PY := $(BIN)/python

# A venv that was made elsewhere (the folder was moved) or whose Python is gone is made anew.
HOME_OF_VENV := $(shell $(PY) -c "import sys" 2>/dev/null && cat $(VENV)/made-in 2>/dev/null)
ifneq ($(HOME_OF_VENV),$(CURDIR))
$(VENV)/made-in: anew
endif

.PHONY: help run test check lint docs bench lock clean anew

help:
	@printf '%s\n' \
	  'make run     主流程：哈尔滨中心城区（data/raw 中没有提取数据时在线获取），没有网络时为样例城镇' \
	  '             The main job: central Harbin, pulled live where no extract is at hand; offline the sample town' \
	  'make test    测试 / the tests' \
	  'make check   代码检查与测试 / linters, types, import floors, then the tests' \
	  'make docs    文档网站，在 site/ / the documentation as a site, in site/' \
	  'make bench   与同类工具并排测速 / measure beside peers, in an environment of their own' \
	  'make lock    更新锁定的依赖（需要网络） / renew the pinned requirements (needs the network)' \
	  'make clean   删除 .venv 和缓存，不动数据 / remove .venv and caches; data stay' \
	  '' \
	  'PYTHON=python3.12 make run   换用另一个 Python / use another interpreter'

# --- the environment ----------------------------------------------------------------------------------------------

$(VENV)/made-in:
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo '找不到 $(PYTHON)。请安装 Python 3.11 或更新版本，或用 make PYTHON=... 指定。' >&2; \
	  echo 'There is no $(PYTHON). Install Python 3.11 or newer, or name one: make PYTHON=...' >&2; exit 2; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo '需要 Python 3.11 或更新版本，而 $(PYTHON) 是：' "$$('$(PYTHON)' -V 2>&1)" >&2; \
	  echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.11 ...' >&2; exit 2; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) 缺少 venv 模块（Debian/Ubuntu：apt install python3-venv）。' >&2; \
	  echo '$(PYTHON) lacks the venv module (Debian/Ubuntu: apt install python3-venv).' >&2; exit 2; }
	@rm -rf $(VENV)
	'$(PYTHON)' -m venv $(VENV)
	@printf '%s' "$(CURDIR)" > $@

# The developers' list holds everything of the user's list in the same versions.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml $(VENV)/made-in
	$(PY) -m pip install --quiet --require-hashes -r requirements/run.txt
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(PY) -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# --- the main job -------------------------------------------------------------------------------------------------

# The newest extract in data/raw, else the one that lies beside the checkout on the test machine.
EXTRACT = { ls -1t data/raw/harbin*.osm.pbf data/raw/哈尔滨市.osm.pbf 2>/dev/null; \
  ls -1t ../shared/data/harbin/harbin-central-*.osm.pbf 2>/dev/null; true; } | sed -n 1p

run: $(VENV)/run.stamp
	@extract="$$($(EXTRACT))"; \
	if [ -n "$$extract" ]; then \
	  $(PY) -m cfc_gis.cli run 哈尔滨市 --osm "$$extract" --out data/processed/哈尔滨市 && \
	  printf '%s\n' "完成：哈尔滨市中心城区，数据 $$extract；请打开 data/processed/哈尔滨市/report.html / Done: central Harbin from $$extract; open data/processed/哈尔滨市/report.html"; \
	else \
	  code=0; $(PY) -m cfc_gis.cli run 哈尔滨市 --live --out data/processed/哈尔滨市 || code=$$?; \
	  if [ $$code -eq 0 ]; then \
	    printf '%s\n' '完成：哈尔滨市中心城区，数据为在线获取；请打开 data/processed/哈尔滨市/report.html / Done: central Harbin, pulled live; open data/processed/哈尔滨市/report.html'; \
	  elif [ $$code -ne 3 ]; then \
	    exit $$code; \
	  else \
	    $(PY) -m cfc_gis.cli demo --out data/processed/sample-town && \
	    printf '%s\n' '没有找到 data/raw/harbin*.osm.pbf，也无法在线获取，所以运行了样例城镇：数据为人工合成，不是哈尔滨，也不是任何真实地点；请打开 data/processed/sample-town/report.html / No data/raw/harbin*.osm.pbf and nothing could be pulled, so this was the sample town: synthetic data, not Harbin, no real place; open data/processed/sample-town/report.html'; \
	  fi; \
	fi

# --- checks -------------------------------------------------------------------------------------------------------

# Files of tests are spread over two processes, which need about 2 GB of memory each; JOBS=4 make test takes more.
JOBS ?= 2
PYTEST = $(PY) -m pytest -n $(JOBS) --dist loadfile

test: $(VENV)/dev.stamp
	$(PYTEST)

lint: $(VENV)/dev.stamp
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(BIN)/lint-imports

check: lint docs
	$(PYTEST)

# Opens from a folder, without a server or a network. The variable silences an announcement that is no warning of ours.
docs: $(VENV)/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

# --- benchmarks ---------------------------------------------------------------------------------------------------

# The peers have an environment of their own, so that they bring nothing into ours.
$(VENV)-peers/stamp: requirements/peers.txt $(VENV)/made-in
	'$(PYTHON)' -m venv $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --require-hashes -r requirements/peers.txt
	@touch $@

bench: $(VENV)/run.stamp $(VENV)-peers/stamp
	@extract="$$($(EXTRACT))"; [ -n "$$extract" ] || { echo 'data/raw/harbin*.osm.pbf?' >&2; exit 2; }; \
	$(PY) benchmarks/reading.py "$$extract" --peers $(VENV)-peers/bin/python; \
	$(PY) benchmarks/engine.py "$$extract" --peers $(VENV)-peers/bin/python; \
	$(PY) benchmarks/growth.py "$$extract"

# --- pinned requirements ------------------------------------------------------------------------------------------

# One list for Linux, macOS and Windows and every supported Python, with the hash of every wheel; one version of each
# package wherever that is possible, so that results do not differ between machines. Nothing names a registry.
COMPILE = .cache/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-annotate --no-header --no-config --upgrade

lock:
	@mkdir -p .cache
	'$(PYTHON)' -m venv .cache/lock
	.cache/lock/bin/python -m pip install --quiet --require-hashes -r requirements/lock.txt
	$(COMPILE) --output-file requirements/lock.txt requirements/lock.in
	$(COMPILE) --output-file requirements/dev.txt --group test --group check --group docs pyproject.toml requirements/build.in
	$(COMPILE) --output-file requirements/run.txt --constraints requirements/dev.txt pyproject.toml requirements/build.in
	$(COMPILE) --output-file requirements/peers.txt benchmarks/peers.in
	@! grep -nE '://|^ *--(index|extra-index|find-links)' requirements/*.txt || { \
	  echo 'a list names a host: remove it' >&2; exit 1; }

clean:
	rm -rf $(VENV) $(VENV)-peers .cache site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find cfc_gis tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +
