import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { toolImage } from "./slipway.ts"

/**
 * A git server in the engine, over HTTP and SSH: a connection that it closes is also closed for the client, which the
 * engine's tunnel to this machine would hide. The tests read its repositories over SSH.
 */
export type EngineGitServer = {
  service: Service
  /** The key of root, which owns all repositories. */
  key: Secret
  knownHosts: File
  /** Runs a command on the server. */
  run: (command: string) => Promise<string>
}

/** A bare repository with these files on main. Hooks are shell scripts. */
export type ServedRepository = { files: Record<string, string>; hooks?: Record<string, string> }

type Wish = { repositories: Record<string, ServedRepository>; users?: Record<string, string>; setUp?: string }

const IMAGE = "docker.io/slipway-test/git:1"

/** Restarts the server whenever it was killed, unless the file /gone exists. */
const serve = ({ users, setUp = "" }: Pick<Wish, "users" | "setUp">) => `#!/bin/sh
git-server true
touch /etc/git-server/users
${Object.entries(users ?? {})
  .map(([name, password]) => `printf %s '${password}' | htpasswd -i /etc/git-server/users '${name}'`)
  .join("\n")}
cat >/etc/git-server/this.conf <<END
include "${users ? "with-users" : "lighttpd"}.conf"
server.pid-file = "/run/lighttpd.pid"
END
${setUp}
git-server ssh &
while :; do
  [ -e /gone ] || lighttpd -D -f /etc/git-server/this.conf
  sleep 0.1
done
`

/** Starts the server in the current session, which ends it. */
export async function startEngineGitServer({ repositories, ...how }: Wish): Promise<EngineGitServer> {
  const base = mkdtempSync(join(tmpdir(), "slipway-git-"))
  for (const [name, repository] of Object.entries(repositories)) seed(join(base, `${name}.git`), repository)
  const [user, host] = [keyPair(base, "user"), keyPair(base, "host")]
  const service = dag
    .container()
    .from(IMAGE)
    .withDirectory("/srv/git", dag.host().directory(base, { include: ["*.git"] }))
    .withMountedTemp("/srv/small", { size: 1 << 20 })
    .withNewFile("/serve", serve(how), { permissions: 0o755 })
    .withEnvVariable("AUTHORIZED_KEY", user.publicKey)
    .withEnvVariable("HOST_KEY", host.privateKey)
    .withEnvVariable("INSTANCE", randomUUID())
    .withExposedPort(80)
    .withExposedPort(22)
    .asService({ args: ["/serve"] })
  await service.start()
  const key = dag.setSecret(`git-key-${randomUUID()}`, user.privateKey)
  const knownHosts = dag.file("known_hosts", `git.test ${host.publicKey}\n`)
  return { service, key, knownHosts, run: (command) => overSsh(service, key, command) }
}

function seed(bare: string, { files, hooks = {} }: ServedRepository): void {
  const work = `${bare}.work`
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true })
    writeFileSync(join(work, path), text)
  }
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  const git = (...args: string[]) => execFileSync("git", ["-C", work, ...who, ...args], { stdio: "ignore" })
  git("init", "--initial-branch=main")
  git("add", ".")
  git("commit", "--no-gpg-sign", "-m", "seed")
  execFileSync("git", ["clone", "--bare", "--template=", work, bare], { stdio: "ignore" })
  mkdirSync(join(bare, "hooks"))
  for (const [name, script] of Object.entries(hooks)) {
    writeFileSync(join(bare, "hooks", name), `#!/bin/sh\n${script}`)
    chmodSync(join(bare, "hooks", name), 0o755)
  }
}

/** A key pair of ssh-keygen. */
export function keyPair(folder: string, name: string, password = ""): { privateKey: string; publicKey: string } {
  const file = join(folder, name)
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-C", name, "-N", password, "-f", file])
  return { privateKey: readFileSync(file, "utf8"), publicKey: readFileSync(`${file}.pub`, "utf8").trim() }
}

async function overSsh(service: Service, key: Secret, command: string): Promise<string> {
  const unseen = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
  return await gitClient()
    .withServiceBinding("git.test", service)
    .withMountedSecret("/key", key, { mode: 0o400 })
    .withEnvVariable("MOMENT", randomUUID())
    .withExec(["ssh", "-i", "/key", ...unseen.flatMap((option) => ["-o", option]), "root@git.test", command])
    .stdout()
}

/** The module's image with git and ssh. */
export function gitClient(): Container {
  return dag.container().from(toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE)
}
