#!/bin/sh
# A smoke test for CI or for a new machine: proves that the hashsweep which is installed here
# finds what it must find, stays silent where it must, and never calls an incomplete sweep clean.
#
#     smoke-test.sh [PYTHON]
#
# PYTHON is the interpreter that hashsweep is installed for; without it, `python3`.
set -eu
python=${1:-python3}
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

expect() { # expect STATUS REPORT SOURCE...: sweep the sources and compare the exit status
    wanted=$1 report=$2
    shift 2
    status=0
    "$python" -m hashsweep scan "$@" --list "$folder/known.csv" -o "$folder/$report" || status=$?
    if [ "$status" -ne "$wanted" ]; then
        echo "FAILED: the sweep '$report' ended with status $status, not $wanted" >&2
        exit 1
    fi
}

"$python" -m hashsweep selftest
"$python" "$here/../draw_corpus.py" --with-damage "$folder"
expect 0 clean "$folder/media/others"
expect 1 matches "$folder/media/copies"
expect 4 incomplete "$folder/media/damaged"
expect 5 both "$folder/media"
echo "ok: hashsweep on this machine finds what it must find"
