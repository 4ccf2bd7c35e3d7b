#!/usr/bin/env bash
# A domain controller of Active Directory of its own for tests (Samba), its LDAP part: `DC=ad,DC=test`, with the account
# administrator@ad.test, whose password is `Passw0rd!x`. It needs no privileges. Prints, and writes into DIR/environment,
#
#   PROVISIO_TEST_SAMBA=ldaps://...      under TLS; without TLS and with StartTLS one port lower
#   PROVISIO_TEST_SAMBA_CA=...           a file with the certificate to trust
#
#   scripts/servers/samba-ad.sh start DIR PORT
#   scripts/servers/samba-ad.sh stop DIR
. "$(dirname "$0")/lib.sh"
# Where Debian keeps servers.
PATH=$PATH:/usr/sbin:/sbin

command=${1:-}
[ -n "${2:-}" ] || die "usage: samba-ad.sh start DIR PORT | stop DIR"
folder=$(realpath -m "$2")

# Samba has no setting for its LDAP ports, and tells LDAPS and the global catalogue by the local port: a small library
# translates `bind` and `getsockname`.
make_ports() {
    cat >"$folder/ports.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
static const int known[] = {389, 636, 3268, 3269};
static void swap(struct sockaddr_in *s, int out) {
  int base = atoi(getenv("LDAP_BASE_PORT")), p = ntohs(s->sin_port);
  for (int i = 0; i < 4; i++) {
    if (out && p == known[i]) { s->sin_port = htons(base + i); return; }
    if (!out && p == base + i) { s->sin_port = htons(known[i]); return; }
  }
}
int bind(int fd, const struct sockaddr *a, socklen_t n) {
  struct sockaddr_in s;
  if (a->sa_family == AF_INET && n >= sizeof s) { memcpy(&s, a, sizeof s); swap(&s, 1); a = (void *)&s; n = sizeof s; }
  return ((int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind"))(fd, a, n);
}
int getsockname(int fd, struct sockaddr *a, socklen_t *n) {
  int r = ((int (*)(int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT, "getsockname"))(fd, a, n);
  if (r == 0 && a->sa_family == AF_INET) swap((void *)a, 0);
  return r;
}
C
    gcc -O1 -shared -fPIC -o "$folder/ports.so" "$folder/ports.c" -ldl
}

provision() {
    rm -rf "$folder"
    mkdir -p "$folder"/{run,log,cache}
    chmod 755 "$folder" "$folder/run"
    make_certificates "$folder" dc1.ad.test
    make_ports
    # The file share is not served, so its access rights, which need privileges, are skipped.
    /usr/bin/python3 -c 'import sys, samba.provision
samba.provision.setsysvolacl = lambda *a, **k: None
from samba.netcmd.main import cmd_sambatool
sys.exit(cmd_sambatool()._run("samba-tool", *sys.argv[1:]))' domain provision \
        -s /dev/null --targetdir="$folder" --realm=AD.TEST --domain=ADTEST --server-role=dc \
        --host-name=dc1 --host-ip=127.0.0.1 --adminpass='Passw0rd!x' --dns-backend=NONE --backend-store=tdb \
        --option="interfaces=127.0.0.1/8" --option="bind interfaces only=yes" --option="pid directory=$folder/run" \
        --option="ldb:nosync=yes" --option="ncalrpc dir=$folder/run/ncalrpc" \
        --option="log file=$folder/log/samba.log" --option="tls keyfile=$folder/server.key" \
        --option="tls certfile=$folder/server.pem" --option="tls cafile=$folder/ca.pem" \
        >"$folder/log/provision.log" 2>&1 || die "no domain: $(tail -20 "$folder/log/provision.log")"
    touch "$folder/provisioned"
}

start() {
    local port=$1
    if ! alive "$folder/pid"; then
        need_file /usr/share/samba/setup/provision.ldif samba-ad-dc samba-ad-provision python3-samba python3-markdown
        need samba samba-ad-dc
        need gcc gcc libc6-dev
        need ldapsearch ldap-utils
        need openssl openssl
        [ "$port" != 0 ] || port=$(free_ports 4)
        [ -e "$folder/provisioned" ] || provision
        LDAP_BASE_PORT=$port LD_PRELOAD=$folder/ports.so spawn "$folder/pid" "$folder/log/out" \
            samba -i -M single --debug-stdout -d 1 -s "$folder/etc/smb.conf" --option="server services=ldap"
        wait_ready 60 "$folder/pid" "$folder/log/out" env LDAPTLS_CACERT="$folder/ca.pem" ldapsearch -x \
            -H "ldaps://127.0.0.1:$((port + 1))" -D administrator@ad.test -w 'Passw0rd!x' -b DC=ad,DC=test -s base dn
        {
            echo "PROVISIO_TEST_SAMBA=ldaps://127.0.0.1:$((port + 1))"
            echo "PROVISIO_TEST_SAMBA_CA=$folder/ca.pem"
        } >"$folder/environment"
    fi
    cat "$folder/environment"
}

case $command in
start) start "${3:?PORT}" ;;
stop) stop_server "$folder/pid" ;;
*) die "usage: samba-ad.sh start DIR PORT | stop DIR" ;;
esac
