#!/usr/bin/env bash
# A PostgreSQL server of its own for tests: superuser `postgres` without a password, database `postgres`; members of a
# role `asked` need their password. It talks under TLS if a client wants to. It does not wait for the disk unless
# FSYNC=on. Prints, and writes into DIR/environment,
#
#   PROVISIO_TEST_POSTGRES=...      a connection string of the superuser
#   PROVISIO_TEST_POSTGRES_CA=...   a file with the certificate to trust
#
#   scripts/servers/postgres.sh start DIR PORT
#   scripts/servers/postgres.sh stop DIR
. "$(dirname "$0")/lib.sh"

command=${1:-}
[ -n "${2:-}" ] || die "usage: postgres.sh start DIR PORT | stop DIR"
folder=$(realpath -m "$2")

# Prints the folder of the programs: Debian keeps them out of PATH.
programs() {
    if command -v initdb >/dev/null 2>&1; then
        dirname "$(realpath "$(command -v initdb)")"
    else
        need_file '/usr/lib/postgresql/*/bin/postgres' postgresql
        compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1
    fi
}

# Makes what the server shows to its clients under TLS: a key, and a certificate of an authority made for it.
make_certificate() {
    local key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes) days=3650
    openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days $days -subj '/CN=provisio tests'
    openssl req "${key[@]}" -keyout server.key -out server.csr -subj /CN=localhost
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $days -out server.pem \
        -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1')
}

start() {
    local port=$1 bin as=(env)
    if ! alive "$folder/pid"; then
        bin=$(programs)
        need openssl openssl
        [ "$port" != 0 ] || port=$(free_port)
        mkdir -p "$folder/run"
        if [ ! -s "$folder/server.pem" ]; then
            (cd "$folder" && make_certificate 2>certificate.log) || die "no certificate: $(tail -3 "$folder/certificate.log")"
        fi
        # PostgreSQL refuses to run as root.
        if [ "$(id -u)" = 0 ]; then
            as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
            chown -R postgres: "$folder"
        fi
        if [ ! -s "$folder/db/PG_VERSION" ]; then
            "${as[@]}" "$bin/initdb" -D "$folder/db" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log"
            printf '%s\n' 'host all +asked 127.0.0.1/32 scram-sha-256' 'host all all 127.0.0.1/32 trust' \
                'local all all trust' >"$folder/db/pg_hba.conf"
        fi
        local fsync=${FSYNC:-off}
        spawn "$folder/pid" "$folder/log" "${as[@]}" "$bin/postgres" -D "$folder/db" -h 127.0.0.1 -p "$port" \
            -k "$folder/run" -c max_connections=200 -c fsync="$fsync" -c synchronous_commit="$fsync" \
            -c full_page_writes="$fsync" -c ssl=on -c ssl_cert_file="$folder/server.pem" \
            -c ssl_key_file="$folder/server.key"
        wait_ready 60 "$folder/pid" "$folder/log" "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U postgres
        {
            echo "PROVISIO_TEST_POSTGRES=postgresql://postgres@127.0.0.1:$port/postgres"
            echo "PROVISIO_TEST_POSTGRES_CA=$folder/ca.pem"
        } >"$folder/environment"
    fi
    cat "$folder/environment"
}

case $command in
start) start "${3:?PORT}" ;;
# INT is the fast shutdown.
stop) stop_server "$folder/pid" INT ;;
*) die "usage: postgres.sh start DIR PORT | stop DIR" ;;
esac
