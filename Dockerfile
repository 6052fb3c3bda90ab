# syntax=docker/dockerfile:1.7
# Tocsin's server and worker: one static binary on an image without a shell.
#
#   docker build -t tocsin:dev .

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
# Modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
# timetzdata: deadlines are shown in the user's zone, wherever the image runs.
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w" -o /out/tocsin ./cmd/tocsin

# static has the certificate authorities, a user without rights, and nothing to
# run besides the binary.
FROM gcr.io/distroless/static-debian12:nonroot
ARG VERSION=dev
LABEL org.opencontainers.image.title="Tocsin" \
      org.opencontainers.image.description="GDPR incident response: the clock, the authority, the people affected" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY --from=build /out/tocsin /tocsin
COPY --from=build /src/LICENSE /src/NOTICE /licenses/
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 CMD ["/tocsin", "healthcheck"]
ENTRYPOINT ["/tocsin"]
CMD ["serve"]
