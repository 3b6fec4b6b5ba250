# The engine's TypeScript SDK. The official one pulls Node from a registry when a module is loaded; this one has it inside.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root
mkdir -p "$root"/{rootfs/opt/sdk,lib} "$OUT/bun"
tar -xzf "$base_amd64/layer.tar.gz" -C "$root/rootfs"
tar -xzf "$node_sdk/layer.tar.gz" -C "$root/rootfs"
cd "$root/rootfs/opt/sdk"
echo '{"private":true}' >package.json
npm install --silent --no-audit --no-fund "@dagger.io/dagger@${DAGGER#v}" "tsx@$TSX"
ln -s /opt/sdk/node_modules/tsx/dist/cli.mjs "$root/rootfs/usr/local/bin/tsx"
# The official library is this bundle too; bun makes it and is not kept.
cd "$OUT/bun"
echo '{"private":true}' >package.json
npm install --silent --no-audit --no-fund --force "@oven/bun-linux-x64-baseline@$BUN"
./node_modules/@oven/bun-linux-x64-baseline/bin/bun build --external=typescript --target=node \
  --outfile "$root/lib/core.js" "$root/rootfs/opt/sdk/node_modules/@dagger.io/dagger/dist/src/index.js"
for file in "$HOME_OF_STEPS"/typescript-sdk/lib/*.in; do cp "$file" "$root/lib/$(basename "$file" .in)"; done # .in: nothing here is part of this project's own TypeScript
cp -r "$HOME_OF_STEPS/typescript-sdk/runtime" "$root/runtime"
cp "$engine/bin/codegen" "$root/codegen"
seal_layer "$root" --owner=0 --group=0
rm -rf "$root" "$OUT/bun"
