# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2046
# The units of deploy/ under a real systemd. Sourced by scripts/deploy-test.
root=$dir/root

try_systemd() {
  need_packages debootstrap systemd-container systemd curl
  [[ -x $binary ]] || cargo build --release --locked --bin wirepress
  a_root
  a_wordpress service; a_feed service
  install_service
  units_are_tight
  boot
  starts
  survives
  reloads
  is_watched
  stops
  runs_by_timer
  inside journalctl --no-pager >"$dir/journal"
  held "the password isn't in the journal" lacks "$password" "$dir/journal"
}

# a_root: Debian with systemd, made once.
a_root() {
  [[ ! -e $root/made ]] || return 0
  local mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u | grep -v security | head -n 1)
  say "making a Debian root folder (about a minute)"
  rm -rf "$root"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libnss-systemd,ca-certificates bookworm "$root" "$mirror" >"$dir/debootstrap.log" 2>&1 \
    || { tail -n 5 "$dir/debootstrap.log"; die "debootstrap failed: $dir/debootstrap.log"; }
  touch "$root/made"
}

install_service() {
  rm -rf "$root"/etc/wirepress "$root"/var/lib/{,private/}wirepress "$root"/var/log/journal "$root"/etc/systemd/system/wirepress*
  install -d "$root/var/log/journal"
  install -m 755 "$binary" "$root/usr/local/bin/wirepress"
  install -m 755 deploy/as-wirepress "$root/usr/local/sbin/"
  install -m 644 deploy/wirepress*.{service,timer} "$root/etc/systemd/system/"
  install -d "$root/etc/wirepress" "$root/etc/wirepress/credentials"
  install -m 600 /dev/stdin "$root/etc/wirepress/credentials/blog" <<<"$password"
  a_configuration news >"$root/etc/wirepress/wirepress.toml"
  # the unit's own two minutes would make this test slow
  install -D -m 644 /dev/stdin "$root/etc/systemd/system/wirepress.service.d/test.conf" <<<$'[Service]\nWatchdogSec=20s\nRestartSec=1s'
}

units_are_tight() {
  local unit score
  for unit in deploy/*.service; do
    score=$(systemd-analyze security --offline=true --no-pager "$unit" | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
    held "${unit##*/} is exposed $score (2.0 at most)" at_most "$score" 2.0
  done
  held "systemd-analyze verify has nothing to say" says_nothing systemd-analyze verify --root="$root" "$root"/etc/systemd/system/wirepress*.{service,timer}
}
says_nothing() { local output; output=$("$@" 2>&1) && [[ -z $output ]] || { echo "$output"; return 1; }; }

# boot: the machine's own systemd need not be one; the container shares the loopback.
boot() {
  setsid systemd-nspawn --register=no --keep-unit -q -D "$root" -b </dev/null >"$dir/boot.log" 2>&1 &
  nspawn=$!
  within 60 find_leader || die "the container doesn't boot: $dir/boot.log"
  within 60 settled || true
  saw "$(inside systemctl --version | head -n 1), $(inside systemctl is-system-running || true)"
}
find_leader() { leader=$(pgrep -x systemd -P "$nspawn") && inside true; }
settled() { local state; state=$(inside systemctl is-system-running || true); [[ $state = running || $state = degraded ]]; }
inside() { nsenter -t "$leader" -a env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_PAGER= SYSTEMD_COLORS=0 "$@"; }
property() { inside systemctl show -P "$1" "${2:-wirepress}"; }
journal_has() { inside journalctl -u wirepress -o cat --no-pager | grep -qE -- "$1"; }
is_up_as_not() { local pid; pid=$(property MainPID); [[ $(property SubState) = running && $pid != 0 && $pid != "$1" ]]; }

starts() {
  held "starts: READY=1 has come" inside systemctl start wirepress
  saw "ready after $ms ms, status: $(property StatusText)"
  held "runs as the dynamic user" equal "$(inside stat -c %U "/proc/$(property MainPID)")" wirepress
  uid=$(inside stat -c %u "/proc/$(property MainPID)")
  held "3 entries became 3 posts" within 60 posts_are 3
  held "the store belongs to that user, for its eyes only" equal "$(inside stat -c '%U %a' /var/lib/private/wirepress/wirepress.db)" "wirepress 600"
  saw "memory $(inside sed -n 's/^VmRSS:[[:space:]]*//p' "/proc/$(property MainPID)/status"), status: $(property StatusText)"
  held "as-wirepress status works beside the daemon" inside as-wirepress status
  held "as-wirepress check has the credential" inside as-wirepress check
  held "as-wirepress once finds the store in use and ends with 7" fails 7 inside as-wirepress once
}

