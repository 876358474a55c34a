# syntax=docker/dockerfile:1
FROM golang:1.26.11-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download && go mod verify
# All of the tree, .git too: Go stamps version and commit from it, and calls a
# build whose tree lacks tracked files a changed one. .dockerignore keeps out
# only what git does not track.
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /out/herbarium ./cmd/herbarium && /out/herbarium version

# Nothing but the binary, which embeds the datasets that ship and the time
# zones, and the roots that TLS to a MongoDB elsewhere needs.
FROM scratch
LABEL org.opencontainers.image.title="Herbarium" \
      org.opencontainers.image.description="Declared datasets as fast, validated, documented query APIs" \
      org.opencontainers.image.licenses="Apache-2.0"
# docker build --build-arg VERSION=1.2.3 --build-arg REVISION=$(git rev-parse HEAD) .
ARG VERSION="" REVISION=""
LABEL org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/herbarium /herbarium
# A folder mounted at /datasets takes the place of the datasets that ship.
WORKDIR /
USER 65532:65532
# serve listens here, and health asks here.
ENV HERBARIUM_ADDR=:8000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=4s --start-period=5s --retries=3 CMD ["/herbarium", "health"]
ENTRYPOINT ["/herbarium"]
CMD ["serve"]
