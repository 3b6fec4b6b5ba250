import { z } from "zod"
import { SlipwayError } from "../error.ts"
import type { Repository } from "./repository.ts"

/** Docker Hub's logins stand under the address of its first API, whatever host an image is named with. */
const DOCKER_HUB = "https://index.docker.io/v1/"

/** The key under which docker's clients look up a host's login: https://docs.docker.com/reference/cli/docker/login/ */
export function configKey({ host }: Repository): string {
  return host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io" ? DOCKER_HUB : host
}

export type Login = { username: string; password: string }

/** Only logins are kept of another file: a credential helper that it names is not in the tools' images. */
const Config = z.object({ auths: z.record(z.string(), z.unknown()).default({}) })

/**
 * One login as a docker config.json, beside those of another. It is a secret as a whole: `auth` is the password, merely in
 * base64.
 */
export function renderDockerConfig(repository: Repository, login: Login, others = "{}"): string {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64")
  return JSON.stringify({ auths: { ...readAuths(others), [configKey(repository)]: { auth } } })
}

function readAuths(config: string): Record<string, unknown> {
  try {
    return Config.parse(JSON.parse(config)).auths
  } catch {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a docker config.json whose logins stand under auths",
      got: "something else",
      fix: "Pass the file itself, such as file:$HOME/.docker/config.json; it is not shown here, since it may hold a password.",
    })
  }
}
