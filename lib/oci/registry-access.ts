import type { Container, File, Secret, Service } from "@dagger.io/dagger"
import type { Repository } from "./repository.ts"

/** How a registry is reached. Without `dockerConfig` the registry is asked as nobody. */
export type RegistryAccess = { service?: Service; plainHttp: boolean; dockerConfig?: Secret; caCertificate?: File }

const CONFIG_DIR = "/slipway/docker"
const CA_DIR = "/slipway/ca"
/** cosign's and crane's images run as this user, and a secret that they cannot read is a login as nobody. */
export const NONROOT = "65532"

/** Gives a Go tool (crane, cosign, trivy) the registry: its address, its login and its certificate authority. */
export function withRegistry(access: RegistryAccess, { host }: Repository): (tool: Container) => Container {
  return (tool) => tool.with(withService(access, host)).with(withLogin(access)).with(withCertificate(access))
}

function withService({ service }: RegistryAccess, host: string): (tool: Container) => Container {
  return (tool) => (service ? tool.withServiceBinding(host.replace(/:[0-9]+$/, ""), service) : tool)
}

function withLogin({ dockerConfig }: RegistryAccess): (tool: Container) => Container {
  return (tool) =>
    dockerConfig
      ? tool
          .withMountedSecret(`${CONFIG_DIR}/config.json`, dockerConfig, { owner: NONROOT })
          .withEnvVariable("DOCKER_CONFIG", CONFIG_DIR)
      : tool
}

function withCertificate({ caCertificate }: RegistryAccess): (tool: Container) => Container {
  return (tool) =>
    caCertificate
      ? tool
          .withMountedFile(`${CA_DIR}/ca.crt`, caCertificate, { owner: NONROOT })
          .withEnvVariable("SSL_CERT_DIR", `/etc/ssl/certs:${CA_DIR}`)
      : tool
}
