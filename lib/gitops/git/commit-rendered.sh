#!/bin/sh
# SIGN GIT...: commits the files below "tree", which "paths" lists, on top of the fetched branch; prints its new commit.
set -e
here=${0%/*}
sign=$1
shift
export GIT_INDEX_FILE="$here/index"
parent=$("$@" rev-parse --quiet --verify 'refs/slipway/rendered^{commit}') || parent=
"$@" read-tree "${parent:---empty}"
while IFS= read -r path; do
  blob=$("$@" hash-object -w --no-filters -- "$here/tree/$path")
  "$@" update-index --add --cacheinfo "100644,$blob,$path"
done <"$here/paths"
tree=$("$@" write-tree)
if [ -n "$parent" ] && [ "$("$@" rev-parse "$parent^{tree}")" = "$tree" ]; then
  echo "same $parent"
  exit
fi
commit=$("$@" commit-tree ${sign:+"$sign"} ${parent:+-p "$parent"} -F "$here/message" "$tree")
"$@" update-ref refs/slipway/rendered "$commit"
echo "commit $commit"
