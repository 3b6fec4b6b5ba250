import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** An OpenSSH key, and a real agent on this machine that has it. */
export type SshAgent = { socket: string; privateKey: string; keyFile: string; publicKey: string; stop: () => void }

export async function startSshAgent(): Promise<SshAgent> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ssh-"))
  const [keyFile, socket] = [join(folder, "key"), join(folder, "agent")]
  makeSshKey(keyFile)
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" })
  while (!existsSync(socket)) await waitFor(agent)
  execFileSync("ssh-add", ["-q", keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "pipe" })
  return {
    socket,
    keyFile,
    privateKey: readFileSync(keyFile, "utf8"),
    publicKey: readFileSync(`${keyFile}.pub`, "utf8").trim(),
    stop: () => {
      agent.kill()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Writes a key without a passphrase, and its public half next to it. */
export function makeSshKey(file: string): void {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "slipway test", "-f", file])
}

/** Verifies an agent's signature with ssh-keygen: https://man.openbsd.org/ssh-keygen#Y~4 */
export function verifySshSignature(text: string, signature: string, { publicKey }: SshAgent): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-sig-"))
  const [signers, file] = [join(folder, "signers"), join(folder, "sig")]
  writeFileSync(signers, `me ${publicKey}\n`)
  writeFileSync(file, signature)
  const args = ["-Y", "verify", "-f", signers, "-I", "me", "-n", "slipway", "-s", file]
  return execFileSync("ssh-keygen", args, { input: text, encoding: "utf8" })
}

async function waitFor(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null) throw new Error("ssh-agent did not start")
  await new Promise((resolve) => setTimeout(resolve, 50))
}
