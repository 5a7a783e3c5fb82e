#!/bin/sh
# The wrapper: options, exit statuses, refusals, sourcing. No proxy is needed: nothing connects.
# Prints "ok NAME" or "not ok NAME: why" for each test. Usage: socks5a_run.sh [BUILD-DIRECTORY]
set -u
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
build=$(readlink -f "${1:-build}")
script=$root/scripts/socks5a-run
library=$build/libsocks5a-shim.so
work=$(mktemp -d) || exit 1
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0 skipped=0

# nothing of the user's own
for name in $(env | sed -nE 's/^(SOCKS5A_[A-Z_]*)=.*/\1/p') ALL_PROXY all_proxy LD_PRELOAD; do
    unset "$name"
done
export SOCKS5A_BUILD="$build" HOME="$work/home" XDG_CONFIG_HOME="$work/home/config"
mkdir -p "$HOME"

ok() {
    echo "ok $1"
    passed=$((passed + 1))
}

not_ok() {
    echo "not ok $1: $2"
    failed=$((failed + 1))
}

skip() {
    echo "skip $1: $2"
    skipped=$((skipped + 1))
}

# check NAME STATUS OUTPUT ERROR-PATTERN COMMAND…: standard error is matched as a shell pattern
# and must be one line where it is not empty
check() {
    name=$1 status=$2 output=$3 pattern=$4
    shift 4
    "$@" >out 2>err </dev/null
    got=$?
    error=$(cat err)
    if [ "$got" -ne "$status" ]; then
        not_ok "$name" "exit status $got, expected $status; $error"
    elif [ "$(cat out)" != "$output" ]; then
        not_ok "$name" "wrote '$(cat out)', expected '$output'"
    elif [ "$(wc -l <err)" -gt 1 ]; then
        not_ok "$name" "more than one line of errors: $error"
    else
        # shellcheck disable=SC2254 # a pattern is what it is
        case $error in
        $pattern) ok "$name" ;;
        *) not_ok "$name" "said '$error', expected '$pattern'" ;;
        esac
    fi
}

# variable NAME VARIABLE VALUE OPTIONS…: what the program finds in its environment
variable() {
    name=$1 what=$2 value=$3
    shift 3
    # shellcheck disable=SC2016 # for the inner shell
    check "$name" 0 "$value" '' "$run" "$@" sh -c "printf '%s\n' \"\$$what\""
}

