# shellcheck shell=bash
# Sourced by the server scripts beside it. Each of them is:
#
#   NAME.sh start DIR PORT   starts the server with everything it writes in DIR; returns when it answers. A PORT of 0 is
#                            a free one. Prints what a test needs to know, as NAME=VALUE lines.
#   NAME.sh stop DIR         stops what start began; returns when it is gone
#
# Both may be repeated. Servers listen on 127.0.0.1 only. To begin anew, remove DIR.
set -euo pipefail

die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# install PACKAGE...: installs packages where that is possible.
install() {
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "installing $*" >&2
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    fi
}

# need COMMAND PACKAGE...: makes sure that a command is there.
need() {
    local name=$1
    shift
    command -v "$name" >/dev/null 2>&1 && return
    install "$@"
    command -v "$name" >/dev/null 2>&1 || die "\`$name\` is missing; install the package(s) \`$*\` and run this again"
}

# need_file GLOB PACKAGE...: makes sure that a file is there.
need_file() {
    local glob=$1
    shift
    compgen -G "$glob" >/dev/null && return
    install "$@"
    compgen -G "$glob" >/dev/null || die "\`$glob\` is missing; install the package(s) \`$*\` and run this again"
}

# free_port: prints a port that nobody listens on now.
free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 20000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    die "no free port was found"
}

# free_ports COUNT: prints the first of COUNT ports in a row that nobody listens on now.
free_ports() {
    local first port
    for _ in $(seq 50); do
        first=$(free_port)
        for ((port = first + 1; port < first + $1; port++)); do
            if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
                continue 2
            fi
        done
        echo "$first"
        return
    done
    die "no $1 free ports in a row were found"
}

# make_certificates DIR NAME: makes DIR/server.pem and DIR/server.key for NAME, localhost and 127.0.0.1, signed by an
# authority made for them, DIR/ca.pem; and DIR/stranger.pem, another authority.
make_certificates() {
    local folder=$1 name=$2 key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes) days=3650
    [ ! -s "$folder/server.pem" ] || return 0
    (
        cd "$folder"
        openssl req -x509 "${key[@]}" -keyout ca.key -out ca.pem -days $days -subj '/CN=provisio tests' &&
            openssl req -x509 "${key[@]}" -keyout stranger.key -out stranger.pem -days $days -subj '/CN=somebody else' &&
            openssl req "${key[@]}" -keyout server.key -out server.csr -subj "/CN=$name" &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $days -out server.pem \
                -extfile <(echo "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1")
    ) 2>"$folder/certificates.log" || die "no certificates: $(tail -3 "$folder/certificates.log")"
    chmod 600 "$folder/server.key"
}

# When a process was started; a pid alone may be used again. Nothing for one that has ended.
born() { sed -n 's/.*) //; /^[^ZX]/p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

# alive PIDFILE: tells whether the process that `spawn` started lives.
alive() {
    local pid when
    [ -s "$1" ] || return 1
    read -r pid when <"$1"
    [ -n "$when" ] && [ "$(born "$pid")" = "$when" ]
}

# spawn PIDFILE LOG COMMAND...: starts a server in a session of its own.
spawn() {
    local pidfile=$1 log=$2
    shift 2
    setsid "$@" >>"$log" 2>&1 </dev/null &
    echo "$! $(born $!)" >"$pidfile"
}

# wait_ready SECONDS PIDFILE LOG COMMAND...: waits until the command succeeds.
wait_ready() {
    local tries=$(($1 * 10)) pidfile=$2 log=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        if ! alive "$pidfile" || [ $((tries--)) -le 0 ]; then
            tail -20 "$log" >&2
            die "the server did not get ready; its log is $log"
        fi
        sleep 0.1
    done
}

# stop_server PIDFILE [SIGNAL]: ends it, if need be by force.
stop_server() {
    local pid tries=200
    if alive "$1"; then
        read -r pid _ <"$1"
        kill "-${2:-TERM}" "$pid" 2>/dev/null || true
        while alive "$1"; do
            [ $((tries--)) -gt 0 ] || kill -KILL -- "-$pid" 2>/dev/null || true
            sleep 0.1
        done
    fi
    rm -f "$1"
}
