# syntax=docker/dockerfile:1
# wirepress in an image without a shell: the binary, the libraries that it names, the certificate authorities.
#   docker build -t wirepress .            buildah bud --format docker -t wirepress .   (OCI's own format has no HEALTHCHECK)
#   docker run --read-only --cap-drop all -v ./wirepress.toml:/etc/wirepress/wirepress.toml:ro \
#     -v ./secrets/blog:/run/secrets/wirepress_blog:ro -v wirepress:/var/lib/wirepress wirepress
# docs/operations.md tells the rest, deploy/compose.yaml puts WordPress and MariaDB beside it.
ARG RUST=1.95
ARG DEBIAN=bookworm

FROM docker.io/library/rust:${RUST}-slim-${DEBIAN} AS build
WORKDIR /src
COPY . .
# The sources are touched because a cached target folder may be younger than they are.
RUN --mount=type=cache,id=wirepress-registry,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,id=wirepress-target,target=/src/target,sharing=locked \
    find src -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --bin wirepress \
    && install -s -D target/release/wirepress /image/usr/local/bin/wirepress
# What the binary needs of a system, and no more. glibc brings files and DNS look-ups itself.
RUN set -eu; cd /image; \
    ldd usr/local/bin/wirepress | grep -o '/[^ ]*' | sort -u | while read -r library; do \
        install -D "$(readlink -f "$library")" ".$library"; done; \
    install -D -m 644 /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ca-certificates.crt; \
    echo 'hosts: files dns' > etc/nsswitch.conf; \
    echo 'wirepress:x:65532:65532::/var/lib/wirepress:/sbin/nologin' > etc/passwd; \
    echo 'wirepress:x:65532:' > etc/group; \
    install -d -m 755 etc/wirepress; install -d -m 1777 tmp; \
    install -d -m 700 -o 65532 -g 65532 var/lib/wirepress; \
    chroot . /usr/local/bin/wirepress --version

FROM scratch
LABEL org.opencontainers.image.title="wirepress" \
      org.opencontainers.image.description="Turns RSS, Atom and JSON feeds into WordPress posts: one entry, one post" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /image /
# The same place of the store as under systemd; { credential = "name" } is /run/secrets/name. SQLite's large temporary
# files go beside the store, so that nothing else need be writable.
ENV PATH=/usr/local/bin \
    HOME=/var/lib/wirepress \
    STATE_DIRECTORY=/var/lib/wirepress \
    SQLITE_TMPDIR=/var/lib/wirepress \
    WIREPRESS_CONFIG=/etc/wirepress/wirepress.toml
USER 65532:65532
VOLUME /var/lib/wirepress
WORKDIR /var/lib/wirepress
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m --retries=3 CMD ["wirepress", "healthcheck"]
ENTRYPOINT ["wirepress"]
CMD ["run"]
