#!/usr/bin/env bash
# A PostgreSQL server of its own for tests: superuser `postgres` without a password, database `postgres`. It does not
# wait for the disk unless FSYNC=on. Prints PROVISIO_TEST_POSTGRES=..., a connection string.
#
#   scripts/servers/postgres.sh start DIR PORT
#   scripts/servers/postgres.sh stop DIR
. "$(dirname "$0")/lib.sh"

command=${1:-}
[ -n "${2:-}" ] || die "usage: postgres.sh start DIR PORT | stop DIR"
folder=$(realpath -m "$2")

start() {
    local port=$1 bin as=(env)
    if ! alive "$folder/pid"; then
        need_file '/usr/lib/postgresql/*/bin/postgres' postgresql
        bin=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1)
        [ "$port" != 0 ] || port=$(free_port)
        mkdir -p "$folder/run"
        # PostgreSQL refuses to run as root.
        if [ "$(id -u)" = 0 ]; then
            as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
            chown postgres: "$folder" "$folder/run"
        fi
        if [ ! -s "$folder/db/PG_VERSION" ]; then
            "${as[@]}" "$bin/initdb" -D "$folder/db" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log"
        fi
        echo "$port" >"$folder/port"
        local fsync=${FSYNC:-off}
        spawn "$folder/pid" "$folder/log" "${as[@]}" "$bin/postgres" -D "$folder/db" -h 127.0.0.1 -p "$port" \
            -k "$folder/run" -c max_connections=200 -c fsync="$fsync" -c synchronous_commit="$fsync" \
            -c full_page_writes="$fsync"
        wait_ready 60 "$folder/pid" "$folder/log" "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -U postgres
    fi
    echo "PROVISIO_TEST_POSTGRES=postgresql://postgres@127.0.0.1:$(cat "$folder/port")/postgres"
}

case $command in
start) start "${3:?PORT}" ;;
# INT is the fast shutdown.
stop) stop_server "$folder/pid" INT ;;
*) die "usage: postgres.sh start DIR PORT | stop DIR" ;;
esac
