# One small Debian: the root of the SDKs' containers and the base of every image served here that has a shell.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root
stage=()
[ "$ARCH" = amd64 ] || stage=(--foreign)
debootstrap --arch="$ARCH" --variant=minbase "${stage[@]}" \
  --include=ca-certificates,git,openssh-client,openssl "$DEBIAN" "$root"

if [ "$ARCH" != amd64 ]; then
  # The second stage would run every package's scripts under emulation, for minutes. Unpacking gives the same programs;
  # what the scripts would leave behind (accounts, alternatives, the package database) is made here.
  : >"$root/var/lib/dpkg/status"
  for package in "$root"/var/cache/apt/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
    { dpkg-deb --field "$package"; printf 'Status: install ok installed\n\n'; } >>"$root/var/lib/dpkg/status"
  done
  rm -rf "$root/debootstrap"
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  ln -sf mawk "$root/usr/bin/awk"
fi

# Where the network is reached through a proxy with a certificate of its own, the host's bundle has it.
mkdir -p "$root/etc/ssl/certs"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
seal_layer "$root" --exclude='./var/cache/apt/archives/*' --exclude='./var/lib/apt/lists/*' \
  --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*'
rm -rf "$root"
