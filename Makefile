# The habits, one command each. Everything else is CMake (CMakePresets.json: dev, asan, tsan, fuzz, release).
.PHONY: build tools demo test screenshots proof soak bench asan tsan fuzz release lint format clean

build:
	@sh deploy/install-build-deps.sh
	cmake --preset dev
	cmake --build --preset dev --target manyi manyi-sim

# What tests and style checks need besides.
tools: build
	@sh tests/install-test-deps.sh

demo: build
	build/manyi demo

# The suite, the suite again under ASan and UBSan, the server under TSan, a slice of fuzzing.
# All builds run as one ctest, so that its summary is the last word.
test: tools
	cmake --build --preset dev
	cmake --preset asan && cmake --build --preset asan
	cmake --preset tsan && cmake --build --preset tsan
	cmake --preset fuzz && cmake --build --preset fuzz
	cmake --preset release && cmake --build --preset release
	sh tests/all.sh

# Every page in both languages, light and dark, narrow and wide: build/screenshots. README=yes: the two of README.md anew.
screenshots: tools
	MANYI=build/manyi node tests/web/screenshots.mjs build/screenshots

# Everything that says "nothing is lost", at full size (about an hour), and the table of README.md from its figures.
# PROOF=slice: under ten minutes, and the table with smaller figures.
proof: tools
	cmake --build --preset dev
	cmake --preset fuzz && cmake --build --preset fuzz
	/usr/bin/python3 tests/proof/proof.py $(if $(filter slice,$(PROOF)),--slice)

# A month of kills, stalls and floods in an hour: memory and descriptors stay flat.
soak: tools
	MANYI=build/manyi /usr/bin/python3 tests/crash/soak.py --minutes 60

# Speed beside Redis Streams, NATS JetStream and the bare disk: docs/BENCHMARKS.md, in less than half an hour. BENCH="--quick": minutes;
# BENCH="--only ingest": one part; BENCH="--disk FOLDER": another disk than that of /var/tmp.
bench: build release
	@sh tests/bench/install-peers.sh || echo "The peers could not be installed: what is missing is said in the table." >&2
	cmake --preset dev && cmake --build --preset dev --target benches
	/usr/bin/python3 tests/bench/bench.py $(BENCH)

asan:
	@sh deploy/install-build-deps.sh && sh tests/install-test-deps.sh
	cmake --preset asan && cmake --build --preset asan && ctest --preset asan

tsan:
	@sh deploy/install-build-deps.sh && sh tests/install-test-deps.sh
	cmake --preset tsan && cmake --build --preset tsan && ctest --preset tsan

# Each target so long; for hours: make fuzz FUZZ_SECONDS=3600
FUZZ_SECONDS = 60
fuzz:
	@sh deploy/install-build-deps.sh && sh tests/install-test-deps.sh
	cmake --preset fuzz && cmake --build --preset fuzz
	tests/fuzz/run_all.sh $(FUZZ_SECONDS)

release:
	@sh deploy/install-build-deps.sh
	cmake --preset release && cmake --build --preset release

# What clang-tidy thinks: to be read, not obeyed.
lint: tools
	clang-tidy-14 -p build --quiet $$(git ls-files '*.c' | grep -v '^tests/')

format:
	clang-format-14 -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf build build-asan build-tsan build-fuzz build-release build-all
