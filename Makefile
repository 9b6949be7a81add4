# Every target first installs what is missing (nothing when nothing is). CONTRIBUTING.md says what they do.
.PHONY: build demo test test-versions mutants bench fuzz format clean bootstrap

build: bootstrap
	cmake --preset release
	cmake --build --preset release
	@echo "built build/bin/rivet"

demo: bootstrap
	@demo/run

test: bootstrap
	@scripts/test

test-versions: bootstrap
	cmake --preset crash
	cmake --build --preset crash
	@"$$(scripts/bootstrap --venv)/bin/python" scripts/test-versions --only "$(ONLY)"

mutants: bootstrap
	@python3 tools/mutants.py $(MUTANTS)

bench: bootstrap
	@scripts/bootstrap --also libbenchmark-dev
	@cmake --preset bench
	@cmake --build --preset bench
	@bench/run $(BENCH)

fuzz: bootstrap
	@scripts/bootstrap --also clang-16 --also libclang-rt-16-dev
	@cmake --preset fuzz
	@cmake --build --preset fuzz
	@fuzz/run $(FUZZ)

format:
	@scripts/bootstrap --also clang-format
	@find src tests fuzz bench \( -name '*.cc' -o -name '*.h' \) -print0 2>/dev/null | xargs -0 -r clang-format -i

clean:
	rm -rf build

bootstrap:
	@scripts/bootstrap
