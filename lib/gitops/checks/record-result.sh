#!/bin/sh
# OUT COMMAND...: runs the command, and writes its output and exit code to files.
out=$1
shift
export HOME=/tmp
"$@" >"$out/stdout" 2>"$out/stderr"
echo $? >"$out/code"
