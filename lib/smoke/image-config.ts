import type { Directory } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import type { PlatformManifest } from "../oci/layout.ts"
import { blobPath } from "../oci/reference.ts"

const Words = z.array(z.string()).nullish()

/** https://github.com/opencontainers/image-spec/blob/main/config.md, and Docker's Healthcheck; times are in nanoseconds. */
const Config = z.looseObject({
  config: z
    .looseObject({
      User: z.string().nullish(),
      Env: Words,
      Entrypoint: Words,
      Cmd: Words,
      Shell: Words,
      ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
      Healthcheck: z.looseObject({ Test: Words, Timeout: z.number().nullish() }).nullish(),
    })
    .nullish(),
})

/** How an image is started. Ports are those of TCP, and `health` is the command of its health check. */
export type StartConfig = {
  user: string
  env: Record<string, string>
  entrypoint: string[]
  command: string[]
  ports: number[]
  health?: { command: string[]; timeout: number }
}

/** Reads the config of a platform's image from the layout's own bytes; openLayout has checked its digest. */
export async function readStartConfig(layout: Directory, { manifest }: PlatformManifest): Promise<StartConfig> {
  return parseStartConfig(await layout.file(blobPath(manifest.config.digest)).contents())
}

export function parseStartConfig(text: string): StartConfig {
  const parsed = Config.safeParse(parseJson(text))
  if (!parsed.success) {
    throw new SlipwayError("LAYOUT_INVALID", {
      expected: "an image config with Entrypoint, Cmd, Env, ExposedPorts and Healthcheck",
      got: z.prettifyError(parsed.error),
      fix: "Build the image again, with a builder that follows the OCI image specification.",
    })
  }
  const { User, Env, Entrypoint, Cmd, Shell, ExposedPorts, Healthcheck } = parsed.data.config ?? {}
  const health = healthCommand(Healthcheck?.Test ?? [], Shell ?? [])
  return {
    user: User ?? "",
    env: Object.fromEntries((Env ?? []).map(splitVariable)),
    entrypoint: Entrypoint ?? [],
    command: Cmd ?? [],
    ports: Object.keys(ExposedPorts ?? {}).flatMap(tcpPort),
    ...(health && { health: { command: health, timeout: seconds(Healthcheck?.Timeout) } }),
  }
}

function splitVariable(text: string): [string, string] {
  const at = text.indexOf("=")
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)]
}

/** `8080/tcp`, or `8080`; a range stands for its first port. */
function tcpPort(text: string): number[] {
  const [, port] = text.match(/^(\d+)(?:-\d+)?(?:\/tcp)?$/i) ?? []
  return port === undefined ? [] : [Number(port)]
}

const SHELL = "/bin/sh"

/** https://github.com/moby/docker-image-spec/blob/main/spec.md: the first word is the form of the rest. */
function healthCommand([form, ...words]: string[], shell: string[]): string[] | undefined {
  if (words.length === 0) return undefined
  if (form === "CMD") return words
  if (form === "CMD-SHELL") return [...(shell.length > 0 ? shell : [SHELL, "-c"]), ...words]
  return undefined
}

const HEALTH_SECONDS = 30

function seconds(nanoseconds: number | null | undefined): number {
  return nanoseconds ? Math.max(1, Math.ceil(nanoseconds / 1e9)) : HEALTH_SECONDS
}
