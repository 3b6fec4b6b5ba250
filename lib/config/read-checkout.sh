#!/bin/sh
set -e
trap '[ $? = 0 ] || exit 1' EXIT
own=$(git rev-parse --git-dir)
shared=$(git rev-parse --git-common-dir)

{
  ls "$shared/config"
  ls "$own/config.worktree" 2>/dev/null || true
  find "$shared/modules" -type f -name config 2>/dev/null || true
} | while IFS= read -r config; do
  for key in core.fsmonitor core.untrackedCache filter.lfs.clean filter.lfs.smudge filter.lfs.process filter.lfs.required; do
    git config --file "$config" --unset-all "$key" || [ $? = 5 ] # there was none
  done
done

rm -f "$own/index.lock" # of a git that was at work where the copy comes from
# Entries without a note of size and time: each file is compared by what is in it, also one that git was told not to look
# at. In a sparse checkout what is not there is left out on purpose.
entry='s/^. //p'
[ "$(git config --type=bool core.sparseCheckout)" != true ] || entry='s/^[^Ss] //p'
git ls-files -s -v | sed -n "$entry" | git update-index --index-info

status=$(git -c core.quotePath=false status --porcelain=v2 --branch --no-renames --untracked-files=normal --ignore-submodules=none)
case $status in
*'# branch.oid (initial)'*) ;;
*)
  git log -1 --no-show-signature --format='%H%n%ct%n%D'
  url=$(git config --get remote.origin.url) || [ $? = 1 ] # there is none
  printf '%s\n' "$url"
  ;;
esac
printf '%s\n' "$status"
