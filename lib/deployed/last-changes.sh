#!/bin/sh
queries=$1
shift
tab=$(printf '\t')
number=0
while IFS="$tab" read -r text path; do
  number=$((number + 1))
  printf '@%s\n' "$number"
  "$@" "-S$text" -- ":(top,literal)$path" || exit
done <"$queries"
