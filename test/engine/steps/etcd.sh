# Debian's etcd for the test's Kubernetes API: the program alone, because the package starts a service.
cd "$OUT"
apt-get download -qq etcd-server || { apt-get update -qq && apt-get download -qq etcd-server; }
dpkg -x etcd-server_*.deb package
mkdir bin
mv package/usr/bin/etcd bin/etcd
rm -rf package etcd-server_*.deb
