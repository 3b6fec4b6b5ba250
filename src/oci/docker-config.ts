import type { Repository } from "./repository.ts"

/** Docker Hub's logins stand under the address of its first API, whatever host an image is named with. */
const DOCKER_HUB = "https://index.docker.io/v1/"

/** The key under which docker's clients look up a host's login: https://docs.docker.com/reference/cli/docker/login/ */
export function configKey({ host }: Repository): string {
  return host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io" ? DOCKER_HUB : host
}

/** One login as a docker config.json. It is a secret as a whole: `auth` is the password, merely in base64. */
export function renderDockerConfig(repository: Repository, login: { username: string; password: string }): string {
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64")
  return JSON.stringify({ auths: { [configKey(repository)]: { auth } } })
}
