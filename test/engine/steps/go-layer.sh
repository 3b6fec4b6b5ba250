# A Go toolchain where the official image has it: the host's own, or a release from the Go module proxy.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root
mkdir -p "$root/usr/local" "$root"/go/{bin,src}
from=$(go env GOROOT)
if [ -n "${RELEASE:-}" ]; then
  cd "$OUT"
  go mod init slipway-engine >/dev/null
  from=$(go mod download -json "golang.org/toolchain@v0.0.1-go$RELEASE.linux-amd64" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
fi
cp -rL "$from" "$root/usr/local/go"
chmod -R u+w "$root"
chmod +x "$root"/usr/local/go/bin/* "$root"/usr/local/go/pkg/tool/*/*
rm -rf "$root/usr/local/go"/{test,api,doc} "$OUT/go.mod"
seal_layer "$root" --owner=0 --group=0
rm -rf "$root"
