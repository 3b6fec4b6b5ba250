#!/bin/sh
branch=$1 seconds=$2
shift 2
export GIT_LITERAL_PATHSPECS=1
here=${0%/*}

# hundredths of a second since the machine booted
tell_time() {
  read -r up rest </proc/uptime
  now=${up%.*}${up#*.}
}

tell_time
end=$((now + seconds * 100))
base=$("$@" rev-parse HEAD^) && commit=$("$@" rev-parse HEAD) || exit 1
"$@" ls-tree -r HEAD | grep -q '^120000' && end=0
"$@" log -1 --format=%B | sed -n 's/^\(Slipway-Bump: [^ ]* [^ ]* \).*/\1/p' >"$here/bumps"
tries=0
spread=4
start=$now
while :; do
  tries=$((tries + 1))
  "$@" push --porcelain --no-verify --no-follow-tags origin "$commit:refs/heads/$branch" >"$here/stdout" 2>"$here/stderr"
  code=$?
  [ "$code" = 0 ] && break
  tell_time
  [ "$now" -lt "$end" ] || break

  # a random part of the last try's time, multiplied by a guess of the number of writers that doubles each time
  longest=$(((now - start + 1) * spread))
  [ "$longest" -le 1000 ] || longest=1000
  pause=$(($(od -An -N2 -tu2 /dev/urandom) % longest))
  sleep "$(printf '%d.%02d' $((pause / 100)) $((pause % 100)))"
  [ "$spread" -ge 32 ] || spread=$((spread * 2))

  tell_time
  start=$now
  "$@" fetch --quiet --no-tags origin "refs/heads/$branch" 2>>"$here/stderr" || break
  tip=$("$@" rev-parse FETCH_HEAD)
  between=$("$@" rev-list --left-right "$base...$tip") || break
  case $between in
  '' | *'<'* | *"$commit"*) break ;; # the branch is unchanged, was rewritten, or has the commit already
  esac
  touched=$({ echo "$base..$tip" && echo -- && cat "$here/reads"; } | "$@" rev-list --full-history --stdin) || break
  [ -z "$touched" ] || break
  ! "$@" log --format=%B "$base..$tip" | grep -qFf "$here/bumps" || break
  "$@" reset --quiet --hard "$tip" &&
    "$@" checkout --quiet --pathspec-from-file="$here/files" "$commit" &&
    "$@" commit --quiet --no-gpg-sign --cleanup=verbatim --reuse-message="$commit" || break
  for other in $between; do echo "overtaken ${other#>}"; done
  base=$tip
  commit=$("$@" rev-parse HEAD)
done
echo "tries $tries"
echo "commit $commit"
cat "$here/stdout"
cat "$here/stderr" >&2
[ "$code" -lt 128 ] || exit 1
exit "$code"
