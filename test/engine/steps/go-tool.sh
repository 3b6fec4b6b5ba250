# A program from its Go module, in $OUT/bin and as a layer that has it at the path of its official image.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root
name=$(basename "$AT")
mkdir -p "$OUT/bin" "$root$(dirname "$AT")"
cd "$OUT"
CGO_ENABLED=0 GOBIN=$OUT/bin go install -buildvcs=false -trimpath -ldflags "-s -w ${LINK:-}" "$PACKAGE@$VERSION"
cp "$OUT/bin/$(basename "$PACKAGE" | sed "s/^v[0-9]*$/$name/")" "$root$AT"
[ -z "${FILES:-}" ] || cp -r "$HOME_OF_STEPS/$FILES/." "$root/"
if [ -n "${MODULE_FILES:-}" ]; then # FROM=TO: files that the image takes from the program's own repository
  go mod init slipway-engine >/dev/null
  module=$(go mod download -json "$MODULE@$VERSION" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  mkdir -p "$root${MODULE_FILES#*=}"
  cp "$module"/${MODULE_FILES%=*} "$root${MODULE_FILES#*=}/"
  rm go.mod
fi
chmod -R u+w "$root"
seal_layer "$root" --owner=0 --group=0
rm -rf "$root"
