import { describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import type { Admission } from "../../lib/policy/admission.ts"
import { conftestPolicy, policyFiles } from "../../lib/policy/policy-files.ts"
import { complaints, readCrdSchema } from "../crd.ts"
import { ADMISSIONS, admissionOf, NOW } from "./admissions.ts"

describe("conftest policy", () => {
  // What it denies, Conftest itself says: test/e2e/policy-conftest.test.ts.
  test("quotes the repository and its pattern as Rego's strings", () => {
    const [admission] = Object.values(ADMISSIONS)
    const rego = admission && conftestPolicy(admission)
    expect(rego).toContain('repository := "ghcr.io/acme/app"\n')
    expect(rego).toContain('pinned := "^ghcr\\\\.io/acme/app(:[^@/]+)?@sha256:[0-9a-f]{64}$"\n')
  })
})

describe("head notes", () => {
  const FILES = {
    validating: "kyverno/image-validating-policy.yaml",
    cluster: "kyverno/cluster-policy.yaml",
    controller: "policy-controller/cluster-image-policy.yaml",
    root: "policy-controller/trust-root.yaml",
  }
  type FileName = keyof typeof FILES
  /** The comment lines on top of a file, as one text. */
  const headOf = (name: string, file: FileName) => {
    const text = policyFiles(admissionOf(name), NOW)[FILES[file]] ?? ""
    return (text.match(/^(# .*\n)*/)?.[0] ?? "").replaceAll("\n# ", " ")
  }

  type Note = { says: string; file: FileName; told: string[]; untold: string[] }
  const NOTES: Note[] = [
    {
      says: "It reads the older signature format only, which this image does not have: sign with --format=BOTH first.",
      file: "controller",
      told: ["a key and a bundle"],
      untold: ["a key and both forms", "a key and the older form", "an identity and a bundle"],
    },
    {
      says: "For Kyverno 1.19 or later. Earlier releases admit no image by a bundle that a key made (kyverno#16267): sign with --format=BOTH",
      file: "cluster",
      told: ["a key and a bundle"],
      untold: ["a key and both forms", "a key and the older form", "an identity and a bundle"],
    },
    {
      says: "Kyverno 1.19 warns that ClusterPolicy is deprecated and will be removed",
      file: "cluster",
      told: ["a key and a bundle", "a key and both forms", "an identity and a bundle"],
      untold: [],
    },
    {
      says: "The trusted root of a private Sigstore instance cannot stand in this kind, for a bundle",
      file: "cluster",
      told: ["a private instance with timestamps", "a private instance with both logs"],
      untold: ["an identity and a bundle", "a private instance and the older form", "a key and a bundle"],
    },
    {
      says: "Kyverno 1.19.0 does not find a bundle made with a key (kyverno#17363): use 1.19.1 or later.",
      file: "validating",
      told: ["a key and a bundle", "a key and both forms"],
      untold: ["a key and the older form", "an identity and a bundle"],
    },
    {
      says: "Kyverno looks at bundles only, and takes any statement of the signer for a signature",
      file: "validating",
      told: ["a key and the older form", "an identity and the older form"],
      untold: ["a key and both forms", "a key and a bundle"],
    },
    {
      says: "an image that has the older format alone is refused",
      file: "validating",
      told: ["a key and both forms", "an identity and a bundle"],
      untold: ["a key and the older form"],
    },
    {
      says: "Kyverno reads Sigstore's public TUF repository before it looks at the trusted root below: in a cluster without internet, name a mirror of it in spec.attestors[0].cosign.tuf",
      file: "validating",
      told: ["a private instance with timestamps", "a private instance and the older form"],
      untold: ["an identity and a bundle", "a key and a bundle"],
    },
    {
      says: "takes the instance's keys from the TrustRoot in trust-root.yaml: apply both",
      file: "controller",
      told: ["a private instance with timestamps"],
      untold: ["an identity and a bundle", "a key and a bundle"],
    },
    {
      says: "Where a timestamp is asked for, policy-controller does not ask for the log's entry as well.",
      file: "controller",
      told: ["a private instance with timestamps and a log"],
      untold: ["a private instance with timestamps", "a private instance with a log"],
    },
    {
      says: "policy-controller 0.13 does not find a log by a key that stands in a TrustRoot when it reads a bundle, so no image is admitted",
      file: "controller",
      told: ["a private instance with a log", "a private instance with both logs"],
      untold: [
        ...["a private instance with timestamps", "a private instance with timestamps and a log"],
        ...["a private instance with both logs and the older form", "an identity and a bundle"],
      ],
    },
    ...(["controller", "root"] as const).map((file) => ({
      says: "Keys of the trusted root whose time is over were left out",
      file,
      told: ["a private instance whose keys were rotated"],
      untold: ["a private instance with timestamps"],
    })),
  ]

  describe.each(NOTES)("$file: $says", ({ says, file, told, untold }) => {
    test.each(told)("stands on top for %s", (name) => expect(headOf(name, file)).toContain(says))
    if (untold.length > 0) {
      test.each(untold)("does not for %s", (name) => expect(headOf(name, file)).not.toContain(says))
    }
  })
})

describe("policy files", () => {
  const KINDS = {
    "image-validating-policy": "kyverno/image-validating-policy.yaml",
    "cluster-policy": "kyverno/cluster-policy.yaml",
    "cluster-image-policy": "policy-controller/cluster-image-policy.yaml",
  }

  const objectsIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as object)
  const filesFor = (admission: Admission) => policyFiles(admission, NOW)

  describe.each(Object.entries(KINDS))("%s", (schema, path) => {
    test.each(Object.entries(ADMISSIONS))("is what its CRD takes, for %s", (_, admission) => {
      const objects = objectsIn(filesFor(admission)[path] ?? "")
      expect(objects).toHaveLength(schema === "image-validating-policy" ? 2 : 1)
      for (const object of objects) expect(complaints(object, readCrdSchema(`policy/${schema}`))).toEqual([])
    })
  })

  const PRIVATE = Object.keys(ADMISSIONS).filter((name) => name.includes("private instance"))
  test.each(PRIVATE)("%s: a TrustRoot is written, and it is what its CRD takes", (name) => {
    const [root, ...more] = objectsIn(filesFor(admissionOf(name))["policy-controller/trust-root.yaml"] ?? "")
    expect(more).toEqual([])
    expect(complaints(root, readCrdSchema("policy/trust-root"))).toEqual([])
  })

  test.each(["a key and a bundle", "an identity and a bundle"])("%s: no TrustRoot is written", (name) => {
    expect(filesFor(admissionOf(name))).not.toHaveProperty(["policy-controller/trust-root.yaml"])
  })

  test.each([
    { name: "an unknown field", change: { spec: { attestorz: [] } }, says: "$.spec.attestorz is unknown" },
    { name: "another kind", change: { kind: "Pod" }, says: '$.kind: "Pod" is none of ImageValidatingPolicy' },
    { name: "text for a list", change: { spec: { validations: "a" } }, says: "$.spec.validations: string for array" },
    { name: "a required field left out", change: { spec: {} }, says: "$.spec.attestors is missing" },
  ])("the check itself notices $name", ({ change, says }) => {
    const [policy] = objectsIn(
      filesFor(admissionOf("a key and a bundle"))["kyverno/image-validating-policy.yaml"] ?? "",
    )
    expect(complaints({ ...policy, ...change }, readCrdSchema("policy/image-validating-policy"))).toContain(says)
  })

  test("each file begins with whom it admits", () => {
    const { "kyverno/cluster-policy.yaml": byName = "" } = filesFor(admissionOf("an identity and a bundle"))
    expect(byName.split("\n")[0]).toBe(
      "# Images of ghcr.io/acme/app run only if they are signed by https://github.com/acme/app/.github/workflows/" +
        "release.yml@refs/heads/main, for whom https://token.actions.githubusercontent.com vouches.",
    )
    const { "conftest/images.rego": manifests = "" } = filesFor(admissionOf("a key and a bundle"))
    expect(manifests).toMatch(/^# Manifests may name only images of ghcr\.io\/acme\/app, by digest.*\npackage main\n/)
  })
})
