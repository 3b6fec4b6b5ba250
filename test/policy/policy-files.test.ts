import { describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import type { Admission } from "../../lib/policy/admission.ts"
import { conftestPolicy, policyFiles, replicaFiles } from "../../lib/policy/policy-files.ts"
import { complaints, readCrdSchema } from "../crd.ts"
import { ADMISSIONS, admissionOf, NOW } from "./admissions.ts"

describe("conftest policy", () => {
  // test/e2e/policy-conftest.test.ts runs it in Conftest
  test("quotes the repository and its pattern as Rego strings", () => {
    const [admission] = Object.values(ADMISSIONS)
    const rego = admission && conftestPolicy(admission)
    expect(rego).toContain('repository := "ghcr.io/acme/app"\n')
    expect(rego).toContain('pinned := "^ghcr\\\\.io/acme/app(:[^@/]+)?@sha256:[0-9a-f]{64}$"\n')
  })
})

test("writes the same policies for each replica, in a folder of its name", () => {
  const [admission] = Object.values(ADMISSIONS)
  if (!admission) throw new Error("expected an example")
  const files = replicaFiles(admission, ["registry.acme.internal:5000/acme/app", "quay.io/acme/app"], NOW)
  const folders = ["registry.acme.internal-5000/acme/app", "quay.io/acme/app"]
  expect(Object.keys(files)).toEqual(
    folders.flatMap((folder) => Object.keys(policyFiles(admission, NOW)).map((path) => `replicas/${folder}/${path}`)),
  )
  expect(files["replicas/quay.io/acme/app/kyverno/cluster-policy.yaml"]).toContain("name: signed-quay-io-acme-app")
  expect(files["replicas/quay.io/acme/app/kyverno/cluster-policy.yaml"]).not.toContain("ghcr.io")
})

describe("head notes", () => {
  const FILES = {
    validating: "kyverno/image-validating-policy.yaml",
    cluster: "kyverno/cluster-policy.yaml",
    controller: "policy-controller/cluster-image-policy.yaml",
    root: "policy-controller/trust-root.yaml",
  }
  type FileName = keyof typeof FILES
  /** The comment at the top of a file, as one line. */
  const headOf = (name: string, file: FileName) => {
    const text = policyFiles(admissionOf(name), NOW)[FILES[file]] ?? ""
    return (text.match(/^(# .*\n)*/)?.[0] ?? "").replaceAll("\n# ", " ")
  }

  type Note = { says: string; file: FileName; withNote: string[]; withoutNote: string[] }
  const NOTES: Note[] = [
    {
      says: "It reads the older signature format only, which this image does not have: sign with --format=BOTH first.",
      file: "controller",
      withNote: ["a key and a bundle"],
      withoutNote: ["a key and both formats", "a key and the older format", "an identity and a bundle"],
    },
    {
      says: "For Kyverno 1.19 or later. Earlier releases admit no image by a key's bundle (kyverno#16267): sign with --format=BOTH",
      file: "cluster",
      withNote: ["a key and a bundle"],
      withoutNote: ["a key and both formats", "a key and the older format", "an identity and a bundle"],
    },
    {
      says: "Kyverno 1.19 warns that ClusterPolicy is deprecated and will be removed",
      file: "cluster",
      withNote: ["a key and a bundle", "a key and both formats", "an identity and a bundle"],
      withoutNote: [],
    },
    {
      says: "For a bundle, this kind cannot contain the trusted root of a private Sigstore instance",
      file: "cluster",
      withNote: ["a private instance with timestamps", "a private instance with both logs"],
      withoutNote: ["an identity and a bundle", "a private instance and the older format", "a key and a bundle"],
    },
    {
      says: "Kyverno 1.19.0 does not find a bundle made with a key (kyverno#17363): use 1.19.1 or later.",
      file: "validating",
      withNote: ["a key and a bundle", "a key and both formats"],
      withoutNote: ["a key and the older format", "an identity and a bundle"],
    },
    {
      says: "Kyverno reads bundles only, and accepts any statement by the signer as a signature",
      file: "validating",
      withNote: ["a key and the older format", "an identity and the older format"],
      withoutNote: ["a key and both formats", "a key and a bundle"],
    },
    {
      says: "it refuses an image that has the older format only",
      file: "validating",
      withNote: ["a key and both formats", "an identity and a bundle"],
      withoutNote: ["a key and the older format"],
    },
    {
      says: "Kyverno reads Sigstore's public TUF repository before the trusted root below: in a cluster without internet access, set a mirror of it in spec.attestors[0].cosign.tuf",
      file: "validating",
      withNote: ["a private instance with timestamps", "a private instance and the older format"],
      withoutNote: ["an identity and a bundle", "a key and a bundle"],
    },
    {
      says: "reads the instance's keys from the TrustRoot in trust-root.yaml: apply both files",
      file: "controller",
      withNote: ["a private instance with timestamps"],
      withoutNote: ["an identity and a bundle", "a key and a bundle"],
    },
    {
      says: "If a timestamp is required, policy-controller does not also require the log's entry.",
      file: "controller",
      withNote: ["a private instance with timestamps and a log"],
      withoutNote: ["a private instance with timestamps", "a private instance with a log"],
    },
    {
      says: "policy-controller 0.13 does not find a log by a key in a TrustRoot when it reads a bundle, so it admits no image",
      file: "controller",
      withNote: ["a private instance with a log", "a private instance with both logs"],
      withoutNote: [
        ...["a private instance with timestamps", "a private instance with timestamps and a log"],
        ...["a private instance with both logs and the older format", "an identity and a bundle"],
      ],
    },
    ...(["controller", "root"] as const).map((file) => ({
      says: "Keys of the trusted root that are not valid now are left out",
      file,
      withNote: ["a private instance whose keys were rotated"],
      withoutNote: ["a private instance with timestamps"],
    })),
  ]

  describe.each(NOTES)("$file: $says", ({ says, file, withNote, withoutNote }) => {
    test.each(withNote)("is in the file for %s", (name) => expect(headOf(name, file)).toContain(says))
    if (withoutNote.length > 0) {
      test.each(withoutNote)("is not in the file for %s", (name) => expect(headOf(name, file)).not.toContain(says))
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
    test.each(Object.entries(ADMISSIONS))("matches its CRD for %s", (_, admission) => {
      const objects = objectsIn(filesFor(admission)[path] ?? "")
      expect(objects).toHaveLength(schema === "image-validating-policy" ? 2 : 1)
      for (const object of objects) expect(complaints(object, readCrdSchema(`policy/${schema}`))).toEqual([])
    })
  })

  /** The oldest releases that the notes promise. */
  const OLDEST = {
    "cluster-policy-1.13": "kyverno/cluster-policy.yaml",
    "image-validating-policy-1.19.0": "kyverno/image-validating-policy.yaml",
  }
  describe.each(Object.entries(OLDEST))("%s", (schema, path) => {
    test.each(Object.entries(ADMISSIONS))("matches the policy for %s", (_, admission) => {
      const objects = objectsIn(filesFor(admission)[path] ?? "")
      expect(objects.length).toBeGreaterThan(0)
      for (const object of objects) expect(complaints(object, readCrdSchema(`policy/${schema}`))).toEqual([])
    })
  })

  test("does not promise Kyverno 1.18, whose schema has no trusted root", () => {
    const files = Object.values(ADMISSIONS).map((admission) => filesFor(admission)[KINDS["image-validating-policy"]])
    for (const text of files) expect(text).toContain("# For Kyverno 1.19 or later: ")
  })

  const PRIVATE = Object.keys(ADMISSIONS).filter((name) => name.includes("private instance"))
  test.each(PRIVATE)("writes a TrustRoot that matches its CRD for %s", (name) => {
    const [root, ...more] = objectsIn(filesFor(admissionOf(name))["policy-controller/trust-root.yaml"] ?? "")
    expect(more).toEqual([])
    expect(complaints(root, readCrdSchema("policy/trust-root"))).toEqual([])
  })

  test.each(["a key and a bundle", "an identity and a bundle"])("writes no TrustRoot for %s", (name) => {
    expect(filesFor(admissionOf(name))).not.toHaveProperty(["policy-controller/trust-root.yaml"])
  })

  test.each([
    { name: "an unknown field", change: { spec: { attestorz: [] } }, says: "$.spec.attestorz is unknown" },
    { name: "another kind", change: { kind: "Pod" }, says: '$.kind: "Pod" is none of ImageValidatingPolicy' },
    {
      name: "a string instead of a list",
      change: { spec: { validations: "a" } },
      says: "$.spec.validations: string for array",
    },
    { name: "a missing required field", change: { spec: {} }, says: "$.spec.attestors is missing" },
  ])("fails the CRD check for $name", ({ change, says }) => {
    const [policy] = objectsIn(
      filesFor(admissionOf("a key and a bundle"))["kyverno/image-validating-policy.yaml"] ?? "",
    )
    expect(complaints({ ...policy, ...change }, readCrdSchema("policy/image-validating-policy"))).toContain(says)
  })

  test("begins each file with the signer that it admits", () => {
    const { "kyverno/cluster-policy.yaml": byName = "" } = filesFor(admissionOf("an identity and a bundle"))
    expect(byName.split("\n")[0]).toBe(
      "# Images of ghcr.io/acme/app run only if they are signed by https://github.com/acme/app/.github/workflows/" +
        "release.yml@refs/heads/main with issuer https://token.actions.githubusercontent.com.",
    )
    const { "conftest/images.rego": manifests = "" } = filesFor(admissionOf("a key and a bundle"))
    expect(manifests).toMatch(/^# Manifests may name only images of ghcr\.io\/acme\/app, by digest.*\npackage main\n/)
  })
})
