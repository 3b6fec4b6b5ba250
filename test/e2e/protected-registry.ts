import { startRegistry, type TestRegistry } from "./registry.ts"

/** What each of the users has to give, whoever it is. */
export const PASSWORD = "fixture-password-of-robot"
/** That password, in bcrypt with a fixed salt: distribution takes no other kind. */
const HASH = "$2y$04$abcdefghijklmnopqrstuuhn/6deMmzf/OAG2Bnfm/LJPl3/91Syu"
/** A person's user, and those that the clouds' registries have beside their tokens. */
const USERS = ["robot", "AWS", "oauth2accesstoken", "00000000-0000-0000-0000-000000000000", "acme", "x-access-token"]

const HTPASSWD = USERS.map((user) => `${user}:${HASH}\n`).join("")

/** A registry that answers nobody without a login; call it within a session. */
export function startProtectedRegistry(deletes = true): Promise<TestRegistry> {
  return startRegistry({ users: HTPASSWD, deletes })
}
