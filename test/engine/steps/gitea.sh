# Gitea, and the folders that it reads beside its program. Its module is published as code.gitea.io/gitea and declares itself
# as gitea.dev, and it replaces dependencies: a module of ours, with the same requirements and checksums, builds it.
# SQLite is in it without C. The scripts and styles of its pages are not in the module: it serves the API, git and packages.
mkdir -p "$OUT/bin" "$OUT/module"
cd "$OUT/module"
go mod init slipway-engine >/dev/null
found=$(go mod download -json "code.gitea.io/gitea@$VERSION")
field() { sed -n "s/^\t\"$1\": \"\(.*\)\",\$/\1/p" <<<"$found"; }
sed 's/^module .*/module slipway-engine/' "$(field GoMod)" >go.mod
cat "$(field Dir)/go.sum" >go.sum
go mod edit -require="gitea.dev@$VERSION" -replace="gitea.dev=code.gitea.io/gitea@$VERSION"
CGO_ENABLED=0 go build -mod=mod -buildvcs=false -trimpath -ldflags "-s -w -X main.Version=${VERSION#v}" -o "$OUT/bin/gitea" gitea.dev
for folder in options public templates; do cp -r "$(field Dir)/$folder" "$OUT/$folder"; done
chmod -R u+w "$OUT"
rm -rf "$OUT/module"
