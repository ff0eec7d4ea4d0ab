# roomnight as an image; compose.yaml uses it. Needs BuildKit, which keeps what was compiled.
FROM rust:1.95-bookworm AS build
WORKDIR /roomnight
COPY . .
ENV ROOMNIGHT_CACHE=/cache
RUN --mount=type=cache,target=/cache --mount=type=cache,target=/usr/local/cargo/registry \
    make build && cp /cache/target/release/roomnight /usr/local/bin/roomnight

FROM debian:bookworm-slim
COPY --from=build /usr/local/bin/roomnight /usr/local/bin/roomnight
RUN useradd --system roomnight && install -d -o roomnight /data
USER roomnight
VOLUME /data
ENTRYPOINT ["roomnight"]
CMD ["serve", "--data", "/data"]
