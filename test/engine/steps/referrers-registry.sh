# The only registry here that answers the referrers API: go-containerregistry's own, which its CLIs leave switched off.
. "$HOME_OF_STEPS/steps/layer.sh"
mkdir -p "$OUT/source" "$OUT/root/usr/local/bin"
cp "$HOME_OF_STEPS/referrers-registry/main.go" "$OUT/source/"
cd "$OUT/source"
go mod init slipway-test/referrers-registry
go mod edit -require="github.com/google/go-containerregistry@$VERSION"
CGO_ENABLED=0 go build -mod=mod -trimpath -ldflags "-s -w" -o "$OUT/root/usr/local/bin/referrers-registry" .
seal_layer "$OUT/root" --owner=0 --group=0
rm -rf "$OUT/root" "$OUT/source"
