# Sourced by scripts/demo and scripts/test: Debian packages, installed only when they are missing.
# shellcheck shell=bash disable=SC2034

# What the build needs.
build_packages=(
  ca-certificates git pkgconf
  liblmdb-dev libssl-dev libidn-dev libunistring-dev libexpat1-dev
)
# What the demo needs besides.
demo_packages=(openssl procps profanity prosody python3 tmux)
# What scripts/clients needs besides: 170 MB to fetch, of which Chromium is 110 MB, QXmpp with Qt 34 MB and finch 8 MB.
client_packages=(
  chromium finch g++ gir1.2-soup-3.0 glib-networking go-sendxmpp libgloox-dev libjs-strophe libnet-xmpp-perl
  libqxmpp-dev libstrophe-dev mcabber node-ws node-xmldom nodejs python3-aioxmpp python3-gi python3-nbxmpp
)
# What scripts/warehouse needs besides.
warehouse_packages=(openjdk-17-jre-headless)
# What the tests need besides.
test_packages=(
  "${demo_packages[@]}"
  ejabberd erlang-p1-oauth2 gcc haproxy iproute2 libc6-dev prosody-modules python3-venv sqlite3
  strace
)

need_packages() {
  local package missing=()
  for package in "$@"; do
    if [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]
    then missing+=("$package"); fi
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "Installing Debian packages: ${missing[*]}"
  install_packages "${missing[@]}"
}

install_packages() {
  local as_root=() output
  if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
  # Debian starts a server as soon as it is installed, unless this file says no. It is taken away
  # again; one that is there already is left alone.
  local guard=/usr/sbin/policy-rc.d guarded=no status=0
  if [ ! -e "$guard" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$guard" >/dev/null
    "${as_root[@]}" chmod 755 "$guard"
    guarded=yes
  fi
  output=$(
    {
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q \
        && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
          apt-get install -q -y --no-install-recommends "$@"
    } </dev/null 2>&1
  ) || status=$?
  if [ "$guarded" = yes ]; then "${as_root[@]}" rm -f "$guard"; fi
  if [ "$status" -ne 0 ]; then printf '%s\n' "$output" >&2; fi
  return "$status"
}
