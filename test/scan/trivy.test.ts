import { expect, test } from "vitest"
import {
  TRIVY_PATHS,
  trivyConvertArgs,
  trivyDownloadArgs,
  trivyScanArgs,
  trivyVersionArgs,
} from "../../lib/scan/trivy.ts"

const plain = { scanners: ["vuln", "secret"], vexFiles: [], timeout: 300 }

test("reports every severity with exit code 0, for the gate to judge", () => {
  const args = trivyScanArgs(plain)
  expect(args.slice(0, 4)).toEqual(["trivy", "image", "--input", "/slipway/layout"])
  expect(optionOf(args, "--severity")).toBe("UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL")
  expect(optionOf(args, "--exit-code")).toBe("0")
  expect(optionOf(args, "--pkg-types")).toBe("os,library")
  expect(optionOf(args, "--timeout")).toBe("300s")
})

test("scans without any request to the network", () => {
  expect(trivyScanArgs(plain)).toEqual(
    expect.arrayContaining([
      "--skip-db-update",
      "--skip-java-db-update",
      "--skip-check-update",
      "--skip-vex-repo-update",
      "--offline-scan",
      "--disable-telemetry",
      "--skip-version-check",
    ]),
  )
})

test("uses the memory cache, which allows concurrent scans", () => {
  expect(optionOf(trivyScanArgs(plain), "--cache-backend")).toBe("memory")
})

test.each([
  { scanners: ["vuln"], config: undefined },
  { scanners: ["vuln", "secret"], config: "secret" },
  { scanners: ["misconfig", "secret"], config: "misconfig,secret" },
])("scans the image's config for $config with the scanners $scanners", ({ scanners, config }) => {
  expect(optionOf(trivyScanArgs({ ...plain, scanners }), "--image-config-scanners")).toBe(config)
})

test("passes each VEX document", () => {
  const args = trivyScanArgs({ ...plain, vexFiles: ["/v/0.json", "/v/1.json"] })
  expect(args.filter((_, at) => args[at - 1] === "--vex")).toEqual(["/v/0.json", "/v/1.json"])
})

test.each([{ path: TRIVY_PATHS.layout }, { path: TRIVY_PATHS.report }])(
  "$path contains no character at which Trivy splits",
  ({ path }) => {
    expect(path).not.toMatch(/[:@]/)
  },
)

test("converts a report to another format", () => {
  expect(trivyConvertArgs({ format: "cyclonedx", report: "/r.json", output: "/s.json" })).toEqual([
    "trivy",
    "convert",
    "--format",
    "cyclonedx",
    "--output",
    "/s.json",
    "--quiet",
    "/r.json",
  ])
})

test("downloads the database from the given mirror", () => {
  expect(trivyDownloadArgs("vulnerability", "a.example/db:2").join(" ")).toBe(
    "trivy image --download-db-only --cache-dir /slipway/trivy --no-progress --disable-telemetry --skip-version-check" +
      " --db-repository a.example/db:2",
  )
})

test("downloads the Java database with separate flags", () => {
  const args = trivyDownloadArgs("java", "a.example/java:1")
  expect(args).toContain("--download-java-db-only")
  expect(optionOf(args, "--java-db-repository")).toBe("a.example/java:1")
  expect(trivyDownloadArgs("java")).not.toContain("--java-db-repository")
})

test("prints the versions as JSON", () => {
  expect(trivyVersionArgs()).toEqual(["trivy", "version", "--format", "json", "--cache-dir", "/slipway/trivy"])
})

function optionOf(args: string[], flag: string): string | undefined {
  const at = args.indexOf(flag)
  return at < 0 ? undefined : args[at + 1]
}
