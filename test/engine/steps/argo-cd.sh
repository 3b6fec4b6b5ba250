# Argo CD's application controller, repository server and API server in one program, called by any of their names. Their
# module replaces some of its dependencies, so a module of ours, with the same requirements and replacements, builds it.
# Version 3.2.12 as published does not compile: its cache of clusters calls a function that its settings do not export. A copy
# of the module exports it.
mkdir -p "$OUT/bin" "$OUT/module"
cd "$OUT/module"
go mod init slipway-engine >/dev/null
name=github.com/argoproj/argo-cd/v3
found=$(go mod download -json "$name@$VERSION")
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\$/\1/p" <<<"$found"; }
sed 's/^module .*/module slipway-engine/' "$(field GoMod)" >go.mod
cat "$(field Dir)/go.sum" >go.sum
cp -r "$(field Dir)" argo-cd
chmod -R u+w argo-cd
cp "$HOME_OF_STEPS/argo-cd/settings/exported.go" argo-cd/util/settings/
go mod edit -require="$name@$VERSION" -replace="$name=./argo-cd"
cp "$HOME_OF_STEPS/argo-cd/main.go" .
CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -ldflags "-s -w -X $name/common.version=${VERSION#v}" \
  -o "$OUT/bin/argo-cd" .
rm -rf "$OUT/module"
