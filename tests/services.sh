# shellcheck shell=bash
# What the scripts that start a service for the tests share: words to the user, packages, ports, processes.
# Source it from bash with `set -euo pipefail`; every service binds to 127.0.0.1 only.

say() { echo "${0##*/}: $*" >&2; }
die() { say "$@"; exit 1; }

# as_root COMMAND…: runs it as root, by sudo if that needs no password. A sudo that asks would hang a run without a terminal.
as_root() {
  if [[ $(id -u) = 0 ]]; then "$@"
  elif sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 77; fi
}

# need_packages PACKAGE…: installs those that are missing, without starting any service that they bring.
need_packages() {
  local missing=() p deny=/usr/sbin/policy-rc.d status=0
  for p in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) = installed ]] || missing+=("$p")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  command -v apt-get >/dev/null || die "these Debian packages are missing, and there is no apt-get: ${missing[*]}"
  as_root true || die "these packages are missing: run  sudo apt-get install --no-install-recommends ${missing[*]}"
  say "installing ${missing[*]}"
  # Debian's way to forbid that an installation starts services; a machine that has such a file keeps its own
  if [[ ! -e $deny ]]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $deny >/dev/null && as_root chmod +x $deny
  else deny=; fi
  install_packages "${missing[@]}" || { update_lists && install_packages "${missing[@]}"; } || status=$?
  [[ -z $deny ]] || as_root rm -f $deny
  [[ $status = 0 ]] || die "could not install ${missing[*]}: see the words of apt-get above"
}

install_packages() {
  # lists that were never fetched know no package: no need to try
  [[ $(apt-cache policy "$1" 2>/dev/null) = *'Candidate: '[0-9]* ]] || return 1
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "$@" </dev/null >/dev/null
}

# apt-get waits for dpkg's lock but not for that of its lists: another run may hold it for a few seconds
update_lists() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    as_root apt-get update -qq </dev/null && return 0
    sleep 3
  done
  return 1
}

# a_port: a port of 127.0.0.1 that nobody listens on. Below the range of outgoing connections, so that it stays free;
# somebody may still take it first, so who starts a service tries another when it doesn't come up.
a_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
  done
}

# in_background LOG COMMAND…: a process group of its own that outlives us and holds none of our files; prints its id.
in_background() {
  local log=$1; shift
  setsid bash -c 'for fd in /proc/self/fd/*; do fd=${fd##*/}; [[ $fd -le 2 ]] || eval "exec $fd>&-" 2>/dev/null; done; exec "$@"' - "$@" </dev/null >>"$log" 2>&1 &
  echo $!
}

# runs PIDFILE WORD: is the process of that file alive, and is it ours (its command line has WORD)? Ids are reused.
runs() {
  local pid line
  pid=$(cat "$1" 2>/dev/null) && [[ -n $pid ]] || return 1
  line=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") && [[ $line = *"$2"* ]]
} 2>/dev/null

# stop PIDFILE WORD [SIGNAL]: ends that process group and waits until it is gone (10 s, then by force).
stop() {
  local pid i
  if runs "$1" "$2"; then
    pid=$(cat "$1")
    kill -s "${3:-TERM}" -- "-$pid" 2>/dev/null || kill -s "${3:-TERM}" "$pid" 2>/dev/null || true
    for ((i = 0; i < 200; i++)); do
      runs "$1" "$2" || break
      sleep .05
    done
    ! runs "$1" "$2" || kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -f "$1"
}
