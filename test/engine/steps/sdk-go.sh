# The engine's Go SDK, which compiles the TypeScript SDK's runtime: a Go toolchain, the code generator, Go modules.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root modules=$OUT/modules
mkdir -p "$root"/{usr/local/bin,go/pkg/mod,root/.cache/go-build,goproxy} "$modules/main"
cp "$engine/bin/codegen" "$root/usr/local/bin/"
# The modules that an SDK written in Go is built with, as a proxy in a folder: compiling needs no network.
cd "$modules/main"
cat >go.mod <<END
module main

go 1.26.1

require (
	dagger.io/dagger $DAGGER
	github.com/tidwall/gjson $GJSON
	github.com/tidwall/sjson $SJSON
)
END
cat >main.go <<END
package main

import (
	_ "dagger.io/dagger"
	_ "github.com/tidwall/gjson"
	_ "github.com/tidwall/sjson"
)

func main() {}
END
export GOMODCACHE=$modules GOFLAGS=-mod=mod
go mod tidy
go mod download all
cp -r "$modules/cache/download/." "$root/goproxy/"
# A module that the proxy serves but does not list is listed here, by the versions at hand.
find "$root/goproxy" -type d -name @v | while read -r folder; do
  [ -e "$folder/list" ] || find "$folder" -name '*.mod' -printf '%f\n' | sed 's/\.mod$//' >"$folder/list"
done
# Compiled already, as in the official engine: its empty one does not compile the standard library before the first call.
# A package's key in the cache names the folder that it was compiled in, so that is the one of the image here, too.
made=()
for folder in /go /go/pkg /go/pkg/mod; do
  [ -d "$folder" ] || { mkdir "$folder" && made=("$folder" "${made[@]}"); }
done
mount --bind "$modules" /go/pkg/mod
export GOMODCACHE=/go/pkg/mod GOCACHE=$root/root/.cache/go-build CGO_ENABLED=0 GOFLAGS=-mod=mod
go build std
# -e: some of its packages need modules that only its own tests have
go list -e -export -deps dagger.io/dagger/... github.com/tidwall/gjson github.com/tidwall/sjson >/dev/null
umount /go/pkg/mod
[ ${#made[@]} -eq 0 ] || rmdir "${made[@]}"
chmod -R u+w "$root" "$modules"
seal_layer "$root" --owner=0 --group=0
rm -rf "$root" "$modules"
