import type { ProgramFault } from "./program/inspect.ts"
import type { Listener } from "./program/listeners.ts"
import type { Check } from "./program/probe.ts"
import type { Observation } from "./program/supervise.ts"

/** What an observation means: a sentence without a subject, such as "port 8080 answered". */
export type StartVerdict =
  | { status: "passed"; result: string }
  | { status: "failed"; result: string; fix: string; exitCode?: number }

type Started = { platform: string; user: string; check: Check; seconds: number }

/** The verdict about one platform's image. */
export function judgeStart({ end, listeners, log }: Observation, started: Started): StartVerdict {
  switch (end.kind) {
    case "fault":
      return failed(...faultText(end.fault, started))
    case "steady":
      return { status: "passed", result: `${end.ready}, and it was up after ${end.after.toFixed(1)} s` }
    case "late":
      return failed(...lateText(end.reason, { ...started, listeners }))
    case "lost":
      return failed(
        `it was ready, and after ${end.after.toFixed(1)} s ${end.reason}`,
        "Read its log: it stopped to serve soon after its start.",
      )
    case "exited":
      return judgeExit(end, { log, check: started.check })
  }
}

function failed(result: string, fix: string, exitCode?: number): StartVerdict {
  return { status: "failed", result, fix, ...(exitCode !== undefined && { exitCode }) }
}

type Exited = Extract<Observation["end"], { kind: "exited" }>

function judgeExit({ code, signal, after }: Exited, { log, check }: { log: string; check: Check }): StartVerdict {
  const when = `after ${after.toFixed(1)} s`
  if (check.kind === "ends" && code === 0) return { status: "passed", result: `it succeeded ${when}` }
  const libraries = missingLibraries(log)
  if (libraries.length > 0 && code !== 0) {
    return failed(
      `it lacks the shared library ${libraries.join(", ")}, and ended with exit code ${code ?? signal}`,
      "Install the library in the final stage of the Dockerfile, or link statically (for Go: CGO_ENABLED=0).",
      code,
    )
  }
  if (signal !== undefined) return failed(`${SIGNALS[signal] ?? "it was ended"} (${signal}) ${when}`, CRASHED)
  if (code === 0) return failed(`it ended ${when} with exit code 0 instead of staying up`, ENDED)
  const illegal = /qemu: uncaught target signal \d+ \(([^)]+)\)/.exec(log)?.[1]
  return failed(`it crashed ${when} with exit code ${code}${illegal ? ` (${illegal})` : ""}`, CRASHED, code)
}

const CRASHED = "Read its log for the cause."
const ENDED =
  "Start the program in the foreground; for an image that is meant to end, set smoke.command in slipway.yaml (alone: --command), or smoke: false."

const SIGNALS: Record<string, string> = {
  SIGILL: "it crashed by an instruction that the platform's processor does not have",
  SIGSEGV: "it crashed by an invalid memory access",
  SIGBUS: "it crashed by an invalid memory access",
  SIGABRT: "it aborted",
  SIGKILL: "it was killed, as the kernel does when memory runs out",
}

// The loaders of glibc and musl.
const LIBRARY = /(?:error while loading shared libraries: |Error loading shared library )([^\s:]+):/g

/** The shared libraries that the loader did not find. */
export function missingLibraries(log: string): string[] {
  return [...new Set([...log.matchAll(LIBRARY)].flatMap(([, library]) => library ?? []))]
}

function faultText(fault: ProgramFault, { platform, user }: Started): [string, string] {
  const { path } = fault
  switch (fault.kind) {
    case "missing":
      return [`${path} is not in the image`, "Correct ENTRYPOINT or CMD, or copy the program into the final stage."]
    case "folder":
      return [`${path} is a folder, not a program`, "Correct ENTRYPOINT or CMD."]
    case "format":
      return [
        `${path} is neither a program of ${platform} nor a script that begins with #!`,
        "Add the line #!/bin/sh to a script, or copy the right program.",
      ]
    case "noAccess":
      return [noAccessText(fault, user), "Set the bit where the file is made: COPY --chmod=0755, or RUN chmod +x."]
    case "interpreter":
      return interpreterText(fault)
    case "machine":
      return [
        `${path} is built for ${MACHINE_NAMES[fault.machine] ?? `the machine ${fault.machine}`}, and the image is for ${platform}`,
        "Build it for the platform of the image: use TARGETOS and TARGETARCH, and no path that names one architecture.",
      ]
  }
}