wrapper_tests() {
    p=-s127.0.0.1:9

    # ---- the program: arguments, environment, status
    check "$kind: program runs" 0 hello '' "$run" "$p" echo hello
    check "$kind: status is passed on" 7 '' '' "$run" "$p" sh -c 'exit 7'
    check "$kind: signal death is passed on" 143 '' '*' "$run" "$p" sh -c 'kill -TERM $$'
    check "$kind: arguments stay whole" 0 '<a b><c
d><><-s><*>' '' "$run" "$p" printf '<%s>' 'a b' 'c
d' '' -s '*'
    check "$kind: options of the program are its own" 0 '-v -s x' '' "$run" "$p" echo -v -s x
    check "$kind: -- ends the options" 0 '-e' '' "$run" "$p" -- printf %s -e
    # shellcheck disable=SC2016 # for the inner shell
    check "$kind: name of the program stays" 0 sh '' "$run" "$p" sh -c 'printf %s "$0"'
    variable "$kind: library is preloaded" LD_PRELOAD "$library" "$p"
    LD_PRELOAD=libm.so.6 variable "$kind: other preloads stay" LD_PRELOAD "$library:libm.so.6" "$p"
    LD_PRELOAD="$library" variable "$kind: library is not put there twice" LD_PRELOAD "$library" "$p"
    variable "$kind: no configuration file is looked for again" SOCKS5A_CONF '' "$p"
    variable "$kind: state directory is named" SOCKS5A_STATE_DIR "$HOME/.local/state/socks5a" "$p"
    check "$kind: program without a slash is found in PATH" 0 found '' \
        env PATH="$work/bin:$PATH" "$run" "$p" prog
    check "$kind: text without #! is run by the shell" 0 'text 1' '' \
        env PATH="$work/bin:$PATH" "$run" "$p" text 1

    # ---- options
    variable "$kind: -s" SOCKS5A_PROXY 127.0.0.1:9 -s 127.0.0.1:9
    variable "$kind: -sVALUE" SOCKS5A_PROXY 127.0.0.1:9 -s127.0.0.1:9
    variable "$kind: --server" SOCKS5A_PROXY '[::1]:9' --server '[::1]:9'
    variable "$kind: --server=" SOCKS5A_PROXY unix:/p --server=unix:/p
    variable "$kind: URL" SOCKS5A_PROXY socks5://u:p%40@h:1 -s socks5://u:p%40@h:1
    variable "$kind: -a and -P" SOCKS5A_PROXY 192.0.2.1:9050 -a 192.0.2.1 -P 9050
    variable "$kind: -a alone" SOCKS5A_PROXY '[2001:db8::1]:1080' -a 2001:db8::1
    variable "$kind: -P alone" SOCKS5A_PROXY 127.0.0.1:9050 -P 9050
    variable "$kind: -u" SOCKS5A_USER me "$p" -u me
    variable "$kind: -p" SOCKS5A_PASSWORD 'a b=' "$p" -u me -p 'a b='
    variable "$kind: --pass" SOCKS5A_PASSWORD x "$p" --user me --pass x
    variable "$kind: --password-file" SOCKS5A_PASSWORD_FILE "$work/password" "$p" -u me \
        --password-file password
    SOCKS5A_PASSWORD_FILE=$work/none variable "$kind: -p replaces a file" SOCKS5A_PASSWORD x "$p" \
        -u me -p x
    variable "$kind: -q" SOCKS5A_LOG error -q "$p"
    variable "$kind: -v" SOCKS5A_LOG info -v "$p"
    variable "$kind: -vv" SOCKS5A_LOG debug "$p" -vv
    variable "$kind: -d" SOCKS5A_LOG debug "$p" -d
    variable "$kind: --dns" SOCKS5A_DNS deny "$p" --dns deny
    variable "$kind: --direct repeats" SOCKS5A_DIRECT 192.0.2.0/24,.example "$p" \
        --direct 192.0.2.0/24 --direct .example
    variable "$kind: --timeout" SOCKS5A_TIMEOUT 5 "$p" --timeout 5
    variable "$kind: --tol" SOCKS5A_TOL off "$p" --tol off
    variable "$kind: -c takes a relative path" SOCKS5A_CONF "$work/good.conf" -c good.conf
    variable "$kind: -f as in proxychains" SOCKS5A_CONF "$work/good.conf" -f "$work/good.conf"
    SOCKS5A_PROXY=127.0.0.1:9 variable "$kind: proxy from the environment" SOCKS5A_PROXY 127.0.0.1:9
    ALL_PROXY=socks5h://127.0.0.1:9 variable "$kind: proxy from ALL_PROXY" HOME "$HOME"
    check "$kind: --version" 0 'socks5a-run 0.1.0' '' "$run" --version
    check "$kind: --shell" 0 shell '' env SHELL="$work/bin/shell" "$run" "$p" --shell

    # ---- wrong usage and configuration
    check "$kind: nothing to run" 2 '' '*no PROGRAM*' "$run" "$p"
    check "$kind: nothing at all" 2 '' '*no PROGRAM*' "$run"
    check "$kind: unknown option" 2 '' '*unknown option --nope*' "$run" --nope true
    check "$kind: unknown short option" 2 '' '*unknown option -i*' "$run" -i true
    check "$kind: option without its value" 2 '' '*-s needs a value*' "$run" -s
    check "$kind: option with an empty value" 2 '' '*--server needs a value*' "$run" --server= true
    check "$kind: value for a flag" 2 '' '*--quiet takes no value*' "$run" --quiet=1 true
    check "$kind: --shell with a program" 2 '' '*--shell takes no program*' "$run" --shell true
    check "$kind: --login with a program" 2 '' '*--login takes no program*' "$run" --login true
    check "$kind: --proxy for a program" 2 '' '*--proxy is for --check*' "$run" --proxy a true
    check "$kind: --login at a proxy without EAF" 1 '' '*not configured for EAF*' \
        "$run" "$p" --login
    check "$kind: --status at a proxy without EAF" 0 'default: no ticket, and none is needed' '' \
        "$run" "$p" --status
    check "$kind: --status of an unknown proxy" 2 '' '*no such proxy*' \
        "$run" "$p" --proxy other --status
    check "$kind: on is for sourcing" 2 '' '*. socks5a-run on*' "$run" on
    check "$kind: no proxy configured" 2 '' '*no proxy is configured*' "$run" true
    check "$kind: wrong proxy" 2 '' '*SOCKS5A_PROXY*HOST:PORT*' "$run" -s 'x y' true
    check "$kind: wrong mode" 2 '' '*SOCKS5A_DNS*' "$run" "$p" --dns maybe true
    check "$kind: wrong timeout" 2 '' '*SOCKS5A_TIMEOUT*' "$run" "$p" --timeout soon true
    check "$kind: tol without EAF" 2 '' '*expected a server_key*' "$run" "$p" --tol full true
    check "$kind: error in the configuration" 2 '' '*bad.conf:2:*' "$run" -c bad.conf true
    check "$kind: missing configuration" 2 '' '*missing.conf*' "$run" -c missing.conf true

    # ---- what cannot run or must not
    check "$kind: program not found" 127 '' '*nowhere: not found' "$run" "$p" nowhere
    check "$kind: path not found" 127 '' '*./no: No such file*' "$run" "$p" ./no
    check "$kind: not executable" 126 '' '*Permission denied' "$run" "$p" ./good.conf
    check "$kind: directory" 126 '' '*Permission denied' "$run" "$p" "$work"
    check "$kind: script without its interpreter" 127 '' '*' "$run" "$p" ./bin/broken
    refused="$kind: static program"
    if [ -x static ]; then
        check "$refused is refused" 126 '' '*refused*statically linked*SOCKS5A_EXEC_UNSHIMMED*' \
            "$run" "$p" ./static
        check "$refused as interpreter is refused" 126 '' '*interpreter ./static*' \
            "$run" "$p" ./bin/by-static
        SOCKS5A_EXEC_UNSHIMMED=allow check "$refused is allowed by exec_unshimmed" 0 static '' \
            "$run" "$p" ./static
        SOCKS5A_EXEC_UNSHIMMED=warn check "$refused is warned of" 0 static \
            '*warning*statically linked*' "$run" "$p" ./static
        check "$refused is refused inside" 126 '' '*refused to run ./static*' \
            "$run" "$p" perl -e 'exec "./static" or exit 126'
    else
        skip "$refused" 'no compiler'
    fi
    if [ -x /usr/bin/age ]; then
        check "$kind: Go program is refused" 126 '' '*refused*Go program*' "$run" "$p" age --version
    else
        skip "$kind: Go program is refused" 'age is not installed'
    fi
    if [ "$(id -u)" -eq 0 ]; then
        check "$kind: setuid program is refused" 126 '' '*refused*other privileges*' \
            "$run" "$p" ./setuid
        check "$kind: library out of reach is missed" 2 '' '*libsocks5a-shim.so*' \
            setpriv --reuid 65534 --regid 65534 --clear-groups \
            env SOCKS5A_BUILD="$work/hidden" bin/socks5a-run "$p" true
    else
        skip "$kind: setuid program is refused" 'needs root'
        skip "$kind: library out of reach is missed" 'needs root'
    fi

    # ---- inside
    check "$kind: env -i loses nothing" 0 "$library 127.0.0.1:9" '' "$run" "$p" env -i /bin/sh -c \
        "echo \$LD_PRELOAD \$SOCKS5A_PROXY"
    check "$kind: a run inside a run" 0 127.0.0.1:10 '' "$run" "$p" "$run" -s 127.0.0.1:10 sh -c \
        "echo \$SOCKS5A_PROXY"
}

