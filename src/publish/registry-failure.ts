import { SlipwayError } from "../error.ts"

/** What a registry's refusal means, and what to do about it. */
export function registryFailed(what: string, stderr: string): SlipwayError {
  return new SlipwayError("REGISTRY_FAILED", {
    expected: `to ${what}`,
    got: lastLine(stderr),
    fix: advice(stderr),
  })
}

function advice(stderr: string): string {
  if (/no such host|connection refused|i\/o timeout|network is unreachable/.test(stderr))
    return "Check the address, and that the engine can reach it; an in-graph registry is passed as registryService."
  if (/UNAUTHORIZED|401/.test(stderr)) return "Pass a login that this registry knows."
  if (/DENIED|403/.test(stderr)) return "The login may not do this: it needs the right to push to the repository."
  if (/server gave HTTP response to HTTPS client/.test(stderr))
    return "The registry speaks plain HTTP: say so with --plain-http."
  if (/x509|certificate/.test(stderr)) return "Pass the certificate of the registry's authority with --ca-certificate."
  return "Run it again; nothing was tagged."
}

function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1)?.slice(0, 500) ?? "no answer"
}
