# The engine's TypeScript SDK. The official one pulls Node from a registry when a module is loaded; this one has it inside.
. "$HOME_OF_STEPS/steps/layer.sh"
parts=$HOME_OF_STEPS/typescript-sdk
root=$OUT/root
mkdir -p "$root"/{rootfs/opt/sdk,lib,stub,entrypoint} "$OUT/bundle"
tar -xzf "$base_amd64/layer.tar.gz" -C "$root/rootfs"
tar -xzf "$node_sdk/layer.tar.gz" -C "$root/rootfs"
cd "$root/rootfs/opt/sdk"
echo '{"private":true}' >package.json
npm install --silent --no-audit --no-fund "@dagger.io/dagger@${DAGGER#v}" "typescript@$TYPESCRIPT" "tsx@$TSX" "yarn@$YARN"
ln -s /opt/sdk/node_modules/tsx/dist/cli.mjs "$root/rootfs/usr/local/bin/tsx"
ln -s /opt/sdk/node_modules/yarn/bin/yarn.js "$root/rootfs/usr/local/bin/yarn"
cp -r node_modules/typescript "$root/typescript-library"
# The official library is this bundle and its types in one file too; what makes them is not kept.
cd "$OUT/bundle"
echo '{"private":true}' >package.json
npm install --silent --no-audit --no-fund --force "@oven/bun-linux-x64-baseline@$BUN" "rollup@$ROLLUP" "rollup-plugin-dts@$ROLLUP_DTS" "typescript@$TYPESCRIPT"
./node_modules/@oven/bun-linux-x64-baseline/bin/bun build --external=typescript --target=node \
  --outfile "$root/lib/core.js" "$root/rootfs/opt/sdk/node_modules/@dagger.io/dagger/dist/src/index.js"
# a copy: what lies below node_modules is left out of a roll-up
cp -r "$root/rootfs/opt/sdk/node_modules/@dagger.io/dagger/dist" dist
node_modules/.bin/rollup dist/src/index.d.ts --plugin dts --file "$root/lib/core.d.ts" --silent
# .in: nothing there is part of this project's own TypeScript
for file in index telemetry; do cp "$parts/lib/$file.ts.in" "$root/lib/$file.ts"; done
cp "$parts/lib/core.stub.d.ts.in" "$root/stub/core.d.ts"
cp "$parts/lib/entrypoint.ts.in" "$root/entrypoint/__dagger.entrypoint.ts"
cp -r "$parts/runtime" "$root/runtime"
cp "$engine/bin/codegen" "$root/codegen"
seal_layer "$root" --owner=0 --group=0
rm -rf "$root" "$OUT/bundle"
