#!/bin/bash -eu
# Builds every target of ./fuzz as a libFuzzer binary. The builder image brings compile_native_go_fuzzer, which wants
# its stand-in for package testing in go.mod; this changes the copy in the container only.
cd "$SRC/multipaxos"
go get github.com/AdamKorcz/go-118-fuzz-build/testing
grep -hoE '^func Fuzz[A-Za-z]+' fuzz/*_test.go | while read -r _ target; do
  compile_native_go_fuzzer multipaxos/fuzz "$target" "$target"
done
