#!/usr/bin/env bash
# Runs in a mount namespace of its own: lays the distribution over the places that are compiled into the engine, and
# becomes the engine, with the flags given. DISTRIBUTION, CONFIG and RUN are folders.
set -euo pipefail
mkdir -p /usr/local/share/dagger /etc/dagger /opt/cni/bin /run/dagger
mount --bind "$DISTRIBUTION/bin" /usr/local/bin
mount --bind "$DISTRIBUTION/share" /usr/local/share/dagger
mount --bind "$DISTRIBUTION/cni" /opt/cni/bin
mount --bind "$CONFIG" /etc/dagger
mount --bind "$RUN" /run/dagger
# The engine would install this machine's own authorities into every container, before every exec: 2.3 s instead of
# 0.15 s each time. Our images have them already.
mkdir -p /usr/local/share/ca-certificates
mount -t tmpfs -o size=1m slipway-empty /usr/local/share/ca-certificates
echo 1 >/proc/sys/net/ipv4/ip_forward
# Programs for arm64 run under emulation in every container: F keeps the emulator open, so that none needs it inside.
mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] ||
  printf ':qemu-aarch64:M::%s:%s:/usr/bin/qemu-aarch64-static:OCF' "$magic" "$mask" >/proc/sys/fs/binfmt_misc/register
# A quarter of what the engine does beside small execs was collecting its own garbage; memory there is.
export GOGC=400 GOMEMLIMIT=4GiB
PATH="$(dirname "${BASH_SOURCE[0]}")/../files/dnsmasq:$PATH"
# Of the 128 networks that it would make at each start, tests that start it a dozen times use a handful.
exec /usr/local/bin/dagger-engine --oci-cni-pool-size 16 "$@"
