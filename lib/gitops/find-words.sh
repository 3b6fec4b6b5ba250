#!/bin/sh
words=$1
shift
found=$(mktemp) stderr=$(mktemp)
"$@" >"$found" 2>"$stderr"
code=$?
cat "$stderr" >&2
[ "$code" = 0 ] || { [ "$code" = 1 ] && [ ! -s "$stderr" ]; } || exit 3
{ cat "$found" && sed 's/[.-]*$//' "$found"; } | sort -u | grep -iFxf "$words"
[ $? -le 1 ]
