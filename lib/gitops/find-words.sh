#!/bin/sh
words=$1
shift
found=$(mktemp) said=$(mktemp)
"$@" >"$found" 2>"$said"
code=$?
cat "$said" >&2
[ "$code" = 0 ] || { [ "$code" = 1 ] && [ ! -s "$said" ]; } || exit 3
{ cat "$found" && sed 's/[.-]*$//' "$found"; } | sort -u | grep -Fxf "$words"
[ $? -le 1 ]
