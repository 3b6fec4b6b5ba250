/** Where the program, its settings and its filter lie in git's container. */
export const CHECKOUT_PATHS = {
  program: "/slipway/read-checkout",
  lfsClean: "/slipway/lfs-clean",
  settings: "/slipway/gitconfig",
}

/**
 * What the machine that made the checkout may have had in its own settings, which do not travel with it: files as Git LFS
 * and core.autocrlf write them are as they were committed. What the checkout's own .git/config says of line ends still wins.
 * A file, and no variables: git does not pass those on to submodules.
 */
export const checkoutSettings = ({ lfsClean } = CHECKOUT_PATHS): string => `[safe]
	directory = *
[core]
	autocrlf = input
[filter "lfs"]
	clean = ${lfsClean}
	smudge = cat
	required = true
`

/**
 * The pointer that git-lfs stores for the file that it is given, so that a checkout can be read without git-lfs:
 * https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. A pointer that was never replaced by its file, and an empty
 * file, stay what they are.
 */
export const LFS_CLEAN = `#!/bin/sh
set -e
file=$(mktemp)
trap 'rm -f "$file"' EXIT
cat >"$file"
size=$(($(wc -c <"$file")))
first=
[ "$size" -ge 1024 ] || first=$(head -n 1 "$file" | tr -d '\\000')
if [ "$size" = 0 ] || [ "$first" = "version https://git-lfs.github.com/spec/v1" ]; then
  cat "$file"
else
  hash=$(sha256sum <"$file")
  printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' "\${hash%% *}" "$size"
fi
`

/**
 * Prints the commit's hash, time and refs, the remote's address (or nothing), and then the status; of a checkout without a
 * commit the status alone. It works on a copy, and changes in it what would keep git from looking: settings that have
 * another program say what changed, and what the index notes of files. Ends with 1 where git fails, with its words.
 */
export const READ_CHECKOUT = `#!/bin/sh
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
  printf '%s\\n' "$url"
  ;;
esac
printf '%s\\n' "$status"
`
