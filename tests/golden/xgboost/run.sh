#!/bin/sh
# SPDX-License-Identifier: MIT
# Train with Debian's XGBoost, then compare; 77 (skipped) when it is not installed.
# usage: run.sh PYTHON XGBOOST_GOLDEN_TEST DIRECTORY
set -eu
"$1" "$(dirname "$0")/train.py" "$3"
exec "$2" trained "$3"
