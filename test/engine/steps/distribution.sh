# Everything as the engine wants to find it: folders that its mount namespace lays over the host's.
mkdir -p "$OUT"/{bin,cni,share/content} "$OUT/scratch"
cp "$engine/bin/engine" "$OUT/bin/dagger-engine"
cp "$engine/bin/init" "$OUT/bin/dagger-init"
cp "$engine/bin/dagger" "$OUT/bin/dagger"
cp "$(command -v runc)" "$OUT/bin/runc"
cp /usr/lib/cni/{bridge,loopback,firewall,host-local} "$engine/bin/dnsname" "$OUT/cni/"

content() { # content VARIABLE LAYER-FOLDER... [--env K=V]...: an SDK's image, and the variable that names it
  local variable=$1
  shift
  printf '%s=%s\n' "$variable" "$(node "$HOME_OF_STEPS/lib/write-layout.mjs" "$OUT/scratch" "$@")" >>"$OUT/env"
  cp -r "$OUT/scratch/blobs" "$OUT/share/content/"
  rm -rf "$OUT/scratch"
}
proxies=file:///goproxy,$(go env GOPROXY)
# No checksum database: the folder's modules were checked when they were fetched, and there may be no network.
content DAGGER_GO_SDK_MANIFEST_DIGEST "$base_amd64" "$go_new" "$sdk_go" \
  --env GOPATH=/go --env GOTOOLCHAIN=local --env GOFLAGS=-buildvcs=false --env GOSUMDB=off --env "GOPROXY=$proxies" \
  --env CGO_ENABLED=0 --env PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
content DAGGER_TYPESCRIPT_SDK_MANIFEST_DIGEST "$sdk_typescript"
echo "GOPROXY=$proxies" >>"$OUT/env"
