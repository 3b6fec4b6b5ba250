import { versions } from "./versions.mjs"

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
const golang = (version) => ({
  Env: [`PATH=/go/bin:/usr/local/go/bin:${PATH}`, `GOLANG_VERSION=${version}`, "GOTOOLCHAIN=local", "GOPATH=/go"],
  WorkingDir: "/go",
  Cmd: ["bash"],
})
const SSL = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
const NODE_CERTIFICATES = "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"
/** Images built with ko on distroless: no shell, the account nonroot. */
const ko = (program) => ({
  Env: [`PATH=${PATH}:/ko-app`, SSL, "KO_DATA_PATH=/var/run/ko"],
  User: "65532",
  WorkingDir: "/home/nonroot",
  Entrypoint: [`/ko-app/${program}`],
})
/** The content differs from the official image, which a label records. */
const standIn = (what) => ({ Labels: { "slipway.test.inside": what } })

/**
 * The images in the registry, with the official names, and with the configuration of the official images as far as a module
 * can see it. `layers` names steps; `variable` is the module's argument that `.env` sets to the image.
 */
export const images = [
  {
    names: ["library/debian:bookworm-slim", "library/debian:bookworm", "library/debian:12-slim", "library/debian:12"],
    layers: { amd64: ["base-amd64"], arm64: ["base-arm64"] },
    config: { Cmd: ["bash"] },
  },
  {
    names: ["library/node:24", "library/node:24-slim", "library/node:24-bookworm-slim"],
    layers: { amd64: ["base-amd64", "node-amd64"], arm64: ["base-arm64", "node-arm64"] },
    // Node has built-in authorities; an engine behind a proxy adds that of the proxy to the system's.
    config: {
      Env: [`NODE_VERSION=${versions.node}`, NODE_CERTIFICATES],
      Entrypoint: ["docker-entrypoint.sh"],
      Cmd: ["node"],
    },
    variable: "NODEIMAGE",
    host: "docker.io",
  },
  {
    names: ["library/golang:1.26", "library/golang:1.26-bookworm"],
    layers: { amd64: ["base-amd64", "go-new"] },
    config: golang("1.26"),
  },
  {
    names: ["library/golang:1.21", "library/golang:1.21-bookworm"],
    layers: { amd64: ["base-amd64", "go-old"] },
    config: golang(versions.goOld),
  },
  {
    names: ["library/python:3.11", "library/python:3.11-slim"],
    layers: { amd64: ["base-amd64", "python"] },
    config: { Env: ["LANG=C.UTF-8"], Cmd: ["python3"] },
  },
  {
    names: ["distroless/static-debian12:latest"],
    layers: { amd64: ["static-amd64"], arm64: ["static-arm64"] },
    config: { Env: [SSL], User: "0", WorkingDir: "/" },
  },
  {
    names: ["distroless/static-debian12:nonroot"],
    layers: { amd64: ["static-amd64"], arm64: ["static-arm64"] },
    config: { Env: [SSL], User: "65532", WorkingDir: "/home/nonroot" },
  },
  {
    names: [`aquasec/trivy:${versions.trivy.slice(1)}`],
    layers: { amd64: ["base-amd64", "trivy"] },
    config: { Entrypoint: ["trivy"] },
    variable: "TRIVYIMAGE",
    host: "docker.io",
  },
  {
    names: [`sigstore/cosign/cosign:${versions.cosign}`],
    layers: { amd64: ["static-amd64", "cosign"] },
    config: ko("cosign"),
    variable: "COSIGNIMAGE",
    host: "ghcr.io",
  },
  {
    names: [`go-containerregistry/crane:${versions.crane}`],
    layers: { amd64: ["static-amd64", "crane"] },
    config: ko("crane"),
    variable: "CRANEIMAGE",
    host: "gcr.io",
  },
  {
    names: [`kustomize/kustomize:${versions.kustomize}`],
    layers: { amd64: ["base-amd64", "kustomize"] },
    config: { Env: [`PATH=${PATH}:/app`], WorkingDir: "/app", Entrypoint: ["/app/kustomize"] },
    variable: "KUSTOMIZEIMAGE",
    host: "registry.k8s.io",
  },
  {
    names: [`library/registry:${versions.registry.slice(1)}`, "library/registry:3"],
    layers: { amd64: ["base-amd64", "registry"] },
    config: {
      Env: ["OTEL_TRACES_EXPORTER=none"],
      Entrypoint: ["/entrypoint.sh"],
      Cmd: ["/etc/distribution/config.yml"],
      ExposedPorts: { "5000/tcp": {} },
      Volumes: { "/var/lib/registry": {} },
    },
    variable: "REGISTRYIMAGE",
    host: "docker.io",
  },
  {
    names: [`anchore/grype:${versions.grype}`],
    layers: { amd64: ["static-amd64", "grype"] },
    config: { WorkingDir: "/tmp", Entrypoint: ["/grype"] },
    variable: "GRYPEIMAGE",
    host: "docker.io",
  },
  {
    names: ["library/postgres:17"],
    layers: { amd64: ["base-amd64", "postgres"] },
    config: {
      ...standIn("PostgreSQL 15, from Debian 12"),
      Env: [`PATH=${PATH}:/usr/lib/postgresql/15/bin`, "LANG=C.UTF-8", "PGDATA=/var/lib/postgresql/data"],
      Entrypoint: ["docker-entrypoint.sh"],
      Cmd: ["postgres"],
      ExposedPorts: { "5432/tcp": {} },
      Volumes: { "/var/lib/postgresql/data": {} },
      StopSignal: "SIGINT",
    },
  },
  {
    names: ["library/redis:8"],
    layers: { amd64: ["base-amd64", "redis"] },
    config: {
      ...standIn("Redis 7.0, from Debian 12"),
      Entrypoint: ["docker-entrypoint.sh"],
      Cmd: ["redis-server"],
      WorkingDir: "/data",
      ExposedPorts: { "6379/tcp": {} },
      Volumes: { "/data": {} },
    },
  },
  {
    names: ["slipway-test/git:1"],
    layers: { amd64: ["base-amd64", "git"] },
    config: { Entrypoint: ["git-server"], Cmd: ["http"], WorkingDir: "/srv/git" },
  },
  {
    names: ["library/buildpack-deps:bookworm-scm"],
    layers: { amd64: ["base-amd64", "gpg"] },
    config: { Cmd: ["bash"] },
  },
  {
    names: ["slipway-test/referrers-registry:1"],
    layers: { amd64: ["static-amd64", "referrers-registry"] },
    config: { Entrypoint: ["/usr/local/bin/referrers-registry"], ExposedPorts: { "5000/tcp": {} } },
  },
  {
    names: ["library/maven:3-eclipse-temurin-17"],
    layers: { amd64: ["base-amd64", "maven"] },
    config: { ...standIn("Maven 3.8 and OpenJDK 17, from Debian 12"), Entrypoint: [], Cmd: ["mvn"] },
  },
  {
    names: ["library/rust:1"],
    layers: { amd64: ["base-amd64", "rust"] },
    config: { ...standIn("Rust 1.96, from Debian 12"), Cmd: ["bash"] },
  },
  {
    names: ["slipway-test/containerd:1"],
    layers: { amd64: ["base-amd64", "containerd"] },
    config: { Cmd: ["containerd"] },
  },
  {
    names: [`alpine/helm:${versions.helm.slice(1)}`],
    layers: { amd64: ["base-amd64", "helm"] },
    config: { WorkingDir: "/apps", Entrypoint: ["helm"], Cmd: ["--help"] },
    variable: "HELMIMAGE",
    host: "docker.io",
  },
  {
    names: ["slipway-test/kustomize-helm:1"],
    layers: { amd64: ["base-amd64", "kustomize", "helm"] },
    config: { Env: [`PATH=${PATH}:/app`], WorkingDir: "/app", Entrypoint: ["/app/kustomize"] },
  },
  {
    names: [`openpolicyagent/conftest:${versions.conftest}`],
    layers: { amd64: ["base-amd64", "conftest"] },
    config: { WorkingDir: "/project", Entrypoint: ["/conftest"], Cmd: ["--help"] },
    variable: "CONFTESTIMAGE",
    host: "docker.io",
  },
  {
    names: [`yannh/kubeconform:${versions.kubeconform}`],
    layers: { amd64: ["static-amd64", "kubeconform"] },
    config: { Entrypoint: ["/kubeconform"] },
    variable: "KUBECONFORMIMAGE",
    host: "ghcr.io",
  },
  {
    names: [`sigstore/fulcio:${versions.fulcio}`],
    layers: { amd64: ["static-amd64", "fulcio"] },
    config: { ...ko("fulcio"), Cmd: ["serve"] },
  },
  {
    names: [`sigstore/timestamp-server:${versions.timestampAuthority}`],
    layers: { amd64: ["static-amd64", "timestamp-server"] },
    config: { ...ko("timestamp-server"), Cmd: ["serve"] },
  },
  {
    names: [`sigstore/rekor-tiles/posix:${versions.rekorTiles}`],
    layers: { amd64: ["static-amd64", "rekor-server"] },
    config: {
      Env: [`PATH=${PATH}`, SSL],
      User: "65532",
      WorkingDir: "/home/nonroot",
      Cmd: ["rekor-server", "serve"],
    },
  },
  {
    names: [`rhysd/actionlint:${versions.actionlint.slice(1)}`],
    layers: { amd64: ["base-amd64", "actionlint"] },
    config: { Entrypoint: ["/usr/local/bin/actionlint"] },
  },
  {
    names: [`slipway-test/policy-tester:${versions.policyController}`],
    layers: { amd64: ["base-amd64", "policy-tester"] },
    config: { Entrypoint: ["/ko-app/policy-tester"] },
  },
  {
    names: [`kyverno/kyverno-cli:${versions.kyverno}`],
    layers: { amd64: ["base-amd64", "kyverno"] },
    config: {
      ...standIn("the program of the official image on Debian, with a shell"),
      Entrypoint: ["/ko-app/kubectl-kyverno"],
    },
    variable: "KYVERNOIMAGE",
    host: "ghcr.io",
  },
]
