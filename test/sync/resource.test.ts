import { describe, expect, test } from "vitest"
import {
  carries,
  conditionOf,
  conditionText,
  holds,
  imagesOf,
  ofRepository,
  oneLine,
  PodTemplate,
  parseDesiredRelease,
  parseResources,
  requireVerifiable,
  resourceName,
  withMessage,
} from "../../lib/sync/resource.ts"
import { COMMIT, DIGEST, OLD_DIGEST, REF, REPOSITORY, WANTED } from "./objects.ts"

describe("resource", () => {
  test("parses a resource of kind, namespace and name", () => {
    const [app, rollout] = parseResources(["application/argocd/hello", "rollout/shop/hello.v2"])
    expect(app).toEqual({ kind: "application", namespace: "argocd", name: "hello" })
    expect(rollout && resourceName(rollout)).toBe("rollout/shop/hello.v2")
  })

  test.each([
    { name: "no namespace", text: "application/hello" },
    { name: "another kind", text: "statefulset/shop/hello" },
    { name: "a property of every object", text: "constructor/shop/hello" },
    { name: "a path traversal", text: "deployment/shop/../secrets" },
    { name: "a query", text: "deployment/shop/hello?watch=1" },
    { name: "a second line", text: "deployment/shop/hello\n" },
    { name: "upper case", text: "Deployment/shop/hello" },
  ])("refuses a resource with $name", ({ text }) => {
    expect(() => parseResources([text])).toThrow(
      `OPTIONS_INVALID: expected KIND/NAMESPACE/NAME with one of application, kustomization, helmrelease, rollout, deployment, got ${JSON.stringify(text)}.`,
    )
  })

  test("refuses an empty list of resources", () => {
    expect(() => parseResources([])).toThrow("OPTIONS_INVALID: expected KIND/NAMESPACE/NAME")
  })

  const commitOnly = { commit: COMMIT }
  const imageOnly = { image: WANTED.image }
  test.each([
    { text: "application/a/b", takes: [commitOnly, imageOnly, WANTED], refuses: [{}] },
    { text: "kustomization/a/b", takes: [commitOnly, WANTED], refuses: [{}, imageOnly] },
    { text: "helmrelease/a/b", takes: [imageOnly, WANTED], refuses: [{}, commitOnly] },
    { text: "rollout/a/b", takes: [imageOnly, WANTED], refuses: [{}, commitOnly] },
    { text: "deployment/a/b", takes: [imageOnly, WANTED], refuses: [{}, commitOnly] },
  ])("accepts only releases that $text reports", ({ text, takes, refuses }) => {
    const [resource] = parseResources([text])
    if (!resource) throw new Error("no resource")
    for (const wanted of takes) expect(() => requireVerifiable(resource, wanted)).not.toThrow()
    for (const wanted of refuses)
      expect(() => requireVerifiable(resource, wanted)).toThrow(/^OPTIONS_INVALID: expected --/)
  })
})

describe("desired release", () => {
  test("parses commit and image, each if it is passed", () => {
    expect(parseDesiredRelease({ commit: COMMIT, ref: REF })).toEqual(WANTED)
    expect(parseDesiredRelease({ ref: `${REPOSITORY}:1.4.0@${DIGEST}` })).toEqual({ image: WANTED.image })
    expect(parseDesiredRelease({ commit: "0a".repeat(32) })).toEqual({ commit: "0a".repeat(32) })
    expect(parseDesiredRelease({})).toEqual({})
  })

  test.each(["main", COMMIT.slice(0, 12), COMMIT.toUpperCase(), `${COMMIT}\n`, ""])(
    "refuses the commit %j",
    (commit) => {
      expect(() => parseDesiredRelease({ commit })).toThrow(
        `OPTIONS_INVALID: expected a full commit of the GitOps repository, 40 or 64 hex digits, got ${JSON.stringify(commit)}.`,
      )
    },
  )

  test("refuses a ref with a tag only", () => {
    expect(() => parseDesiredRelease({ ref: `${REPOSITORY}:1.4.0` })).toThrow(/^REFERENCE_INVALID/)
  })
})

describe("verdict", () => {
  test("joins a controller's message into one line of at most 500 characters", () => {
    expect(oneLine("1 error occurred:\n\t* pod failed\n\n")).toBe("1 error occurred: * pod failed")
    expect(oneLine("x".repeat(501))).toBe(`${"x".repeat(500)}…`)
  })

  test("renders a state without a message", () => {
    expect(withMessage("Degraded", " ")).toBe("Degraded")
    expect(withMessage("Degraded", "no pods\nleft")).toBe("Degraded: no pods left")
  })
})

describe("condition", () => {
  const conditions = [
    { type: "Ready", status: "Unknown", reason: "Progressing" },
    { type: "Stalled", status: "False" },
    { type: "Reconciling", status: "True" },
  ]

  test("reads only the status True as holding", () => {
    expect(["Ready", "Stalled", "Reconciling", "Released"].map((type) => holds(conditions, type))).toEqual([
      false,
      false,
      true,
      false,
    ])
    expect(conditionOf(conditions, "Ready")?.reason).toBe("Progressing")
  })

  test.each([
    { condition: { reason: "BuildFailed", message: "no such path" }, words: "BuildFailed: no such path" },
    { condition: { reason: "BuildFailed", message: "" }, words: "BuildFailed" },
    { condition: {}, words: undefined },
  ])("joins reason and message: $words", ({ condition, words }) => {
    expect(conditionText(condition)).toBe(words)
  })
})

describe("pod template", () => {
  test("lists the images of init containers first, and accepts a missing image", () => {
    const spec = {
      initContainers: [{ image: "a" }],
      containers: [{ image: "b" }, { name: "filled in by an operator" }],
    }
    expect(imagesOf(PodTemplate.parse({ spec }))).toEqual(["a", "b", ""])
  })

  test.each([
    { image: `${REPOSITORY}@${DIGEST}`, yes: true },
    { image: `${REPOSITORY}:1.4.0@${DIGEST}`, yes: true },
    { image: `mirror:5000/hello@${DIGEST}`, yes: true },
    { image: `${REPOSITORY}@${OLD_DIGEST}`, yes: false },
    { image: `${REPOSITORY}:1.4.0`, yes: false },
    { image: `${REPOSITORY}@${DIGEST.slice(0, -1)}`, yes: false },
  ])("compares $image with the digest: $yes", ({ image, yes }) => {
    expect(carries(["redis:8", image], WANTED.image)).toBe(yes)
  })

  test("finds images of a repository with any tag or digest", () => {
    const own = [REPOSITORY, `${REPOSITORY}:1.4.0`, `${REPOSITORY}:1.4.0@${OLD_DIGEST}`]
    expect(ofRepository([...own, `${REPOSITORY}-api:1`, "acme/hello:1"], WANTED.image)).toEqual(own)
    const local = { repository: "registry.test:5000/hello", digest: DIGEST }
    expect(ofRepository(["registry.test:5000/hello", "registry.test:5001/hello"], local)).toHaveLength(1)
  })
})
