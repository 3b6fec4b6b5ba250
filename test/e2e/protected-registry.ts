import { startRegistry, type TestRegistry } from "./registry.ts"

/** The password of every user. */
export const PASSWORD = "fixture-password-of-robot"
/** The password in bcrypt, which distribution requires, with a fixed salt. */
const HASH = "$2y$04$abcdefghijklmnopqrstuuhn/6deMmzf/OAG2Bnfm/LJPl3/91Syu"
/** A person's user, and the users of the clouds' tokens. */
const USERS = ["robot", "AWS", "oauth2accesstoken", "00000000-0000-0000-0000-000000000000", "acme", "x-access-token"]

const HTPASSWD = USERS.map((user) => `${user}:${HASH}\n`).join("")

/** A registry that requires a login; call it within a session. */
export function startProtectedRegistry(deletes = true): Promise<TestRegistry> {
  return startRegistry({ users: HTPASSWD, deletes })
}
