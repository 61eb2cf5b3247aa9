# promenade alone: one static program and the certificate authorities by which servers are trusted.
#
#   docker build --tag promenade .
#   docker run --rm --env OCTOPUS_URL --env OCTOPUS_API_KEY promenade deploy --project "Web Shop" --to Development

FROM docker.io/library/rust:1.95-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked && cp target/*-linux-gnu/release/promenade /promenade

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /promenade /promenade
USER 65532:65532
ENTRYPOINT ["/promenade"]
