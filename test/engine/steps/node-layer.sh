# Node and npm from the npm registry, and the account and entry point of the official image.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root base=base_$ARCH
mkdir -p "$root/etc" "$root/usr/local/bin" "$root/usr/local/lib/node_modules/npm" "$root/home/node"
cd "$OUT"
npm pack --loglevel=error "node-linux-$NPM_ARCH@$NODE" "npm@$NPM"
tar -xzf "node-linux-$NPM_ARCH-$NODE.tgz" package/bin/node
mv package/bin/node "$root/usr/local/bin/"
tar -xzf "npm-$NPM.tgz" -C "$root/usr/local/lib/node_modules/npm" --strip-components=1
chmod +x "$root"/usr/local/lib/node_modules/npm/bin/*.js
for tool in npm npx; do ln -s "../lib/node_modules/npm/bin/$tool-cli.js" "$root/usr/local/bin/$tool"; done
ln -s node "$root/usr/local/bin/nodejs"
tar -xzf "${!base}/layer.tar.gz" -C "$root" ./etc/passwd ./etc/group
echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$root/etc/passwd"
echo 'node:x:1000:' >>"$root/etc/group"
cp "$HOME_OF_STEPS/files/node/docker-entrypoint.sh" "$root/usr/local/bin/"
chown -R 0:0 "$root"
chown -R 1000:1000 "$root/home/node"
seal_layer "$root"
rm -rf "$root" package ./*.tgz
