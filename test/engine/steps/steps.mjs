import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"

import { versions } from "../lib/versions.mjs"

const LAYER = "steps/layer.sh"
const base = (arch) => ({
  body: "steps/base.sh",
  reads: [LAYER],
  needs: ["packages"],
  set: { ARCH: arch, DEBIAN: versions.debian },
})
const staticRoot = (arch) => ({
  body: "steps/static-layer.sh",
  reads: [LAYER],
  needs: [`base-${arch}`],
  set: { ARCH: arch },
})
const node = (version, arch, npmArch) => ({
  body: "steps/node-layer.sh",
  reads: [LAYER, "files/node"],
  needs: [`base-${arch}`],
  set: { ARCH: arch, NPM_ARCH: npmArch, NODE: version, NPM: versions.npm },
})

/** Debian packages on top of the base, and files of ours over them. */
const debian = (packages, { files, finish = "", optional = false } = {}) => ({
  body: "steps/debian-layer.sh",
  reads: [LAYER, ...(files ? [files] : [])],
  needs: ["base-amd64"],
  set: { PACKAGES: packages, FINISH: finish, ...(files && { FILES: files }) },
  optional,
})

/** A Go program: the package, its version, and where its official image has it. */
const tool = (pkg, version, at, { files, ...set } = {}, optional = false) => ({
  body: "steps/go-tool.sh",
  reads: [LAYER, ...(files ? [files] : [])],
  needs: ["packages"],
  set: { PACKAGE: pkg, VERSION: version, AT: at, ...(files && { FILES: files }), ...set, GO: go().version },
  heavy: true,
  optional,
})

/** A Go program whose module replaces dependencies: the package below the module, and where its official image has it. */
const replaced = (module, pkg, version, at, link = "") => ({
  body: "steps/go-replaced.sh",
  reads: [LAYER],
  needs: ["packages"],
  set: { MODULE: module, PACKAGE: `${module}/${pkg}`, VERSION: version, AT: at, LINK: link, GO: go().version },
  heavy: true,
  optional: true,
})

/** The modules whose custom resource definitions the test's Kubernetes API has, and where these are in them. */
const CRDS = [
  `argo-rollouts github.com/argoproj/argo-rollouts@${versions.argoRollouts} manifests/crds/*-crd.yaml`,
  `external-secrets github.com/external-secrets/external-secrets@${versions.externalSecrets} config/crds/bases/external-secrets.io_externalsecrets.yaml`,
  `kyverno github.com/kyverno/kyverno@${versions.kyverno} config/crds/kyverno/*_clusterpolicies.yaml config/crds/policies.kyverno.io/*.io_imagevalidatingpolicies.yaml`,
  `policy-controller github.com/sigstore/policy-controller@${versions.policyController} config/300-*.yaml`,
].join("\n")

/** What installs the admission controllers: their settings, webhooks and custom resource definitions, from their modules. */
const ADMISSION = [
  `policy-controller github.com/sigstore/policy-controller@${versions.policyController} config/*.yaml`,
  `kyverno github.com/kyverno/kyverno@${versions.kyverno} config/install-latest-testing.yaml`,
].join("\n")

const ARGO_CD_CRDS = `argo-cd github.com/argoproj/argo-cd/v3@${versions.argoCd} manifests/crds/*-crd.yaml`

