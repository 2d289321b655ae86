# The two commands of the README are `make poster` and `make test`; everything else is CMake's (see CMakePresets.json).
.DEFAULT_GOAL := build
.PHONY: build install poster wheel test test-frameworks bench lint format clean
SHELL := /bin/bash

build:
	@tools/install-packages build
	@[ -f build/release/build.ninja ] || cmake --preset program >build-release.log || { cat build-release.log; rm -f build-release.log; exit 1; }
	@rm -f build-release.log
	@cmake --build --preset release --target nwedge_program

# Onto the PATH, with the manual page and what shells complete with; as root for the default PREFIX.
PREFIX ?= /usr/local
install: build
	@DESTDIR="$(DESTDIR)" cmake --install build/release --prefix "$(PREFIX)" >/dev/null
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/nwedge, with its manual page (man nwedge) and completion for bash, zsh and fish"

poster: build
	@build/release/nwedge study studies/poster.toml -o runs/poster --resume

# A wheel of the Python package with what it links inside, for machines without these packages.
wheel:
	@tools/install-packages build python
	@tools/make-wheel dist

test:
	@tools/install-packages build test bench
	@cmake --preset release
	@cmake --build --preset release
	@ctest --preset release --output-on-failure

# The Python package with PyTorch and JAX too, 3 GB from PyPI.
test-frameworks:
	@tools/install-packages build python
	@[ -f build/release/build.ninja ] || cmake --preset program >/dev/null
	@cmake --build --preset release --target nwedge_program
	@python/tests/run build/release python3 test,torch,jax

bench:
	@tools/install-packages build test bench
	@cmake --preset release
	@cmake --build --preset release --target nwedge_bench
	@bench/run

lint:
	@tools/install-packages build test develop
	@tools/check-layers
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run --Werror
	@cmake --preset tidy
	@cmake --build --preset tidy

format:
	@tools/install-packages develop
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format -i

clean:
	rm -rf build