survives() {
  local pid; pid=$(property MainPID)
  entries news 5
  inside systemctl kill --signal=KILL --kill-whom=main wirepress
  held "killed (SIGKILL), it is started again" within 20 is_up_as_not "$pid"
  held "2 new entries make 5 posts in all" within 60 posts_are 5
}

reloads() {
  local pid; pid=$(property MainPID)
  entries sports 2
  a_configuration news sports >"$root/etc/wirepress/wirepress.toml"
  held "reload takes a good configuration" inside systemctl reload wirepress
  saw "reload took $ms ms"
  held "the feed that it added brings 2 posts" within 60 posts_are 7
  printf '\n[[feed]]\nname = "wrong"\nadress = "x"\n' >>"$root/etc/wirepress/wirepress.toml"
  held "reload refuses a bad one" fails 1 inside systemctl reload wirepress
  inside systemctl kill --signal=HUP --kill-whom=main wirepress
  held "a bare SIGHUP with it is answered in the journal, with its place" within 10 journal_has 'wirepress\.toml:[0-9]+:[0-9]+'
  entries sports 3
  held "and the old configuration works on" within 60 posts_are 8
  held "in the same process" equal "$(property MainPID)" "$pid"
  held "a start with a bad one fails" fails 1 inside systemctl restart wirepress
  sleep 3
  held "with 3, and isn't tried again" equal "$(property ActiveState) $(property ExecMainStatus)" "failed 3"
  a_configuration news sports >"$root/etc/wirepress/wirepress.toml"
  inside systemctl start wirepress
}

is_watched() {
  local pid; pid=$(property MainPID)
  sleep 25
  held "its watchdog is content after 25 s of 20" equal "$(property MainPID)" "$pid"
  inside systemctl kill --signal=STOP --kill-whom=main wirepress
  held "a process that hangs is killed by it and started again" within 60 is_up_as_not "$pid"
  held "and the journal says so" journal_has 'Watchdog timeout|watchdog'
}

stops() {
  entries news 25
  within 30 more_posts_than 8 || true
  held "SIGTERM ends it" inside systemctl stop wirepress
  saw "stopped after $ms ms"
  held "in peace" equal "$(property Result) $(property ExecMainStatus)" "success 0"
  held "within the grace time of 25 s" at_most "$ms" 26000
  inside systemctl start wirepress
  held "what was under way is finished: 28 posts, none twice" within 90 posts_are 28
  sleep 6
  held "and stays so" posts_are 28
  inside systemctl stop wirepress
}
more_posts_than() { [[ $(posts) -gt $1 ]]; }

runs_by_timer() {
  entries sports 4
  install -D -m 644 /dev/stdin "$root/etc/systemd/system/wirepress-once.timer.d/test.conf" <<<$'[Timer]\nOnActiveSec=1s\nRandomizedDelaySec=0\nAccuracySec=1s'
  inside systemctl daemon-reload
  inside systemctl start wirepress-once.timer
  held "the timer runs once, on the daemon's store: 29 posts" within 60 posts_are 29
  held "which ends well" within 30 equal_property inactive
  held "with success" equal "$(property Result wirepress-once)" success
  held "by the daemon's user" equal "$(inside stat -c %u /var/lib/private/wirepress/wirepress.db)" "$uid"
  saw "$(inside journalctl -u wirepress-once -o cat --no-pager | tail -n 3)"
}
equal_property() { equal "$(property ActiveState wirepress-once)" "$1"; }

end_systemd() {
  [[ -n ${leader:-} ]] || return 0
  inside journalctl -u 'wirepress*' --no-pager >"$dir/journal" 2>&1 || true
  saw "the journal: $dir/journal"
  kill -s RTMIN+4 "$leader" 2>/dev/null || true
  wait "$nspawn" 2>/dev/null || true
}
