import { normalise, platformText } from "../oci/platform.ts"

// https://pkg.go.dev/github.com/containerd/platforms#Parse: how Docker lets a platform be written
const PART = /^[a-z0-9_.-]+$/
const SYSTEM = /^([a-z0-9_-]+)(?:\([a-z0-9_.-]*\))?$/
const SYSTEMS =
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos".split(
    " ",
  )
const ARCHITECTURES = (
  "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le " +
  "ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
).split(" ")
const OTHER_NAMES: Record<string, string> = {
  i386: "386",
  x86_64: "amd64",
  "x86-64": "amd64",
  "amd64/v1": "amd64",
  aarch64: "arm64",
  "arm64/8": "arm64",
  "arm64/v8.0": "arm64",
  "arm64/9": "arm64/v9",
  "arm64/9.0": "arm64/v9",
  "arm64/v9.0": "arm64/v9",
  armhf: "arm/v7",
  armel: "arm/v6",
  "arm/5": "arm/v5",
  "arm/6": "arm/v6",
  "arm/7": "arm/v7",
  "arm/8": "arm/v8",
}

/** A --platform in the one spelling: also short (arm64), under an older name, or with a variant. Undefined if it is none. */
export function readPlatform(text: string, build: string): string | undefined {
  const [first = "", ...others] = text.toLowerCase().split("/")
  const system = first.match(SYSTEM)?.[1]
  if (!system || others.length > 2 || others.some((part) => !PART.test(part))) return undefined
  const [architecture, variant] = others
  if (architecture !== undefined) return spell(system === "macos" ? "darwin" : system, [architecture, variant])
  if (SYSTEMS.includes(system)) return spell(system, [build.split("/")[1] ?? "", undefined])
  const alone = spell("linux", [first, undefined])
  return ARCHITECTURES.includes(alone.split("/")[1] ?? "") ? alone : undefined
}

function spell(os: string, [name, given]: [string, string | undefined]): string {
  const known = OTHER_NAMES[name] ?? name
  const written = given && !known.includes("/") ? `${known}/${given}` : known
  const [architecture = "", variant] = (OTHER_NAMES[written] ?? written).split("/")
  return platformText(normalise({ os, architecture, ...(variant && { variant }) }))
}
