#!/bin/sh
# SPDX-License-Identifier: MIT
# The program of docs/embed.md, as a reader would build it: the library is installed into a
# fresh folder and found through pkg-config and through CMake; then it scores the demo.
# usage: embed_test.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >"$work/log"
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$source/docs/embed.md" >"$work/score.c"

pc=$(dirname "$(find "$work/prefix" -name roost.pc)")
# shellcheck disable=SC2046
gcc -std=c11 -Wall -Wextra -Werror "$work/score.c" -o "$work/score" \
    $(PKG_CONFIG_PATH="$pc" pkg-config \
        --define-variable=prefix="$work/prefix" --cflags --libs roost)
lib=$(dirname "$pc")
LD_LIBRARY_PATH=$lib "$work/score" "$source/registry/demo/models/census_linear/2" >"$work/a"

cat >"$work/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.20)
project(embed C)
find_package(Roost 0.1 REQUIRED)
add_executable(score score.c)
target_link_libraries(score PRIVATE Roost::roost)
EOF
cmake -S "$work" -B "$work/b" -DCMAKE_PREFIX_PATH="$work/prefix" >>"$work/log"
cmake --build "$work/b" >>"$work/log"
LD_LIBRARY_PATH=$lib "$work/b/score" "$source/registry/demo/models/census_linear/2" >"$work/b.out"
cmp "$work/a" "$work/b.out"

# Two probabilities, and an executive of 52 is likelier to earn above 50k than a seller of 39.
awk '{ if ($1 <= 0 || $1 >= 1) exit 1; score[NR] = $1 }
     END { exit !(NR == 2 && score[2] > score[1]) }' "$work/a"

# A folder that holds no model is an error with a sentence, not a crash.
mkdir "$work/empty"
if LD_LIBRARY_PATH=$lib "$work/score" "$work/empty" 2>"$work/err"; then
    echo "an empty folder was taken for a model"
    exit 1
fi
grep -q . "$work/err"
