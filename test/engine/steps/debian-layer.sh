# What installing Debian packages adds to the base, as a layer: the packages run their own scripts, as in `RUN apt-get`.
. "$HOME_OF_STEPS/steps/layer.sh"
work=$OUT/work
mkdir "$work"
mount -t tmpfs tmpfs "$work" # an overlay cannot lie on another one, and the host's root may be one
mkdir "$work"/{base,added,scratch,root}
tar -xzf "$base_amd64/layer.tar.gz" -C "$work/base"
printf '#!/bin/sh\nexit 101\n' >"$work/base/usr/sbin/policy-rc.d" # start no service
chmod +x "$work/base/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$work/base/etc/resolv.conf"
mount -t overlay overlay -o "lowerdir=$work/base,upperdir=$work/added,workdir=$work/scratch" "$work/root"
mount -t proc proc "$work/root/proc"
mount --bind /dev "$work/root/dev"
chroot "$work/root" apt-get update -qq
# shellcheck disable=SC2086 # a list of packages
chroot "$work/root" apt-get install -y -qq --no-install-recommends $PACKAGES
[ -z "${FILES:-}" ] || cp -r "$HOME_OF_STEPS/$FILES/." "$work/root/"
[ -z "${FINISH:-}" ] || chroot "$work/root" sh -euc "$FINISH"
umount "$work/root/dev" "$work/root/proc"
rm -rf "$work/added"/{var/lib/apt/lists,var/cache/apt,var/cache/debconf,var/log,tmp,dev,proc}
find "$work/added" -type c -delete # overlayfs notes a removed file as a device; layers do it otherwise, and need not here
seal_layer "$work/added"
