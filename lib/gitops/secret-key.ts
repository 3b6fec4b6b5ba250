import { dag, type Secret } from "@dagger.io/dagger"
import { secretText } from "../engine/secret.ts"
import { secretName } from "./secret-name.ts"

/**
 * A private key as a program reads it. Variables and the secrets of CI systems lose a text's last line end, and OpenSSH
 * takes no key without; so this is one of the places where a secret is read.
 */
export async function openSecretKey(key: Secret, argument: string): Promise<{ key: Secret; text: string }> {
  const text = await secretText(key, argument)
  if (text.endsWith("\n")) return { key, text }
  return { key: dag.setSecret(await secretName("key", key), `${text}\n`), text }
}
