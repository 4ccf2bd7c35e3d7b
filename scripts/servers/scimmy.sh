#!/usr/bin/env bash
# A SCIM 2.0 server for tests that takes the RFCs more lightly: SCIMMY, packages of npm, with a store of our own behind
# it. It keeps everything in memory, so stop loses it. Prints, and writes into DIR/environment,
#
#   PROVISIO_TEST_SCIMMY=...   its base URL; the bearer token is `secret`
#
#   scripts/servers/scimmy.sh start DIR PORT
#   scripts/servers/scimmy.sh stop DIR
. "$(dirname "$0")/lib.sh"

command=${1:-}
[ -n "${2:-}" ] || die "usage: scimmy.sh start DIR PORT | stop DIR"
folder=$(realpath -m "$2")

# Installs it into a folder of its own. With express 5, SCIMMY gives the first page for ever.
fetch() {
    [ -e "$folder/node_modules/scimmy-routers" ] && return
    need node nodejs npm
    need npm nodejs npm
    (cd "$folder" && npm install --no-audit --no-fund --silent \
        scimmy@1.3.5 scimmy-routers@1.3.2 express@4.22.3 >fetch.log 2>&1) ||
        die "SCIMMY cannot be installed: $(tail -3 "$folder/fetch.log")"
}

start() {
    local port=$1
    if ! alive "$folder/pid"; then
        mkdir -p "$folder"
        fetch
        need curl curl
        [ "$port" != 0 ] || port=$(free_port)
        # Beside its packages, so that they are found.
        cp "$(dirname "$0")/scimmy.mjs" "$folder/scimmy.mjs"
        spawn "$folder/pid" "$folder/log" node "$folder/scimmy.mjs" "$port"
        wait_ready 60 "$folder/pid" "$folder/log" curl -fsS -H 'Authorization: Bearer secret' \
            "http://127.0.0.1:$port/scim/ServiceProviderConfig"
        echo "PROVISIO_TEST_SCIMMY=http://127.0.0.1:$port/scim" >"$folder/environment"
    fi
    cat "$folder/environment"
}

case $command in
start) start "${3:?PORT}" ;;
stop) stop_server "$folder/pid" ;;
*) die "usage: scimmy.sh start DIR PORT | stop DIR" ;;
esac