prepare() {
    mkdir -p bin hidden
    chmod 700 hidden
    cp "$build/libsocks5a-shim.so" "$build/socks5a-exec" hidden/
    chmod 711 hidden
    chmod 600 hidden/libsocks5a-shim.so
    printf 'secret\n' >password
    chmod 600 password
    printf '[proxy p]\naddress = 127.0.0.1:9\n' >good.conf
    printf '[proxy p]\nnonsense = 1\n' >bad.conf
    printf '#!/bin/sh\necho found\n' >bin/prog
    # shellcheck disable=SC2016 # for the inner shell
    printf 'echo text $1\n' >bin/text
    printf '#!/bin/sh\necho shell\n' >bin/shell
    printf '#!/no/such/interpreter\n' >bin/broken
    printf '#!./static\n' >bin/by-static
    cp "$script" bin/ # the tree may be out of reach for other users
    chmod 755 bin/*
    cp /bin/true setuid
    [ "$(id -u)" -ne 0 ] || { chown 65534 setuid && chmod 4755 setuid; }
    printf '#include <stdio.h>\nint main(void){puts("static");return 0;}\n' >static.c
    cc -static -o static static.c 2>/dev/null
}

# sourced SHELL NAME OUTPUT SCRIPT
sourced() {
    check "$1: $2" 0 "$3" '' "$1" -c "$4"
}

# how arguments get into a sourced file differs between shells
source_tests() {
    shell=$1 on=$2 off=$3 show=$4
    # shellcheck disable=SC2016 # for the inner shells
    {
        sourced "$shell" 'on' "$library" "$on; printf %s \"\$LD_PRELOAD\""
        sourced "$shell" 'on is exported' "$library" "$on; sh -c 'printf %s \"\$LD_PRELOAD\"'"
        sourced "$shell" 'on keeps others' "$library:/a.so:/b.so" \
            "LD_PRELOAD='/a.so /b.so'; $on; printf %s \"\$LD_PRELOAD\""
        sourced "$shell" 'on twice' "$library" "$on; $on; printf %s \"\$LD_PRELOAD\""
        sourced "$shell" 'off' unset "$on; $off; printf %s \"\${LD_PRELOAD-unset}\""
        sourced "$shell" 'off keeps others' /a.so "LD_PRELOAD=$library:/a.so; $off; printf %s \"\$LD_PRELOAD\""
        sourced "$shell" 'show' "LD_PRELOAD=\"$library\"" "$on; $show"
        sourced "$shell" 'nothing is left behind' '' "$on; $off; set | grep ^_s5a_ || true"
        sourced "$shell" 'set -eu is fine' fine "set -eu; $on; $off; printf fine"
        check "$shell: wrong word" 2 go '*on, off or show*' "$shell" -c \
            "set -- what; . $script what; s=\$?; printf go; exit \$s"
        check "$shell: missing library" 2 '' '*cannot be read*' \
            env SOCKS5A_BUILD=/nowhere "$shell" -c "$on"
        check "$shell: off inside a run" 1 '' '*this shell itself*' \
            "$script" -s 127.0.0.1:9 "$shell" -c "$off"
    }
}

prepare
for kind in script installed; do
    case $kind in
    script) run=$script ;;
    installed) run=$build/socks5a-run ;;
    esac
    if [ -x "$run" ]; then
        wrapper_tests
    else
        skip "$kind" "$run is not built"
    fi
done
source_tests dash "set -- on; . $script" "set -- off; . $script" "set -- show; . $script"
source_tests bash ". $script on" ". $script off" ". $script show"
if command -v zsh >/dev/null; then
    source_tests zsh ". $script on" ". $script off" ". $script show"
else
    skip zsh 'not installed'
fi
unset SOCKS5A_BUILD
check 'bash: build tree is found by the file' 0 "$root/scripts/../build/libsocks5a-shim.so" '' \
    bash -c "cd /; . $script on; echo \$LD_PRELOAD"
check 'usage on --help' 0 'usage: socks5a-run [OPTIONS] PROGRAM [ARGUMENT...]' '' \
    sh -c "'$script' --help | head -n 1"

echo "wrapper: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
