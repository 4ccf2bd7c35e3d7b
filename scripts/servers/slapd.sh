#!/usr/bin/env bash
# An OpenLDAP server of its own for tests: `dc=example,dc=org` with `memberOf`, referential integrity and RFC 4533, and
# these accounts, all with the password `secret`:
#
#   cn=admin,dc=example,dc=org   may do everything, without limits
#   cn=few,dc=example,dc=org     is shown 500 entries of a search, and no more
#   cn=half,dc=example,dc=org    does not see `ou=hidden,...` anywhere
#
# It listens without TLS, StartTLS possible, and under TLS on the next port. It does not wait for the disk. Prints, and
# writes into DIR/environment,
#
#   PROVISIO_TEST_SLAPD=ldap://...       without TLS, or with StartTLS
#   PROVISIO_TEST_SLAPD_TLS=ldaps://...  under TLS
#   PROVISIO_TEST_SLAPD_LOCAL=ldapi://...
#   PROVISIO_TEST_SLAPD_CA=...           a file with the certificate to trust; beside it `stranger.pem`, which is not
#
# LDIF=file loads that file before the first start, instead of the few entries above.
#
#   scripts/servers/slapd.sh start DIR PORT
#   scripts/servers/slapd.sh stop DIR
. "$(dirname "$0")/lib.sh"
# Where Debian keeps servers.
PATH=$PATH:/usr/sbin:/sbin

command=${1:-}
[ -n "${2:-}" ] || die "usage: slapd.sh start DIR PORT | stop DIR"
folder=$(realpath -m "$2")
base=dc=example,dc=org

configure() {
    mkdir -p "$folder/db"
    cat >"$folder/slapd.conf" <<CONF
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload refint
moduleload syncprov
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $folder/slapd.pid
argsfile $folder/slapd.args
TLSCACertificateFile $folder/ca.pem
TLSCertificateFile $folder/server.pem
TLSCertificateKeyFile $folder/server.key
sizelimit size.soft=500 size.hard=unlimited size.prtotal=unlimited
localSSF 256
serverID 1
authz-regexp gidNumber=.*,cn=peercred,cn=external,cn=auth cn=admin,$base
database mdb
suffix $base
rootdn cn=admin,$base
rootpw secret
directory $folder/db
maxsize 4294967296
dbnosync
index objectClass,entryCSN,entryUUID eq
index uid,cn,mail,employeeNumber,member,memberOf eq
limits dn.exact="cn=few,$base" size.soft=500 size.hard=500 size.prtotal=500
access to attrs=userPassword by self write by anonymous auth by * none
access to dn.regex="(.*,)?ou=hidden,.*" by dn.exact="cn=half,$base" none by users read
access to * by users read by * none
overlay memberof
memberof-group-oc groupOfNames
memberof-refint TRUE
overlay refint
refint_attributes member manager
refint_nothing cn=nobody,$base
overlay syncprov
syncprov-checkpoint 100 5
syncprov-sessionlog 10000
CONF
    if [ -n "${LDIF:-}" ]; then
        slapadd -q -w -f "$folder/slapd.conf" -l "$LDIF"
    else
        {
            printf '%s\n' "dn: $base" 'objectClass: dcObject' 'objectClass: organization' 'dc: example' 'o: example'
            for name in few half; do
                printf '%s\n' '' "dn: cn=$name,$base" 'objectClass: organizationalRole' \
                    'objectClass: simpleSecurityObject' "cn: $name" 'userPassword: secret'
            done
        } | slapadd -q -w -f "$folder/slapd.conf"
    fi
}

start() {
    local port=$1
    if ! alive "$folder/pid"; then
        need slapd slapd
        need ldapsearch ldap-utils
        need openssl openssl
        [ "$port" != 0 ] || port=$(free_ports 2)
        mkdir -p "$folder"
        make_certificates "$folder" localhost
        [ -e "$folder/db/data.mdb" ] || configure
        local local_url
        local_url=ldapi://$(sed 's,/,%2f,g' <<<"$folder/socket")
        spawn "$folder/pid" "$folder/log" slapd -d 0 -f "$folder/slapd.conf" \
            -h "ldap://127.0.0.1:$port ldaps://127.0.0.1:$((port + 1)) $local_url"
        wait_ready 30 "$folder/pid" "$folder/log" ldapsearch -x -H "ldap://127.0.0.1:$port" -b '' -s base
        {
            echo "PROVISIO_TEST_SLAPD=ldap://127.0.0.1:$port"
            echo "PROVISIO_TEST_SLAPD_TLS=ldaps://127.0.0.1:$((port + 1))"
            echo "PROVISIO_TEST_SLAPD_LOCAL=$local_url"
            echo "PROVISIO_TEST_SLAPD_CA=$folder/ca.pem"
        } >"$folder/environment"
    fi
    cat "$folder/environment"
}

case $command in
start) start "${3:?PORT}" ;;
stop) stop_server "$folder/pid" ;;
*) die "usage: slapd.sh start DIR PORT | stop DIR" ;;
esac
