#!/usr/bin/env bash
# A SCIM 2.0 server for tests that takes the RFCs at their word: scim2-server, a package of PyPI. It keeps everything in
# memory, so stop loses it. CURSOR=1 makes it page by cursor (RFC 9865). Prints, and writes into DIR/environment,
#
#   PROVISIO_TEST_SCIM2_SERVER=...          its base URL; the bearer token is `secret`
#   PROVISIO_TEST_SCIM2_SERVER_CURSOR=...   instead, with CURSOR=1
#
#   scripts/servers/scim2-server.sh start DIR PORT
#   scripts/servers/scim2-server.sh stop DIR
. "$(dirname "$0")/lib.sh"

VERSION=0.8.3

command=${1:-}
[ -n "${2:-}" ] || die "usage: scim2-server.sh start DIR PORT | stop DIR"
folder=$(realpath -m "$2")

# Installs it into an environment of its own.
fetch() {
    [ -x "$folder/python/bin/scim2-server" ] && return
    need python3 python3 python3-venv
    python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv
    python3 -m venv "$folder/python" || die "no environment; install the package \`python3-venv\` and run this again"
    "$folder/python/bin/pip" install -q --disable-pip-version-check "scim2-server[cursor]==$VERSION" \
        >"$folder/fetch.log" 2>&1 || die "scim2-server cannot be installed: $(tail -3 "$folder/fetch.log")"
}

# What the server says about itself.
describe() {
    local pagination=
    if [ -n "${CURSOR:-}" ]; then
        pagination='"pagination":{"cursor":true,"index":true,"defaultPaginationMethod":"cursor","cursorTimeout":600},'
    fi
    cat <<JSON
{"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"patch":{"supported":true},
 "changePassword":{"supported":true},"sort":{"supported":true},"etag":{"supported":true},$pagination
 "filter":{"supported":true,"maxResults":1000},
 "bulk":{"supported":true,"maxOperations":1000,"maxPayloadSize":1048576},"authenticationSchemes":[]}
JSON
}

start() {
    local port=$1
    if ! alive "$folder/pid"; then
        mkdir -p "$folder"
        fetch
        need curl curl
        [ "$port" != 0 ] || port=$(free_port)
        describe >"$folder/config.json"
        spawn "$folder/pid" "$folder/log" "$folder/python/bin/scim2-server" --port "$port" --bearer-token secret \
            --service-provider-config "$folder/config.json"
        wait_ready 60 "$folder/pid" "$folder/log" curl -fsS -H 'Authorization: Bearer secret' \
            "http://127.0.0.1:$port/v2/ServiceProviderConfig"
        echo "PROVISIO_TEST_SCIM2_SERVER${CURSOR:+_CURSOR}=http://127.0.0.1:$port/v2" >"$folder/environment"
    fi
    cat "$folder/environment"
}

case $command in
start) start "${3:?PORT}" ;;
stop) stop_server "$folder/pid" ;;
*) die "usage: scim2-server.sh start DIR PORT | stop DIR" ;;
esac
