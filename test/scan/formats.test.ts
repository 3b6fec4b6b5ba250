import { describe, expect, test } from "vitest"
import { SEVERITIES } from "../../lib/scan/finding.ts"
import { exceptionsVex, imagePurl, renderFormats, renderGitlab, renderOpenVex } from "../../lib/scan/formats.ts"
import { GitlabReport } from "./gitlab-schema.ts"
import { assessment, exception, merged, scanner } from "./sample.ts"

describe("formats", () => {
  const naming = { name: "ghcr.io/acme/app", now: new Date("2026-11-25T12:00:00Z") }

  test("writes a file for every format", () => {
    const formats = renderFormats(assessment(), naming)
    expect(Object.keys(formats)).toEqual([
      "findings.txt",
      "findings.json",
      "findings.sarif",
      "gl-container-scanning-report.json",
      "exceptions.openvex.json",
    ])
    expect(JSON.parse(formats["findings.json"] ?? "")).toEqual(assessment())
  })

  test("lists every finding in the text, without a limit", () => {
    const findings = Array.from({ length: 80 }, (_, at) => merged({ id: `CVE-${at}` }))
    expect(renderFormats(assessment({ failing: findings }), naming)["findings.txt"]).toContain("CVE-79")
  })

  test("names the platforms' digests in the VEX document", () => {
    const applied = [{ exception: exception(), finding: merged(), reason: "", source: "" }]
    const vex = JSON.parse(exceptionsVex(assessment({ exceptions: { applied, expired: [], unused: [] } }), naming))
    expect(vex["@id"]).toBe("urn:slipway:openvex:0a0a0a0a0a0a:1795608000000")
    expect(vex.statements[0].products[0]["@id"]).toContain("pkg:oci/app@sha256%3A0a0a")
  })
})

describe("openvex", () => {
  const now = new Date("2026-11-25T12:00:00Z")
  const product = "pkg:oci/app@sha256%3A0a"
  const render = (own: object, finding = merged()) =>
    JSON.parse(
      renderOpenVex({ applied: [{ exception: exception(own), finding }], products: [product], id: "urn:x", now }),
    )

  test("states affected for an exception without a justification", () => {
    expect(render({})).toEqual({
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "urn:x",
      author: "sec@acme.example",
      timestamp: "2026-11-25T12:00:00.000Z",
      version: 1,
      tooling: "slipway",
      statements: [
        {
          vulnerability: { name: "CVE-2019-10744" },
          timestamp: "2026-11-25T12:00:00.000Z",
          products: [{ "@id": product, subcomponents: [{ "@id": "pkg:npm/lodash@4.17.11" }] }],
          status: "affected",
          action_statement: "Accepted by sec@acme.example until 2027-01-31: not reachable",
        },
      ],
    })
  })

  test("states not_affected for an exception with a justification", () => {
    const justification = "vulnerable_code_not_in_execute_path"
    const [statement] = render({ justification }).statements
    expect(statement).toMatchObject({ status: "not_affected", justification, impact_statement: "not reachable" })
    expect(statement).not.toHaveProperty("action_statement")
  })

  test("leaves out findings that are not vulnerabilities", () => {
    expect(render({}, merged({ kind: "secret" })).statements).toEqual([])
  })

  test.each([
    ["ghcr.io/acme/app", "pkg:oci/app@sha256%3A0a?repository_url=ghcr.io/acme/app"],
    ["image", "pkg:oci/image@sha256%3A0a"],
  ])("names the image %s by the purl %s", (name, purl) => {
    expect(imagePurl(name, "sha256:0a")).toBe(purl)
  })
})

describe("gitlab report", () => {
  const now = new Date("2026-11-25T12:00:00Z")
  const read = (own: Parameters<typeof assessment>[0]) =>
    JSON.parse(renderGitlab(assessment(own), { name: "ghcr.io/acme/app", now }))

  test("writes the header that the schema requires", () => {
    const { version, scan } = read({})
    expect(version).toMatch(/^15\.\d+\.\d+$/)
    expect(scan).toMatchObject({
      scanner: { id: "trivy", name: "Trivy", version: "0.74.0", vendor: { name: "Aqua Security" } },
      analyzer: { id: "slipway", vendor: { name: "slipway" } },
      type: "container_scanning",
      status: "success",
      start_time: "2026-11-25T12:00:00",
    })
  })

  test("writes every field of a vulnerability that GitLab shows", () => {
    expect(read({}).vulnerabilities).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
        name: "prototype pollution",
        description: "CVE-2019-10744 in lodash 4.17.11 on linux/amd64",
        severity: "Critical",
        solution: "Upgrade lodash to 4.17.12",
        identifiers: [
          {
            type: "cve",
            name: "CVE-2019-10744",
            value: "CVE-2019-10744",
            url: "https://avd.aquasec.com/nvd/cve-2019-10744",
          },
        ],
        links: [{ url: "https://avd.aquasec.com/nvd/cve-2019-10744" }],
        location: {
          dependency: { package: { name: "lodash" }, version: "4.17.11" },
          operating_system: "debian 12.8",
          image: `ghcr.io/acme/app@sha256:${"0a".repeat(32)}`,
        },
      },
    ])
  })

  test("gives a finding the same id in each pipeline", () => {
    const id = (own: object) => read({ findings: [merged(own)] }).vulnerabilities[0].id
    expect(id({ platforms: ["linux/arm64"] })).toBe(id({}))
    expect(id({ installed: "4.17.10" })).not.toBe(id({}))
  })

  test("writes no link without a URL, and leaves out secrets", () => {
    const findings = [merged({ url: "" }), merged({ kind: "secret" })]
    expect(read({ findings }).vulnerabilities).toMatchObject([{ links: [], identifiers: [{ type: "cve" }] }])
  })

  describe("GitLab's schema", () => {
    test.each([
      { name: "with a finding", own: {} },
      { name: "without findings", own: { findings: [] } },
      {
        name: "of Grype, whose titles are paragraphs",
        own: { findings: [merged({ title: "A long story. ".repeat(50) })] },
      },
      { name: "with a fix in very many versions", own: { findings: [merged({ fixed: "1.2.3, ".repeat(2000) })] } },
      { name: "without title, link or fix", own: { findings: [merged({ title: "", url: "", fixed: "" })] } },
      { name: "with an invalid link", own: { findings: [merged({ url: "nvd.nist.gov" })] } },
      { name: "on an unknown distribution", own: { platforms: [] } },
      { name: "of every severity", own: { findings: SEVERITIES.map((severity) => merged({ severity })) } },
      { name: "of a scanner without a database", own: { scanner: { ...scanner, database: undefined } } },
    ])("accepts a report $name", ({ own }) => {
      expect(GitlabReport.safeParse(read(own)).error).toBeUndefined()
    })

    test("refuses a report with a name that is too long", () => {
      const report = read({})
      report.vulnerabilities[0].name = "x".repeat(256)
      expect(GitlabReport.safeParse(report).success).toBe(false)
    })
  })
})
