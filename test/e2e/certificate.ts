import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export type Certificate = { certificate: string; key: string }

/** A self-signed certificate for a day; `name` is a subjectAltName of openssl, such as DNS:registry.test. */
export function selfSigned(name: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tls-"))
  const [certificate, key] = [join(folder, "crt"), join(folder, "key")]
  const subject = ["-subj", `/CN=${name.replace(/^\w+:/, "")}`, "-addext", `subjectAltName=${name}`, "-days", "1"]
  const kind = ["-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
  try {
    execFileSync("openssl", ["req", ...kind, ...subject, "-out", certificate, "-keyout", key], { stdio: "pipe" })
    return { certificate: readFileSync(certificate, "utf8"), key: readFileSync(key, "utf8") }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
