# Flux's controllers and their custom resource definitions. One module of ours requires both, with their replacements, so
# that the packages that both need are compiled once.
mkdir -p "$OUT/bin" "$OUT/crds" "$OUT/module"
cd "$OUT/module"
go mod init slipway-engine >/dev/null
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\$/\1/p" <<<"$found"; }
packages=()
for name in $CONTROLLERS; do
  module=github.com/fluxcd/$name
  found=$(go mod download -json "$module@$VERSION")
  go mod edit -require="$module@$VERSION"
  # its replacements, without those by folders of its repository
  sed -nE 's/^(replace )?\t?([^ ]+) => ([^. ][^ ]*) ([^ ]+)$/-replace=\2=\3@\4/p' "$(field GoMod)" >>replacements
  cat "$(field Dir)/go.sum" >>go.sum
  cp "$(field Dir)"/config/crd/bases/*.yaml "$OUT/crds/"
  packages+=("$module")
done
go mod edit $(sort -u replacements) -replace="$REPLACED"
CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -ldflags "-s -w" -o "$OUT/bin/" "${packages[@]}"
chmod -R u+w "$OUT/crds"
rm -rf "$OUT/module"
