# shellcheck shell=bash disable=SC2154,SC2034,SC2016,SC2046
# The Dockerfile, built and run without a Docker engine. Sourced by scripts/deploy-test.
image=localhost/wirepress:test container=wirepress-test
# without rlimits and cgroups that a container in a virtual machine may not set
engine=(podman --runtime runc)
hard=(--network=host --ulimit nofile=1000:1000 --ulimit nproc=1000:1000 --read-only --read-only-tmpfs=false --cap-drop=all --security-opt=no-new-privileges)

try_image() {
  need_packages buildah podman runc curl debootstrap
  a_wordpress image; a_feed image
  mkdir -p "$dir/secrets"; chmod 700 "$dir/secrets"; echo "$password" >"$dir/secrets/wirepress_blog"; chmod 644 "$dir/secrets/wirepress_blog"
  a_configuration news >"$dir/image.toml"
  "${engine[@]}" rm -f "$container" >/dev/null 2>&1 || true; podman volume rm -f "$container" >/dev/null 2>&1 || true
  a_rust_base
  builds
  container_runs
  container_stops
}

# a_rust_base: the image that the Dockerfile builds in. Where it can't be had, one is made from Debian and this machine's Rust.
a_rust_base() {
  local base mirror sysroot
  base=$(sed -n 's/^FROM \(.*\) AS build$/\1/p' Dockerfile | sed "s/\${RUST}/$(arg RUST)/; s/\${DEBIAN}/$(arg DEBIAN)/")
  podman image exists "$base" && return
  podman pull -q "$base" >/dev/null 2>&1 && return
  say "$base can't be pulled: making one from Debian and $(rustc --version)"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u | grep -v security | head -n 1)
  sysroot=$(rustc --print sysroot)
  rm -rf "$dir/base"
  debootstrap --variant=minbase --include=gcc,libc6-dev,ca-certificates "$(arg DEBIAN)" "$dir/base" "$mirror" >"$dir/debootstrap.log" 2>&1
  cp /etc/ssl/certs/ca-certificates.crt "$dir/base/etc/ssl/certs/"
  mkdir -p "$dir/base/usr/local/cargo" "$dir/base/usr/local/lib"
  cp -a "$sysroot/bin/cargo" "$sysroot/bin/rustc" "$dir/base/usr/local/bin/"
  cp -a "$sysroot"/lib/. "$dir/base/usr/local/lib/"
  tar -C "$dir/base" -c . | podman import -c 'ENV CARGO_HOME=/usr/local/cargo' -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$base" >/dev/null
  rm -rf "$dir/base"
}
arg() { sed -n "s/^ARG $1=//p" Dockerfile; }

builds() {
  held "the Dockerfile builds" buildah bud --layers --isolation chroot --format docker -t "$image" .
  saw "built in $((ms / 1000)) s"
  podman image exists "$image" || die "no image, nothing more to see"
  local bytes; bytes=$(podman image inspect -f '{{.Size}}' "$image")
  held "the image has $(mb "$bytes") MB (30 at most)" at_most "$bytes" 30000000
  saw "compressed $(mb "$(podman save "$image" 2>/dev/null | gzip -9 | wc -c)") MB; user $(podman image inspect -f '{{.Config.User}}' "$image"); health check $(podman image inspect -f '{{.HealthCheck.Test}}' "$image" 2>/dev/null || podman image inspect -f '{{.Healthcheck.Test}}' "$image")"
}
mb() { awk -v n="$1" 'BEGIN { printf "%.1f", n / 1000000 }'; }

# container WORD… : a container with this verb, as compose.yaml would start it
in_container() {
  "${engine[@]}" --log-level=fatal run "${hard[@]}" -v "$dir/image.toml:/etc/wirepress/wirepress.toml:ro" \
    -v "$dir/secrets/wirepress_blog:/run/secrets/wirepress_blog:ro" -v "$container:/var/lib/wirepress" "$@"
}

container_runs() {
  held "check has the secret" in_container --rm "$image" check
  held "once --dry-run writes no post" in_container --rm "$image" once --dry-run
  held "there is none" posts_are 0
  held "run starts" in_container -d --name "$container" "$image"
  saw "started in $ms ms"
  held "3 entries became 3 posts" within 60 posts_are 3
  held "healthcheck says healthy" within 30 healthy
  local pid; pid=$(main_pid)
  held "it isn't root" grep -qx $'Uid:\t65532\t65532\t65532\t65532' "/proc/$pid/status"
  held "without a capability" grep -qx $'CapEff:\t0000000000000000' "/proc/$pid/status"
  held "nor a shell" fails 127 in_container --rm --entrypoint /bin/sh "$image" -c true
  held "a second one on its volume ends with 7" fails 7 in_container --rm "$image" once
  saw "memory $(sed -n 's/^VmRSS:[[:space:]]*//p' "/proc/$pid/status" || true)"
}
healthy() { "${engine[@]}" --log-level=fatal healthcheck run "$container"; }
# never 0, which would be our own process group to kill
main_pid() { local pid; pid=$(podman inspect -f '{{.State.Pid}}' "$container"); [[ $pid -gt 0 ]] && echo "$pid" || echo gone; }

container_stops() {
  local pid; pid=$(main_pid)
  held "the daemon hangs (SIGSTOP)" kill -STOP "$pid"
  held "a hanging one is unhealthy" within 200 unhealthy
  held "the daemon goes on (SIGCONT)" kill -CONT "$pid"
  held "and healthy again when it gets on" within 60 healthy
  held "stop (SIGTERM) ends it" "${engine[@]}" --log-level=fatal stop -t 40 "$container"
  saw "stopped after $ms ms"
  held "with 0" equal "$(podman inspect -f '{{.State.ExitCode}}' "$container")" 0
  "${engine[@]}" --log-level=fatal logs "$container" >"$dir/container.log" 2>&1
  saw "its log: $dir/container.log"
  held "the password isn't in it" lacks "$password" "$dir/container.log"
  held "healthcheck without a daemon fails" fails 1 in_container --rm "$image" healthcheck
  held "once in a new container on the old volume ends well" in_container --rm "$image" once
  held "and posts nothing again" posts_are 3
}
unhealthy() { ! healthy; }

end_image() {
  "${engine[@]}" --log-level=fatal rm -f -t 0 "$container" >/dev/null 2>&1 || true
  podman volume rm -f "$container" >/dev/null 2>&1 || true
}
