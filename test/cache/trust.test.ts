import { expect, test } from "vitest"
import { type CacheSituation, exportRefusal, requiredSignature } from "../../lib/cache/trust.ts"
import { parseCi } from "../../lib/config/ci.ts"

const situation = (more: Partial<CacheSituation>): CacheSituation => ({
  ...{ mode: "delivery", given: false, store: "registry" },
  ...more,
})
const ci = (...variables: string[]) => ({ ci: parseCi(variables) })
const PROTECTED = ci("GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=push")

test.each([
  { name: "a protected branch of GitHub", more: PROTECTED },
  { name: "a protected tag of GitLab", more: ci("CI_COMMIT_TAG=v1.0.0", "CI_COMMIT_REF_PROTECTED=true") },
  {
    name: "a rehearsal on a protected branch, to a directory",
    more: { ...PROTECTED, mode: "rehearsal", store: "directory" },
  },
] as const)("lets $name write caches", ({ more }) => {
  expect(exportRefusal(situation(more))).toBeUndefined()
})

test.each([
  {
    name: "a call outside of CI",
    more: {},
    reason: "without --ci, nothing shows that this is a protected branch or tag",
  },
  {
    name: "a pull request, whatever the variables say of its branch",
    more: ci("GITHUB_REF=refs/pull/7/merge", "GITHUB_REF_PROTECTED=true"),
    reason: "a pull request reads caches, and never writes them",
  },
  {
    name: "a branch that is not protected",
    more: ci("GITHUB_REF=refs/heads/fix", "GITHUB_REF_PROTECTED=false", "GITHUB_EVENT_NAME=push"),
    reason: "this is not a job of a protected branch or tag",
  },
  {
    name: "a branch of which nothing is known",
    more: ci("CI_COMMIT_BRANCH=main"),
    reason: "--ci lacks CI_COMMIT_REF_PROTECTED",
  },
  {
    name: "a run after a fork's, on the protected branch",
    more: ci("GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=workflow_run"),
    reason: "this is not a job of a protected branch or tag",
  },
  {
    name: "a branch whose event is not known",
    more: ci("GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true"),
    reason: "--ci lacks GITHUB_REF_PROTECTED or GITHUB_EVENT_NAME",
  },
  {
    name: "a branch with another word about its protection",
    more: ci("GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=yes", "GITHUB_EVENT_NAME=push"),
    reason: "--ci lacks GITHUB_REF_PROTECTED or GITHUB_EVENT_NAME",
  },
  {
    name: "a rehearsal, to a registry",
    more: { ...PROTECTED, mode: "rehearsal" },
    reason: "a rehearsal has no signer, and caches in a registry are signed",
  },
  {
    name: "the job that signs a given image",
    more: { ...PROTECTED, given: true },
    reason: "nothing of the source runs in this call",
  },
] as const)("does not let $name write caches", ({ more, reason }) => {
  expect(exportRefusal(situation(more))).toBe(reason)
})

test.each([
  { mode: "rehearsal", store: "directory", signer: false, required: "unsigned" },
  { mode: "rehearsal", store: "directory", signer: true, required: "unsigned" },
  { mode: "rehearsal", store: "registry", signer: true, required: "required" },
  { mode: "delivery", store: "directory", signer: true, required: "required" },
  { mode: "delivery", store: "registry", signer: true, required: "required" },
] as const)("a bundle of a $store in a $mode needs a signature: $required", ({ mode, store, signer, required }) => {
  expect(requiredSignature({ mode, store }, signer)).toBe(required)
})

test.each(["rehearsal", "delivery"] as const)("a %s without a known signer imports nothing from a registry", (mode) => {
  expect(requiredSignature({ mode, store: "registry" }, false)).toEqual({
    refused: "the signer of caches is not known: set sign.publicKey, or sign.identity and sign.issuer",
  })
})
