import { dag, type Secret } from "@dagger.io/dagger"
import { readableText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"

/** The engine takes a secret's id from its name, and one that comes from env: or file: has none. */
export async function nameSecrets(secrets: Secret[], ids: string[]): Promise<Secret[]> {
  return await Promise.all(
    secrets.map(async (secret, i) => {
      const id = ids[i] ?? (await secret.name())
      if (!id) throw namelessSecret(i + 1)
      // dockerBuild knows no other way to give a secret an id than a new secret of that name
      return dag.setSecret(id, await readableText(secret, `the secret ${id} of --secrets (of ship: --build-secrets)`))
    }),
  )
}

function namelessSecret(position: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "an id for each build secret, as the Dockerfile's RUN --mount=type=secret,id=<id> names it",
    got: `none for the ${position}. of them`,
    fix: "Give the ids in the order of the secrets, with --secret-ids (of ship: --build-secret-ids).",
  })
}
