#!/bin/sh
# Builds the image of Comserv from this checkout, without any image to build on: deploy/build-image.sh [NAME[:TAG]]
# With --root-only it makes dist/image/root and stops: for machines without Docker, Podman or Buildah.
set -eu
cd "$(dirname "$0")/.."
name=localhost/comserv:latest
root_only=no
for argument in "$@"; do
  case $argument in
    --root-only) root_only=yes ;;
    *) name=$argument ;;
  esac
done

context=dist/image
root=$context/root
rm -rf "$context"
mkdir -p "$root/opt/comserv" "$root/bin" "$root/data" "$root/tmp" "$root/etc/ssl/certs"

packed=$(node scripts/pack-server.ts 2>/dev/null | awk '{ print $2 }')
tar --extract --gzip --file "$packed" --strip-components 1 --directory "$root/opt/comserv"
cp deploy/proxy.js deploy/healthy.js "$root/opt/comserv/bin/"

# Node.js as npm has installed it for this machine, and what the loader finds for it.
node=$(node --print process.execPath)
cp -L "$node" "$root/bin/node"
ldd "$node" | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
# Names are looked up through these, which the loader does not list.
for library in /lib/*-linux-gnu/libnss_dns.so.2 /lib/*-linux-gnu/libnss_files.so.2 /lib/*-linux-gnu/libresolv.so.2; do
  [ -e "$library" ] || continue
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] && cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'comserv:x:65532:65532:Comserv:/data:/nonexistent\n' > "$root/etc/passwd"
printf 'comserv:x:65532:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"
chmod -R go+rX,go-w "$root"
chmod 1777 "$root/tmp"
chmod 0700 "$root/data"
if [ "$(id -u)" = 0 ]; then chown -R 0:0 "$root" && chown 65532:65532 "$root/data"; fi
cp deploy/Containerfile "$context/"
[ "$root_only" = yes ] && { echo "$root"; exit 0; }

for builder in podman buildah docker; do
  if command -v "$builder" > /dev/null; then
    exec "$builder" build --file "$context/Containerfile" --tag "$name" "$context"
  fi
done
echo 'There is no podman, buildah or docker here; the root of the image is in '"$root" >&2
exit 1
