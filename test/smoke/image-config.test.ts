import { describe, expect, test } from "vitest"
import type { PlatformManifest } from "../../lib/oci/layout.ts"
import { blobPath, digestOf } from "../../lib/oci/reference.ts"
import { parseStartConfig, readStartConfig } from "../../lib/smoke/image-config.ts"
import { stubDirectory } from "../stub-directory.ts"

const parse = (config: object) => parseStartConfig(JSON.stringify({ config }))

describe("the config of an image", () => {
  test("says how it is started", () => {
    const text = {
      User: "65532:65532",
      Env: ["PATH=/bin", "A=b=c", "EMPTY"],
      Entrypoint: ["/app"],
      Cmd: ["serve"],
      ExposedPorts: { "8080/tcp": {}, "53/udp": {}, "9090": {}, "7000-7010/tcp": {} },
    }
    expect(parse(text)).toEqual({
      user: "65532:65532",
      env: { PATH: "/bin", A: "b=c", EMPTY: "" },
      entrypoint: ["/app"],
      command: ["serve"],
      ports: [9090, 8080, 7000],
    })
  })

  test("may have nothing of it", () => {
    const empty = { user: "", env: {}, entrypoint: [], command: [], ports: [] }
    expect(parse({})).toEqual(empty)
    expect(parse({ Env: null, Entrypoint: null, Healthcheck: null, ExposedPorts: null })).toEqual(empty)
    expect(parseStartConfig("{}")).toEqual(empty)
  })

  test.each([
    [{ Test: ["CMD", "/check", "-v"] }, ["/check", "-v"]],
    [{ Test: ["CMD-SHELL", "curl localhost"] }, ["/bin/sh", "-c", "curl localhost"]],
    [{ Test: ["NONE"] }, undefined],
    [{ Test: [] }, undefined],
    [{}, undefined],
  ])("has the health check %j as %j", (Healthcheck, command) => {
    expect(parse({ Healthcheck }).health?.command).toEqual(command)
  })

  test("has the health check's own shell and limit", () => {
    const Healthcheck = { Test: ["CMD-SHELL", "check"], Timeout: 2_500_000_000 }
    expect(parse({ Healthcheck, Shell: ["/bin/ash", "-e"] }).health).toEqual({
      command: ["/bin/ash", "-e", "check"],
      timeout: 3,
    })
  })

  test("of another shape is an error", () => {
    expect(() => parse({ Entrypoint: "/app" })).toThrow("LAYOUT_INVALID: expected an image config with Entrypoint")
    expect(() => parseStartConfig("no JSON")).toThrow("LAYOUT_INVALID")
  })
})

test("is read from the blob that the manifest names", async () => {
  const text = JSON.stringify({ config: { Cmd: ["/app"] } })
  const manifest = { manifest: { config: { digest: digestOf(text) } } } as PlatformManifest
  const layout = stubDirectory({ [blobPath(digestOf(text))]: text })
  expect((await readStartConfig(layout, manifest)).command).toEqual(["/app"])
})
