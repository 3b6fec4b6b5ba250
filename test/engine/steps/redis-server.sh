# Debian's Redis as a program of this machine: what the layer of the image has, called with its own libraries.
tar -xzf "$redis/layer.tar.gz" -C "$OUT" ./usr/bin/redis-check-rdb ./usr/lib/x86_64-linux-gnu
mkdir "$OUT/bin"
cat >"$OUT/bin/redis-server" <<'PROGRAM'
#!/bin/sh
place=$(dirname "$(dirname "$(readlink -f "$0")")")
LD_LIBRARY_PATH=$place/usr/lib/x86_64-linux-gnu exec "$place/usr/bin/redis-server" "$@"
PROGRAM
mv "$OUT/usr/bin/redis-check-rdb" "$OUT/usr/bin/redis-server" # it is both, by the name that it is called by
chmod +x "$OUT/bin/redis-server"
