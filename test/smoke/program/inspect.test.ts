import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { findFault } from "../../../lib/smoke/program/inspect.ts"

const folder = mkdtempSync(join(tmpdir(), "inspect-"))
const MACHINES = [62]

/** An ELF of 64 bits in little-endian order, with the loader's path if there is one. */
function elf(machine: number, interpreter?: string): Buffer {
  const bytes = Buffer.alloc(64 + 56 + 128)
  bytes.write("\x7fELF\x02\x01\x01", 0, "latin1")
  bytes.writeUInt16LE(machine, 18)
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(interpreter === undefined ? 0 : 1, 56)
  if (interpreter === undefined) return bytes
  bytes.writeUInt32LE(3, 64)
  bytes.writeBigUInt64LE(120n, 64 + 8)
  bytes.writeBigUInt64LE(BigInt(interpreter.length + 1), 64 + 32)
  bytes.write(`${interpreter}\0`, 120, "latin1")
  return bytes
}

function file(name: string, content: string | Buffer, mode = 0o755): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  chmodSync(path, mode)
  return path
}

async function faultOf(name: string, env: Record<string, string> = {}, machines = MACHINES) {
  return await findFault(name, { env, cwd: folder, machines })
}

describe("the fault of a program that cannot start", () => {
  test.each([
    {
      name: "an absolute path that does not exist",
      path: () => "/none/app",
      fault: { kind: "missing", path: "/none/app" },
    },
    { name: "a name that is not in PATH", path: () => "no-such", fault: { kind: "missing", path: "no-such" } },
    { name: "a folder", path: () => folder, fault: { kind: "folder", path: folder } },
    {
      name: "a file without an execute bit",
      path: () => file("plain", elf(62), 0o644),
      fault: { kind: "noAccess", path: join(folder, "plain"), mode: "0644", uid: process.getuid?.() },
    },
    {
      name: "a text without #!",
      path: () => file("text", "echo a\n"),
      fault: { kind: "format", path: join(folder, "text") },
    },
    {
      name: "a script whose interpreter is missing",
      path: () => file("script", "#!/none/sh -e\n"),
      fault: { kind: "interpreter", path: join(folder, "script"), interpreter: "/none/sh" },
    },
    {
      name: "a script with Windows line ends",
      path: () => file("windows", "#!/bin/sh\r\necho\r\n"),
      fault: { kind: "interpreter", path: join(folder, "windows"), interpreter: "/bin/sh\r" },
    },
    {
      name: "a program whose loader is missing",
      path: () => file("dynamic", elf(62, "/none/ld.so")),
      fault: { kind: "interpreter", path: join(folder, "dynamic"), interpreter: "/none/ld.so" },
    },
    {
      name: "a program of another architecture",
      path: () => file("arm", elf(183)),
      fault: { kind: "machine", path: join(folder, "arm"), machine: 183 },
    },
  ])("names $name", async ({ path, fault }) => {
    expect(await faultOf(path())).toEqual(fault)
  })

  test("is none for a static program, a dynamic one and a script", async () => {
    const programs = [file("static", elf(62)), file("linked", elf(62, "/bin/sh")), file("run.sh", "#! /bin/sh\n")]
    expect(await Promise.all(programs.map((program) => faultOf(program)))).toEqual([undefined, undefined, undefined])
  })

  test("does not compare the architecture of a platform that is not known", async () => {
    expect(await faultOf(file("other", elf(183)), {}, [])).toBeUndefined()
  })

  test("is that of the first file in PATH that has one, unless a later folder has a program", async () => {
    for (const name of ["a", "b"]) mkdirSync(join(folder, name))
    const [plain] = [file("a/tool", elf(62), 0o644), file("b/tool", elf(62))]
    expect(await faultOf("tool", { PATH: "a" })).toMatchObject({ kind: "noAccess", path: plain })
    expect(await faultOf("tool", { PATH: "a:b" })).toBeUndefined()
  })

  test("is looked up relative to the working directory for a path", async () => {
    file("here", elf(62))
    expect(await faultOf("./here")).toBeUndefined()
  })
})
