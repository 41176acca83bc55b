#!/bin/sh
# SPDX-License-Identifier: MIT
# Put the smallest set of inputs that reaches every edge into tests/fuzz/corpus/TARGET,
# out of what fuzz_run.sh found and what is committed. Inputs with a name of their own (a
# bug's) are kept; those named by their hash are replaced.
#
# usage: fuzz_merge.sh BUILD_DIR TARGET [MORE_INPUTS...]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
target=$2
shift 2
committed=$root/tests/fuzz/corpus/$target
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
mkdir -p "$committed" "$new/out" "$build/corpus/$target"
"$build/tests/${target}_fuzz" -merge=1 -set_cover_merge=1 -use_counters=0 -max_len=4096 \
    -rss_limit_mb=1024 -timeout=5 "$new/out" "$committed" "$build/corpus/$target" "$@" \
    >"$build/$target.merge.log" 2>&1 || {
    tail -n 5 "$build/$target.merge.log" >&2
    exit 1
}
for file in "$committed"/*; do
    name=$(basename "$file")
    printf '%s' "$name" | grep -Eqx '[0-9a-f]{40}' && rm -f "$file"
done
cp "$new/out"/* "$committed"/
printf '%s: %s files, %s bytes\n' "$target" "$(find "$committed" -type f | wc -l)" \
    "$(cat "$committed"/* | wc -c)"
