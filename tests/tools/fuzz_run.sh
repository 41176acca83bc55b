#!/bin/sh
# SPDX-License-Identifier: MIT
# Run fuzz targets that were built with ROOST_FUZZ=ON, one after the other, each until one
# of its two limits, and print a row of tests/fuzz/README.md's table for each.
#
# usage: fuzz_run.sh BUILD_DIR [TARGET|all [SECONDS [INPUTS]]]
#
# Inputs found stay in BUILD_DIR/corpus/TARGET; what broke lies in BUILD_DIR/found/TARGET,
# to be replayed with BUILD_DIR/tests/TARGET_fuzz FILE. Exit code 1: something broke.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$1
only=${2:-all}
seconds=${3:-600}
inputs=${4:-1000000}

dictionary() {
    case $1 in
    model_yaml | config_yaml | group_yaml) echo yaml ;;
    xgboost_*) echo xgboost ;;
    http_head | route) echo http ;;
    safetensors | inflate) echo "$1" ;;
    *) echo json ;;
    esac
}

run() {
    work=$build/corpus/$1
    found=$build/found/$1
    log=$build/$1.log
    committed=$root/tests/fuzz/corpus/$1
    mkdir -p "$work" "$found"
    [ -d "$committed" ] || committed=
    status=0
    # shellcheck disable=SC2086 # no second corpus when nothing was committed yet
    "$build/tests/$1_fuzz" -max_len=4096 -timeout=5 -rss_limit_mb=1024 \
        -runs="$inputs" -max_total_time="$seconds" -print_final_stats=1 \
        -dict="$root/tests/fuzz/dict/$(dictionary "$1").dict" \
        -artifact_prefix="$found/" "$work" $committed >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: //p' "$log")
    took=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) .*/\1/p' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)
    printf '| %s | %s | %s | %s | %s |\n' "$1" "${runs:-?}" "${took:-?}" "${edges:-?}" \
        "$([ $status -eq 0 ] && echo none || echo "see $log and $found")"
    return $status
}

broken=0
echo '| target | inputs | seconds | edges | found |'
for source in "$root"/tests/fuzz/*_fuzz.c; do
    target=$(basename "$source" _fuzz.c)
    [ "$only" = all ] || [ "$only" = "$target" ] || continue
    ran=1
    run "$target" || broken=1
done
[ -n "${ran:-}" ] || {
    echo "there is no target $only; there are:" \
        "$(basename -a -s _fuzz.c "$root"/tests/fuzz/*_fuzz.c | tr '\n' ' ')" >&2
    exit 2
}
exit $broken
