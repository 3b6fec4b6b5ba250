import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { freePort, seed } from "./git-server.ts"
import { makeSshKey, type SshAgent } from "./ssh-agent.ts"

/** A git server over SSH that accepts one key; `knownHosts` is a file with the server's key for a host name. */
export type SshGitServer = {
  port: number
  url: (host: string) => string
  knownHosts: (host: string) => string
  /** The overlay on `main`, read with the key. */
  overlay: (agent: SshAgent) => string
}

/** Serves `deploy.git` with the given files on `main`; call it within a session, which ends it. */
export async function startSshGitServer(files: Record<string, string>, publicKey: string): Promise<SshGitServer> {
  const base = mkdtempSync(join(tmpdir(), "slipway-git-ssh-"))
  seed(base, join(base, "deploy.git"), files)
  const hostKey = join(base, "host-key")
  makeSshKey(hostKey)
  const port = await freePort()
  dag
    .container()
    .from("docker.io/slipway-test/git:1")
    .withDirectory("/srv/git/deploy.git", dag.host().directory(join(base, "deploy.git")))
    .withEnvVariable("AUTHORIZED_KEY", publicKey)
    .withEnvVariable("HOST_KEY", readFileSync(hostKey, "utf8"))
    .withExposedPort(22)
    .asService({ args: ["git-server", "ssh"] })
    .up({ ports: [{ frontend: port, backend: 22 }] })
    .catch(() => {}) // ends with the session
  const known = readFileSync(`${hostKey}.pub`, "utf8")
  return {
    port,
    url: (host) => `ssh://root@${host}:${port}/srv/git/deploy.git`,
    knownHosts: (host) => `[${host}]:${port} ${known}`,
    overlay: ({ keyFile }) => {
      const ssh = `ssh -i ${keyFile} -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null`
      const clone = join(mkdtempSync(join(tmpdir(), "slipway-clone-")), "clone")
      const url = `ssh://root@127.0.0.1:${port}/srv/git/deploy.git`
      execFileSync("git", ["clone", "-q", url, clone], { env: { ...process.env, GIT_SSH_COMMAND: ssh }, stdio: "pipe" })
      return readFileSync(join(clone, "prod/kustomization.yaml"), "utf8")
    },
  }
}
