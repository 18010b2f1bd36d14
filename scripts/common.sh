# Shared by ./dev and the scripts beside this file: where things lie, how to speak, packages, locks.
# shellcheck shell=bash

CACHE="${ARNY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/arny}"
MODELS="$CACHE/models"
PEERS="$CACHE/peers/bin"
JOBS="$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
SYSTEM="$(uname -s)"
YES="${YES:-}"
BUILD_FAILURES=()
START=$SECONDS

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
    TTY=1 BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' YELLOW=$'\e[33m' OFF=$'\e[0m'
else
    TTY='' BOLD='' DIM='' RED='' GREEN='' YELLOW='' OFF=''
fi

# Everything that ./dev says goes to standard error; standard output is for what a command produces.
elapsed() { printf '%d:%02d' $(((SECONDS - START) / 60)) $(((SECONDS - START) % 60)); }
say()  { printf '%s%s%s %s\n' "$DIM" "$(elapsed)" "$OFF" "$*" >&2; }
note() { printf '     %s\n' "$*" >&2; }
warn() { printf '%swarning:%s %s\n' "$YELLOW" "$OFF" "$*" >&2; }
die()  { printf '%serror:%s %s\n' "$RED" "$OFF" "$*" >&2; exit 1; }

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi | cut -d' ' -f1
}

# locked FILE COMMAND...: two runs of ./dev never make the same thing at once.
locked() {
    local lock="$1" status=0
    shift
    if ! command -v flock >/dev/null; then "$@"; return; fi
    mkdir -p "$(dirname "$lock")" || die "cannot write in $(dirname "$lock")"
    exec {LOCK_FD}>"$lock" || die "cannot write $lock"
    if ! flock -n "$LOCK_FD"; then
        say "another ./dev is busy with this; waiting for it ($lock)"
        flock "$LOCK_FD"
    fi
    local fd=$LOCK_FD
    "$@" || status=$?
    exec {fd}>&-
    return $status
}

# ---- what the system must have ---------------------------------------------------------------------------------

c_header() { echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1; }

# One line a need: name, Debian package, how to see that it is there.
have() {
    case "$1" in
    c++)      command -v cc >/dev/null && command -v c++ >/dev/null ;;
    cmake)    command -v cmake >/dev/null ;;
    ninja)    command -v ninja >/dev/null ;;
    pkg-config) command -v pkg-config >/dev/null ;;
    python3)  command -v python3 >/dev/null ;;
    pip)      python3 -c 'import pip' 2>/dev/null ;;
    openssl)  c_header openssl/evp.h ;;
    libedit)  c_header editline/readline.h ;;
    cmocka)   echo $'#include <stdarg.h>\n#include <stddef.h>\n#include <setjmp.h>\n#include <cmocka.h>' | cc -E -x c - >/dev/null 2>&1 ;;
    valgrind) command -v valgrind >/dev/null ;;
    locales)  command -v localedef >/dev/null && [ -e /usr/share/i18n/locales/de_DE ] ;;
    clang-format) command -v clang-format >/dev/null ;;
    clang-tidy) command -v clang-tidy >/dev/null ;;
    npm)      command -v npm >/dev/null ;;
    jdk)      command -v javac >/dev/null ;;
    maven)    command -v mvn >/dev/null ;;
    gcc-i686) command -v i686-linux-gnu-g++ >/dev/null ;;
    libc-i386) [ -e /lib/ld-linux.so.2 ] ;;
    clang)    command -v clang >/dev/null && command -v clang++ >/dev/null ;;
    esac
}
debian_package() {
    case "$1" in
    c++) echo g++ ;; ninja) echo ninja-build ;; pip) echo python3-pip ;; openssl) echo libssl-dev ;;
    jdk) echo openjdk-17-jdk-headless ;; gcc-i686) echo g++-i686-linux-gnu ;; libc-i386) echo libc6-i386 ;;
    libedit) echo libedit-dev ;; cmocka) echo libcmocka-dev ;; *) echo "$1" ;;
    esac
}
brew_package() {
    case "$1" in c++) echo llvm ;; pip | python3) echo python ;; openssl) echo openssl@3 ;; clang*) echo llvm ;; *) echo "$1" ;; esac
}

NEEDS_BUILD="c++ cmake ninja pkg-config openssl libedit"
NEEDS_FETCH="python3 pip"
NEEDS_TEST="cmocka valgrind locales"
NEEDS_LINT="clang-format clang-tidy"