/** All that can be built. The order is that of preference; `needs` is what holds. `with` is built too, but not in the key. */
export function allSteps() {
  return {
    packages: { body: "steps/packages.sh", holds: packagesAreThere },
    engine: {
      body: "steps/engine.sh",
      reads: ["stand-in"],
      needs: ["packages"],
      set: { DAGGER: versions.dagger, GO: go().version },
      heavy: true,
    },
    "base-amd64": base("amd64"),
    "base-arm64": base("arm64"),
    "node-sdk": node(versions.nodeOfSdk, "amd64", "x64"),
    "node-amd64": node(versions.node, "amd64", "x64"),
    "node-arm64": node(versions.node, "arm64", "arm64"),
    "go-new": { body: "steps/go-layer.sh", reads: [LAYER], needs: ["packages"], set: { GO: go().version } },
    "go-old": { body: "steps/go-layer.sh", reads: [LAYER], needs: ["packages"], set: { RELEASE: versions.goOld } },
    "static-amd64": staticRoot("amd64"),
    "static-arm64": staticRoot("arm64"),
    "sdk-go": {
      body: "steps/sdk-go.sh",
      reads: [LAYER],
      needs: ["engine"],
      set: { DAGGER: versions.dagger, GJSON: versions.gjson, SJSON: versions.sjson, GO: go().version },
    },
    "sdk-typescript": {
      body: "steps/sdk-typescript.sh",
      reads: [LAYER, "typescript-sdk"],
      needs: ["engine", "base-amd64", "node-sdk"],
      set: {
        DAGGER: versions.dagger,
        TYPESCRIPT: versions.typescriptOfSdk,
        TSX: versions.tsx,
        YARN: versions.yarn,
        BUN: versions.bun,
        ROLLUP: versions.rollup,
        ROLLUP_DTS: versions.rollupDts,
      },
    },
    distribution: {
      body: "steps/distribution.sh",
      reads: ["lib/image.mjs", "lib/write-layout.mjs"],
      needs: ["packages", "engine", "base-amd64", "go-new", "sdk-go", "sdk-typescript"],
      set: { PROXIES: go().proxy },
    },
    registry: tool("github.com/distribution/distribution/v3/cmd/registry", versions.registry, "/usr/bin/registry", {
      files: "files/registry",
      LINK: `-X github.com/distribution/distribution/v3/version.version=${versions.registry}`,
    }),
    crane: tool("github.com/google/go-containerregistry/cmd/crane", versions.crane, "/ko-app/crane"),
    "referrers-registry": {
      body: "steps/referrers-registry.sh",
      reads: [LAYER, "referrers-registry"],
      needs: ["packages"],
      set: { VERSION: versions.crane, GO: go().version },
      heavy: true,
    },
    kustomize: tool("sigs.k8s.io/kustomize/kustomize/v5", versions.kustomize, "/app/kustomize", {
      LINK: `-X sigs.k8s.io/kustomize/api/provenance.version=${versions.kustomize}`,
    }),
    cosign: tool("github.com/sigstore/cosign/v3/cmd/cosign", versions.cosign, "/ko-app/cosign", {
      LINK: `-X sigs.k8s.io/release-utils/version.gitVersion=${versions.cosign}`,
    }),
    trivy: tool("github.com/aquasecurity/trivy/cmd/trivy", versions.trivy, "/usr/local/bin/trivy", {
      GOEXPERIMENT: "jsonv2",
      LINK: `-X github.com/aquasecurity/trivy/pkg/version/app.ver=${versions.trivy.slice(1)}`,
      MODULE: "github.com/aquasecurity/trivy",
      MODULE_FILES: "contrib/*.tpl=/contrib",
    }),
    grype: tool("github.com/anchore/grype/cmd/grype", versions.grype, "/grype", {
      LINK: `-X main.version=${versions.grype.slice(1)}`,
    }),
    python: debian("python3 python3-pip python3-venv", { finish: PYTHON_LINKS }),
    postgres: debian("postgresql postgresql-contrib", {
      files: "files/postgres",
      finish: "mkdir -p /docker-entrypoint-initdb.d; rm -rf /var/lib/postgresql/15 /etc/postgresql/15",
    }),
    redis: debian("redis-server redis-tools", { files: "files/redis", finish: "mkdir -p /data" }),
    git: debian("openssh-server lighttpd lighttpd-mod-authn-file apache2-utils", {
      files: "files/git",
      finish: "mkdir -p /srv/git; rm /etc/ssh/ssh_host_*",
    }),
    gpg: debian("gpg gpg-agent"),
    maven: debian("maven default-jdk-headless", { finish: JAVA_AUTHORITIES, optional: true }),
    rust: debian("cargo-web gcc libc6-dev", { optional: true }),
    containerd: debian("containerd", { optional: true }),
    helm: tool(
      "helm.sh/helm/v4/cmd/helm",
      versions.helm,
      "/usr/bin/helm",
      { LINK: `-X helm.sh/helm/v4/internal/version.version=${versions.helm}` },
      true,
    ),
    conftest: tool("github.com/open-policy-agent/conftest", versions.conftest, "/conftest", {}, true),
    kubeconform: tool("github.com/yannh/kubeconform/cmd/kubeconform", versions.kubeconform, "/kubeconform", {}, true),
    fulcio: tool("github.com/sigstore/fulcio", versions.fulcio, "/ko-app/fulcio", {}, true),
    "timestamp-server": tool(
      "github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server",
      versions.timestampAuthority,
      "/ko-app/timestamp-server",
      {},
      true,
    ),
    "rekor-server": tool(
      "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix",
      versions.rekorTiles,
      "/usr/local/bin/rekor-server",
      {},
      true,
    ),
    actionlint: tool(
      "github.com/rhysd/actionlint/cmd/actionlint",
      versions.actionlint,
      "/usr/local/bin/actionlint",
      {},
      true,
    ),
    "policy-tester": replaced(
      "github.com/sigstore/policy-controller",
      "cmd/tester",
      versions.policyController,
      "/ko-app/policy-tester",
    ),
    kyverno: replaced(
      "github.com/kyverno/kyverno",
      "cmd/cli/kubectl-kyverno",
      versions.kyverno,
      "/ko-app/kubectl-kyverno",
      `-X github.com/kyverno/kyverno/pkg/version.BuildVersion=${versions.kyverno}`,
    ),
    etcd: { body: "steps/etcd.sh", needs: ["packages"], optional: true },
    crds: { body: "steps/crds.sh", needs: ["packages"], set: { MODULES: CRDS }, optional: true },
    kubernetes: {
      body: "steps/kubernetes.sh",
      reads: ["kubernetes"],
      needs: ["packages"],
      with: ["etcd", "crds"],
      set: { VERSION: versions.kubernetes, GO: go().version },
      heavy: true,
      optional: true,
    },
    "admission-manifests": {
      body: "steps/crds.sh",
      needs: ["packages"],
      set: { MODULES: ADMISSION },
      optional: true,
    },
    "policy-webhook": {
      ...replaced(
        "github.com/sigstore/policy-controller",
        "cmd/webhook",
        versions.policyController,
        "/ko-app/policy-webhook",
      ),
      with: ["admission-manifests"],
    },
    "kyverno-webhook": {
      ...replaced(
        "github.com/kyverno/kyverno",
        "cmd/kyverno",
        versions.kyverno,
        "/ko-app/kyverno",
        `-X github.com/kyverno/kyverno/pkg/version.BuildVersion=${versions.kyverno}`,
      ),
      with: ["admission-manifests"],
    },
    "redis-server": { body: "steps/redis-server.sh", needs: ["redis"], optional: true },
    "argo-cd-crds": { body: "steps/crds.sh", needs: ["packages"], set: { MODULES: ARGO_CD_CRDS }, optional: true },
    "argo-cd": {
      body: "steps/argo-cd.sh",
      reads: ["argo-cd"],
      needs: ["packages"],
      with: ["redis-server", "argo-cd-crds"],
      set: { VERSION: versions.argoCd, GO: go().version },
      heavy: true,
      optional: true,
    },
    "argo-rollouts": replaced(
      "github.com/argoproj/argo-rollouts",
      "cmd/rollouts-controller",
      versions.argoRollouts,
      "/bin/rollouts-controller",
    ),
    flux: {
      body: "steps/flux.sh",
      needs: ["packages"],
      set: {
        CONTROLLERS: "source-controller kustomize-controller",
        VERSION: versions.flux,
        // the module proxy refuses the version that source-controller requires
        REPLACED: "github.com/fluxcd/pkg/artifact=github.com/fluxcd/pkg/artifact@v0.18.0",
        GO: go().version,
      },
      heavy: true,
      optional: true,
    },
    gitea: {
      body: "steps/gitea.sh",
      needs: ["packages"],
      set: { VERSION: versions.gitea, GO: go().version },
      heavy: true,
      optional: true,
    },
  }
}

