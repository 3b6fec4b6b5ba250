#!/bin/sh
"$@"
code=$?
if [ "$code" -ge 128 ] && [ "$code" -lt 160 ]; then code=$((code + 64)); fi
exit "$code"
