# What the engine calls (runc, iptables, dnsmasq, CNI plugins, git, ripgrep), what the steps call, and what tests call.
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  runc iptables dnsmasq-base containernetworking-plugins qemu-user-static ripgrep e2fsprogs \
  debootstrap xz-utils pigz ca-certificates git openssh-client openssl util-linux
# The engine looks for the two back ends of iptables in /usr/bin only.
ln -sf /usr/sbin/xtables-legacy-multi /usr/sbin/xtables-nft-multi /usr/bin/
