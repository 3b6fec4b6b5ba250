# A program whose module replaces some of its dependencies: `go install` refuses that, so a module of ours, with the same
# requirements, replacements and checksums, builds it.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root
mkdir -p "$OUT/bin" "$OUT/module" "$root$(dirname "$AT")"
cd "$OUT/module"
go mod init slipway-engine >/dev/null
found=$(go mod download -json "$MODULE@$VERSION")
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\$/\1/p" <<<"$found"; }
sed 's/^module .*/module slipway-engine/' "$(field GoMod)" >go.mod
cat "$(field Dir)/go.sum" >go.sum
go mod edit -require="$MODULE@$VERSION"
CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -ldflags "-s -w ${LINK:-}" -o "$OUT/bin/$(basename "$AT")" "$PACKAGE"
cp "$OUT/bin/$(basename "$AT")" "$root$AT"
seal_layer "$root" --owner=0 --group=0
rm -rf "$root" "$OUT/module"
