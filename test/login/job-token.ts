/** A CI system's token without a valid signature. */
export function jobToken(claims: Record<string, unknown> = {}): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
  return `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...CLAIMS, ...claims })}.c2lnbmF0dXJl`
}

export const CLAIMS = {
  iss: "https://token.actions.githubusercontent.com",
  aud: "sts.amazonaws.com",
  sub: "repo:acme@1/app@2:ref:refs/heads/main",
  exp: 4_000_000_000,
}
