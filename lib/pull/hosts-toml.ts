import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"

/** https://github.com/containerd/containerd/blob/main/docs/hosts.md: a node's mirrors of one registry, asked in turn. */
export function hostsToml({ host }: Repository, mirrors: string[]): string {
  const server = host === "docker.io" ? "registry-1.docker.io" : host
  return [
    `# /etc/containerd/certs.d/${host}/hosts.toml on every node, for whose containerd config_path = "/etc/containerd/certs.d".`,
    "# k3s and RKE2 write this file themselves: there the mirrors stand in /etc/rancher/<k3s or rke2>/registries.yaml.",
    '# A mirror may "pull" by digest, which it cannot forge; "resolve" would let it say what a tag means.',
    `server = "https://${server}"`,
    ...mirrors
      .map(parseMirror)
      .flatMap(({ url, path }) => [
        "",
        `[host."${url}"]`,
        '  capabilities = ["pull"]',
        ...(path ? ["  override_path = true"] : []),
      ]),
    "",
  ].join("\n")
}

/** A path is where the API begins, such as Harbor's /v2/<project> of a proxy cache. */
function parseMirror(text: string): { url: string; path: boolean } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url && !url.username && !url.password && !url.search && !url.hash && !/["\\]/.test(text)
  if (plain && /^https?:$/.test(url.protocol)) return { url: text.replace(/\/+$/, ""), path: url.pathname !== "/" }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a mirror's address, such as https://mirror.acme.internal",
    got: url?.username || url?.password ? "one with a login in it" : quote(text),
    fix: "With a path it is where the API begins, such as https://harbor.acme.internal/v2/ghcr; logins are the Secret's.",
  })
}
