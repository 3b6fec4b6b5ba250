# kube-apiserver and kube-controller-manager in one program, called by either name. Their module replaces its own parts by
# folders of its repository; a module of ours takes these parts as they are published.
mkdir -p "$OUT/bin" "$OUT/module"
cd "$OUT/module"
go mod init slipway-engine >/dev/null
found=$(go mod download -json "k8s.io/kubernetes@$VERSION")
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\$/\1/p" <<<"$found"; }
parts=v0.${VERSION#v1.}
sed -E -e 's/^module .*/module slipway-engine/' -e '/^godebug/d' \
  -e "s#(k8s\.io/[a-z-]+) => \./staging/src/.*#\1 => \1 $parts#" -e "s#(k8s\.io/[a-z-]+) v0\.0\.0( |\$)#\1 $parts\2#" \
  "$(field GoMod)" >go.mod
cat "$(field Dir)/go.sum" >go.sum
go mod edit -require="k8s.io/kubernetes@$VERSION"
cp "$HOME_OF_STEPS/kubernetes/main.go" .
version="-X k8s.io/component-base/version.gitVersion=$VERSION -X k8s.io/client-go/pkg/version.gitVersion=$VERSION"
CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -ldflags "-s -w $version" -o "$OUT/bin/kubernetes" .
rm -rf "$OUT/module"
