/** What a program has beside its image: where each folder of the build's context is, and which volume lies where. */
export type OfflineRun = {
  args: string[]
  variables: Record<string, string>
  /** Folders of the context by the path at which the program sees them. */
  folders: Record<string, string>
  /** Names of cache volumes by path. */
  volumes: Record<string, string>
}

/**
 * One run of a program as the only step of a build, since a build's step is what the engine can run without a network:
 * https://docs.docker.com/reference/dockerfile/#run---network. What is mounted does not become part of the result.
 */
export function offlineDockerfile({ args, variables, folders, volumes }: OfflineRun): string {
  const mounts = [
    ...Object.entries(folders).map(([path, folder]) => `--mount=type=bind,source=${folder},target=${path}`),
    ...Object.entries(volumes).map(([path, name]) => `--mount=type=cache,sharing=shared,id=${name},target=${path}`),
  ]
  return [
    "ARG TOOL",
    "FROM $TOOL",
    ...Object.entries(variables).map(([name, value]) => `ENV ${name}=${quoted(value)}`),
    ["RUN --network=none", ...mounts, JSON.stringify(args)].join(" "),
    "",
  ].join("\n")
}

/** Nothing in it is a variable of the build's. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"$]/g, "\\$&")}"`
}