// As in the official image: the names in /usr/local/bin, and pip may install into the system.
const PYTHON_LINKS = `
for name in python python3; do ln -s /usr/bin/python3 /usr/local/bin/$name; done
for name in pip pip3; do ln -s /usr/bin/pip3 /usr/local/bin/$name; done
rm /usr/lib/python3*/EXTERNALLY-MANAGED
`

// Java has a store of its own, which knows Debian's authorities and none that the bundle has besides.
const JAVA_AUTHORITIES = `
known=$(for file in /usr/share/ca-certificates/mozilla/*.crt; do openssl x509 -noout -fingerprint -in "$file"; done)
awk '/BEGIN CERTIFICATE/ { n++ } { print > "/tmp/authority-" n ".pem" }' /etc/ssl/certs/ca-certificates.crt
for file in /tmp/authority-*.pem; do
  case "$known" in *"$(openssl x509 -noout -fingerprint -in "$file")"*) continue ;; esac
  keytool -importcert -noprompt -cacerts -storepass changeit -alias "$(basename "$file")" -file "$file"
done
`

/** A restored cache says nothing about the machine that it was restored on. */
function packagesAreThere() {
  return [
    "/usr/sbin/runc",
    "/usr/sbin/dnsmasq",
    "/usr/sbin/debootstrap",
    "/usr/bin/xtables-nft-multi",
    "/usr/lib/cni/bridge",
    "/usr/bin/qemu-aarch64-static",
    "/usr/bin/rg",
    "/usr/bin/pigz",
    "/usr/bin/git",
    "/usr/bin/ssh",
    "/usr/bin/openssl",
  ].every((file) => existsSync(file))
}

let answered
/** The toolchain in use and the module proxy, asked once. */
function go() {
  const words = ["env", "GOVERSION", "GOPROXY"]
  answered ??= execFileSync("go", words, { encoding: "utf8", timeout: 60_000, cwd: "/" }).trim().split("\n")
  return { version: answered[0], proxy: answered[1] }
}