missing() {
    local need
    for need in "$@"; do have "$need" || echo "$need"; done
}

# need NAME...: install what is missing, or say the exact command. Root installs at once; anybody else is asked
# on a terminal, or says --yes beforehand; otherwise nothing is touched.
need() {
    local names packages=() name command
    names=$(missing "$@")
    [ -n "$names" ] || return 0
    if [ "$SYSTEM" = Darwin ]; then
        for name in $names; do packages+=("$(brew_package "$name")"); done
        note "missing: ${names//$'\n'/ }"
        die "on macOS (untested):  xcode-select --install ; brew install ${packages[*]}"
    fi
    for name in $names; do packages+=("$(debian_package "$name")"); done
    if ! command -v apt-get >/dev/null; then
        note "missing: ${names//$'\n'/ }"
        note "This system has no apt-get. Under Debian's names the packages are: ${packages[*]}"
        die "install them with your package manager and run this again (systems other than Debian are untested)"
    fi
    command="apt-get install -y --no-install-recommends ${packages[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        note "missing Debian packages: ${packages[*]}"
        note "to install them:  sudo apt-get update && sudo $command"
        command -v sudo >/dev/null || die "this user is not root and there is no sudo: ask an administrator to run it"
        if [ -z "$YES" ]; then
            [ -t 0 ] && [ -t 2 ] || die "run that command, or say --yes so that ./dev does it with sudo"
            read -r -p "     Run it now with sudo? [y/N] " name
            case "$name" in y | Y | yes) ;; *) die "nothing was installed" ;; esac
        fi
        command="sudo $command"
    fi
    say "installing Debian packages: ${packages[*]}"
    install_packages "$command" || die "that failed; the last lines are above"
    names=$(missing "$@")
    LLAMA_KEY='' # a compiler may have come
    [ -z "$names" ] || die "still missing after the installation: ${names//$'\n'/ }"
}

install_packages() {
    local log
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # A machine that was never updated knows no packages; a stale one knows versions that are gone.
    if ! $1 >"$log" 2>&1 </dev/null; then
        if ! { ${1%%apt-get*} apt-get update && $1; } >"$log" 2>&1 </dev/null; then
            tail -n 15 "$log" >&2
            rm -f "$log"
            return 1
        fi
    fi
    rm -f "$log"
}

# ---- ninja with one line of progress ---------------------------------------------------------------------------

# run_ninja LABEL LOG COMMAND...: on a terminal one line with percent and time left; elsewhere a line now and then.
# What the compiler says goes to LOG, and is shown when the build fails; that ends ./dev, unless KEEP_GOING is set.
run_ninja() {
    local label="$1" log="$2" line n m percent left shown=-1 begun=$SECONDS status
    shift 2
    mkdir -p "$(dirname "$log")"
    "$@" 2>&1 </dev/null | tee "$log" | while IFS= read -r line; do
        [[ "$line" =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        n=${BASH_REMATCH[1]} m=${BASH_REMATCH[2]}
        percent=$((100 * n / m))
        left=''
        if [ $((SECONDS - begun)) -ge 5 ]; then
            left=$(((SECONDS - begun) * (m - n) / n))
            left=$(printf ', about %d:%02d left' $((left / 60)) $((left % 60)))
        fi
        if [ -n "$TTY" ]; then
            printf '\r%s%s%s %s %3d %%  %d of %d%s\e[K' "$DIM" "$(elapsed)" "$OFF" "$label" $percent "$n" "$m" "$left" >&2
        elif [ $((percent / 20)) -gt $shown ] && [ $((SECONDS - begun)) -ge 3 ]; then
            shown=$((percent / 20))
            say "$label $percent % ($n of $m$left)"
        fi
    done
    status=${PIPESTATUS[0]}
    [ -z "$TTY" ] || printf '\r\e[K' >&2
    if [ "$status" -ne 0 ]; then
        # From the first failure on, without the command lines.
        sed -n -e '/^FAILED:/,$p' -e '/^CMake Error/,$p' "$log" | awk '!seen[$0]++' | grep -v -E '^\[[0-9]+/[0-9]+\] |^(: && )?/.*/(cc|c\+\+|gcc|g\+\+|clang|cmake)' | head -n 50 >&2
        [ -n "${KEEP_GOING:-}" ] || die "$label failed; the whole log is $log"
        warn "$label failed; the whole log is $log. That counts as failed"
        BUILD_FAILURES+=("$log")
    fi
}