function noAccessText({ path, mode, uid }: Extract<ProgramFault, { kind: "noAccess" }>, user: string): string {
  const who = `the image's user ${user || uid}`
  if (mode === undefined) return `${path} is in a folder that ${who} may not enter (permission denied)`
  return `${path} has no execute bit for ${who} (permission denied; its mode is ${mode})`
}

function interpreterText({ path, interpreter }: Extract<ProgramFault, { kind: "interpreter" }>): [string, string] {
  if (interpreter.endsWith("\r")) {
    return [
      `${path} has Windows line ends, so its interpreter ${interpreter.trim()} is not found`,
      "Save the script with line ends of Unix: add *.sh text eol=lf to .gitattributes.",
    ]
  }
  const isLoader = /\/ld[-.\w]*\.so(?:\.\d+)?$/.test(interpreter)
  return [
    `${path} needs the ${isLoader ? "loader" : "interpreter"} ${interpreter}, which is not in the image`,
    isLoader
      ? "Link statically (for Go: CGO_ENABLED=0), or use a base image with the same C library as the build."
      : "Use a base image that has the interpreter, or correct the first line of the script.",
  ]
}

/** The ELF machines that a platform runs: the second one by the processor's older mode. */
const MACHINES: Record<string, number[]> = {
  amd64: [62, 3],
  "386": [3],
  arm64: [183, 40],
  arm: [40],
  ppc64le: [21],
  s390x: [22],
  riscv64: [243],
}
const MACHINE_NAMES: Record<number, string> = {
  3: "386",
  21: "ppc64le",
  22: "s390x",
  40: "arm",
  62: "amd64",
  183: "arm64",
  243: "riscv64",
}

/** Empty for an architecture that is not known here, whose programs are not compared. */
export function elfMachines(architecture: string): number[] {
  return MACHINES[architecture] ?? []
}

type Late = Started & { listeners: Listener[] }

function lateText(reason: string, { check, seconds, listeners }: Late): [string, string] {
  const within = `${reason} within ${seconds} s`
  switch (check.kind) {
    case "ends":
      return [within, "Fix what hangs, or raise smoke.seconds in slipway.yaml (alone: --seconds)."]
    case "runs":
    case "health":
      return [within, "Read its log, or raise smoke.seconds in slipway.yaml (alone: --seconds)."]
    case "http":
    case "port":
      return portText(within, { check, listeners })
  }
}

function portText(
  within: string,
  { check, listeners }: { check: Extract<Check, { kind: "http" | "port" }>; listeners: Listener[] },
): [string, string] {
  const ports = check.kind === "http" ? [check.port] : check.ports
  const loopback = listeners.filter(({ port, loopback }) => loopback && ports.includes(port))
  if (loopback.length > 0) {
    return [
      `${within}: it listens on 127.0.0.1:${loopback[0]?.port} alone, which nothing outside of its container reaches`,
      "Listen on all addresses (0.0.0.0 or ::).",
    ]
  }
  if (listeners.some(({ port }) => ports.includes(port))) {
    return [
      within,
      "Correct what it serves there, or smoke.path and smoke.status in slipway.yaml (alone: --path, --status).",
    ]
  }
  const others = listeners.map(({ port, loopback }) => (loopback ? `127.0.0.1:${port}` : String(port)))
  return [
    `${within}: it listens on ${others.join(", ") || "no port"}`,
    others.length > 0
      ? "Correct the port in the program, in EXPOSE or in smoke.port."
      : "Read its log, or raise smoke.seconds in slipway.yaml (alone: --seconds).",
  ]
}
