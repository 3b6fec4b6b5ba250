# distroless/static: certificates, time zones, an account without rights, no shell. Its packages are listed one a file.
. "$HOME_OF_STEPS/steps/layer.sh"
root=$OUT/root base=base_$ARCH
mkdir -p "$root"/{etc/ssl/certs,tmp,root,home/nonroot,usr/lib,usr/share,var/lib/dpkg/status.d} "$OUT/debian"
tar -xzf "${!base}/layer.tar.gz" -C "$OUT/debian" ./usr/share/zoneinfo ./usr/lib/os-release \
  ./etc/debian_version ./var/lib/dpkg/status
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -r "$OUT/debian/usr/share/zoneinfo" "$root/usr/share/"
cp "$OUT/debian/usr/lib/os-release" "$root/usr/lib/"
cp "$OUT/debian/etc/debian_version" "$root/etc/"
ln -s ../usr/lib/os-release "$root/etc/os-release"
for package in base-files tzdata; do
  awk -v RS= -v name="$package" '$2 == name' "$OUT/debian/var/lib/dpkg/status" >"$root/var/lib/dpkg/status.d/$package"
done
cat >"$root/etc/passwd" <<PASSWD
root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
PASSWD
printf 'root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n' >"$root/etc/group"
chown -R 0:0 "$root"
chown 65532:65532 "$root/home/nonroot"
chmod 700 "$root/root" "$root/home/nonroot"
chmod 1777 "$root/tmp"
seal_layer "$root"
rm -rf "$root" "$OUT/debian"
