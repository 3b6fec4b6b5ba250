import { describe, expect, test } from "vitest"
import type { StartConfig } from "../../lib/smoke/image-config.ts"
import { planSmoke, planText, requireSmokeOptions, type SmokeOptions } from "../../lib/smoke/plan.ts"

const options: SmokeOptions = {
  configured: false,
  status: [],
  env: [],
  services: [],
  platforms: [],
  seconds: 60,
}
const config: StartConfig = { user: "", env: { PATH: "/bin" }, entrypoint: ["/app"], command: ["serve"], ports: [] }
const health = { command: ["/check"], timeout: 30 }

describe("what an image must do", () => {
  test.each([
    {
      name: "with EXPOSE: answer on one of its ports",
      image: { ports: [80, 443] },
      check: { kind: "port", ports: [80, 443] },
    },
    { name: "with HEALTHCHECK: pass it", image: { ports: [80], health }, check: { kind: "health", ...health } },
    {
      name: "with a port in the settings: answer there",
      image: { ports: [80], health },
      more: { port: 8080 },
      check: { kind: "port", ports: [8080] },
    },
    {
      name: "with a path: return a status on the port of EXPOSE",
      image: { ports: [80], health },
      more: { path: "/ready" },
      check: { kind: "http", port: 80, path: "/ready", status: [] },
    },
    {
      name: "with a status: return it at /",
      more: { port: 8080, status: [204] },
      check: { kind: "http", port: 8080, path: "/", status: [204] },
    },
    {
      name: "with a command: end",
      image: { ports: [80], health },
      more: { command: "--version" },
      check: { kind: "ends" },
    },
    {
      name: "with a command and a port: answer",
      more: { command: "serve", port: 80 },
      check: { kind: "port", ports: [80] },
    },
    { name: "with settings alone: stay up", more: { configured: true }, check: { kind: "runs" } },
  ])("$name", ({ image = {}, more = {}, check }) => {
    expect(planSmoke({ ...config, ...image }, { ...options, ...more })).toMatchObject({ check, seconds: 60 })
  })

  test("is nothing without EXPOSE, HEALTHCHECK and settings", () => {
    const skip = "the image has neither EXPOSE nor HEALTHCHECK, and slipway.yaml has no smoke"
    expect(planSmoke(config, options)).toEqual({ skip })
  })

  test("needs a port for a path", () => {
    expect(() => planSmoke(config, { ...options, path: "/" })).toThrow(
      "OPTIONS_INVALID: expected a port for smoke.path",
    )
  })

  test("needs a command", () => {
    const empty = { ...config, entrypoint: [], command: [], ports: [80] }
    expect(() => planSmoke(empty, options)).toThrow("got an image with neither ENTRYPOINT nor CMD")
  })
})

describe("how an image is started", () => {
  test("is by its ENTRYPOINT and CMD", () => {
    expect(planSmoke({ ...config, ports: [80] }, options)).toMatchObject({
      args: ["/app", "serve"],
      env: { PATH: "/bin" },
    })
  })

  test("is with the command of the settings instead of CMD, and with their variables over the image's", () => {
    const plan = planSmoke(config, { ...options, command: "run 'a b'", env: ["PATH=/usr/bin", "MODE=x=y"] })
    expect(plan).toMatchObject({ args: ["/app", "run", "a b"], env: { PATH: "/usr/bin", MODE: "x=y" } })
  })
})

test.each([
  [{ kind: "ends" }, `"/app" must succeed within 9 s`],
  [{ kind: "runs" }, "it must be up after 5 s"],
  [{ kind: "port", ports: [80, 443] }, "port 80 or 443 must answer within 9 s, and it is still up after 5 s"],
  [
    { kind: "http", port: 80, path: "/up", status: [] },
    "GET /up on port 80 must return 200 to 399 within 9 s, and it is still up after 5 s",
  ],
  [
    { kind: "http", port: 80, path: "/up", status: [200, 204] },
    "GET /up on port 80 must return 200 or 204 within 9 s, and it is still up after 5 s",
  ],
  [{ kind: "health", ...health }, "its health check must pass within 9 s, and it is still up after 5 s"],
] as const)("shows the plan %j", (check, text) => {
  const copy = structuredClone(check) as Parameters<typeof planText>[0]["check"]
  expect(planText({ args: ["/app"], env: {}, check: copy, seconds: 9 })).toBe(text)
})

test.each([
  [{ port: 0 }, "port 0"],
  [{ port: 65536 }, "port 65536"],
  [{ path: "up" }, 'path "up"'],
  [{ seconds: 0 }, "seconds 0"],
  [{ status: [99, 200, 600] }, "status 99, status 600"],
])("refuses %j", (more, got) => {
  expect(() => requireSmokeOptions({ ...options, ...more })).toThrow(`got ${got}. Correct smoke in slipway.yaml`)
  expect(requireSmokeOptions(options)).toBe(options)
})
