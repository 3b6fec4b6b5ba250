# The engine, its CLI and its helpers, from the Go module of the release.
source=$OUT/source
mkdir -p "$source" "$OUT/bin"
cd "$OUT"
go mod init slipway-engine >/dev/null
module=$(go mod download -json "github.com/dagger/dagger@$DAGGER" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
rm go.mod
tar -C "$module" --exclude=docs --exclude=evals --exclude=core/integration -cf - . | tar -xf - -C "$source"
chmod -R u+w "$source"
cd "$source"
stubs=$HOME_OF_STEPS/stand-in

# Stand-in: the Dang interpreter's module is not on the Go module proxy; no module here is written in Dang.
for version in v1 v2; do
  rm core/sdk/dang/$version/*
  sed "s/@PACKAGE@/dang$version/" "$stubs/dang.go.in" >core/sdk/dang/$version/sdk.go
done
# Stand-in: the interactive views need terminal modules that are not on the proxy; tests read the plain output.
views=dagql/idtui
rm $views/*_test.go $views/frontend_{pretty,tests,log_pager,dots,logs,streaming_logs,test_summary_logs,claims}.go \
  $views/{notification,error_label,keymap,vterm,search}.go
cp "$stubs/frontend_lite.go" $views/
sed -i '/vito\/midterm/d; s/midterm\.Reset\.Render()/"\\x1b[0m"/' util/scrub/scrub.go
# Stand-in: the release generates this package; it is not in the module.
mkdir -p engine/distconsts
cp "$stubs/distconsts.go" engine/distconsts/
printf 'module github.com/dagger/dagger/engine/distconsts\n\ngo 1.26\n' >engine/distconsts/go.mod
# The Go SDK asks for its library by commit; the proxy has it by the tag on that commit.
sed -i "s/goSDKLibVersion = \"[0-9a-f]*\"/goSDKLibVersion = \"$DAGGER\"/" core/sdk/go_sdk.go
sed -i "/vito\/\(dang\|midterm\|bubbline\|tuist\)/d; s#dagger.io/dagger => ./sdk/go#dagger.io/dagger => dagger.io/dagger $DAGGER#" go.mod
# Stand-in: two types of the shell's completion, which this build never shows.
cp -r "$stubs/tuist" tuist-stand-in
printf '\nrequire github.com/vito/tuist v0.0.6\nreplace github.com/vito/tuist => ./tuist-stand-in\n' >>go.mod

name=github.com/dagger/dagger/engine
CGO_ENABLED=0 go build -mod=mod -trimpath -buildvcs=false -tags dfexcludepatterns,dfparents \
  -ldflags "-s -w -X $name.Version=$DAGGER -X $name.Tag=$DAGGER" \
  -o "$OUT/bin/" ./cmd/engine ./cmd/dagger ./cmd/init ./cmd/dnsname ./cmd/codegen
rm -rf "$source"
