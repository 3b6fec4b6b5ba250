import { type Directory, type File, func, object, type Secret, type Service } from "@dagger.io/dagger"
import { DEFAULT_NAME } from "../defaults.ts"
import { clusterInput } from "./access.ts"

/** The cluster: wait for a release, image pull secrets */
@object()
export class Cluster {
  kubeconfig?: Secret
  kubeContext?: string
  clusterServer?: string
  argocdServer?: string
  clusterToken?: Secret
  clusterCaCertificate?: File
  clusterService?: Service

  /**
   * Wait until a cluster runs a release, as Argo CD, Flux, Argo Rollouts or a Deployment reports it.
   *
   * An application is live when it is synced to the commit and healthy (or, at a later commit, when its pods run the ref's
   * digest); a kustomization when it is ready at the commit; a helmrelease when it is ready with values that contain the
   * digest; a rollout and a deployment when all their pods have the digest. Only reads, with the verb `get`. Returns a line
   * for each resource. Errors: SYNC_FAILED if one degraded, failed or was aborted, or the API refuses; SYNC_TIMEOUT; both
   * with the last state seen; OPTIONS_INVALID, such as for a kubeconfig that needs a program.
   *
   * @param resources What to wait for, each as KIND/NAMESPACE/NAME: application, kustomization, helmrelease, rollout or deployment
   * @param commit Commit of the GitOps repository, in full, as bump-gitops prints it; for application and kustomization
   * @param ref The image as repository@sha256:<digest>; for application, helmrelease, rollout and deployment
   * @param timeout Longest wait, in seconds; default 600
   * @param settle Seconds that a failure must persist before it counts; default 15: right after a bump it can be the previous release's
   */
  @func({ cache: "never" }) // a cluster changes
  async waitForSync(
    resources: string[],
    commit?: string,
    ref?: string,
    timeout: number = 600,
    settle: number = 15,
  ): Promise<string> {
    const { waitForSync } = await import("#lib/sync/wait-for-sync.ts")
    return await waitForSync({ resources, commit, ref, timeout, settle, api: clusterInput(this) })
  }

  /**
   * Write the Secret with which a cluster pulls a private repository's images, as a manifest that is itself a secret.
   *
   * Takes a login as arguments, never the constructor's, which may push: give the cluster one that can only read. Returns
   * the manifest of a kubernetes.io/dockerconfigjson Secret, with the logins for the hosts of this repository and its replicas alone:
   * `plaintext | kubectl apply -f -`, or into a tool that seals it; never into git unsealed. Errors: OPTIONS_INVALID if there
   * is no login for the host, or one that the kubelet cannot read.
   *
   * @param repository Repository of the image, such as ghcr.io/acme/hello
   * @param name Name of the Secret; default registry-login
   * @param namespace Namespace of the Secret; default none, the one it is applied to
   * @param registryUsername User that may pull
   * @param registryPassword Password or token of that user, best one that can only read
   * @param registryConfig A docker config.json with a login for the host, instead; user and password win over it
   * @param replicas Further repositories to pull from, whose logins are in registryConfig; default none
   */
  @func({ cache: "never" }) // a login expires
  async pullSecret(
    repository: string,
    name: string = DEFAULT_NAME,
    namespace?: string,
    registryUsername?: string,
    registryPassword?: Secret,
    registryConfig?: Secret,
    replicas: string[] = [],
  ): Promise<Secret> {
    const { pullSecret } = await import("#lib/pull/pull-secret.ts")
    const login = { username: registryUsername, password: registryPassword, dockerConfig: registryConfig }
    return await pullSecret({ repository, replicas, name, namespace, login })
  }

  /**
   * Write the manifests for pulling: ServiceAccount, ExternalSecret and containerd mirrors.
   *
   * No file holds a secret. Returns a directory: service-account.yaml, whose pods pull with the Secret of pull-secret; with secretStore
   * external-secret.yaml, from which External Secrets Operator makes that Secret; with mirrors
   * nodes/certs.d/<host>/hosts.toml for containerd. Errors: OPTIONS_INVALID for a name that Kubernetes refuses, an
   * incomplete store, or a mirror that is no address.
   *
   * @param repository Repository of the image, such as ghcr.io/acme/hello
   * @param name Name of the Secret; default registry-login
   * @param namespace Namespace of the objects; default none, the one they are applied to
   * @param serviceAccount Name of the ServiceAccount; default default, the one of pods that name none
   * @param secretStore SecretStore/NAME or ClusterSecretStore/NAME that holds the login; default none, no ExternalSecret
   * @param remoteKey Key of the login in the store: a whole docker config.json, unless properties are given
   * @param usernameProperty Property of the key that holds the user
   * @param passwordProperty Property of the key that holds the password
   * @param mirrors Addresses of mirrors of the registry, in the order in which nodes try them; default none
   */
  @func()
  async pullManifests(
    repository: string,
    name: string = DEFAULT_NAME,
    namespace?: string,
    serviceAccount: string = "default",
    secretStore?: string,
    remoteKey?: string,
    usernameProperty?: string,
    passwordProperty?: string,
    mirrors: string[] = [],
  ): Promise<Directory> {
    const { pullDirectory } = await import("#lib/pull/pull-secret.ts")
    const remote = { secretStore, remoteKey, usernameProperty, passwordProperty }
    return pullDirectory({ repository, name, namespace, account: serviceAccount, mirrors, ...remote })
  }
}
