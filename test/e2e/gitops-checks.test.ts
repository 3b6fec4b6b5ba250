import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { CheckSettings } from "../../lib/config/settings.ts"
import { bump, FOREIGN, foreign, git, refs, refused, startChecks, world } from "./gitops-checks.ts"
import { useEngine } from "./session.ts"

useEngine()

beforeAll(startChecks)
afterAll(() => git?.stop())

// gitops-kyverno.test.ts has Kyverno, which takes long to build
describe.concurrent("a bump is refused, with nothing pushed", () => {
  const chartBump = { path: "charts/shop/values.yaml", edits: ["helm:image"], tag: "20261130" }

  test("because the rendered chart is invalid", async () => {
    const bumping = bump({ kubeconform: { schemas: ["schemas"] } }, chartBump)
    await refused(
      bumping,
      /^CHECK_FAILED: .* got 1: Deployment\/shop: .*number, want string \(kubeconform \/metadata\/labels\/version\)\. .*checks\.kubeconform\)\. Nothing was pushed\.$/,
    )
  })

  test("because Conftest runs a policy that says no", async () => {
    const bumping = bump({ conftest: "policies/conftest" }, foreign())
    await refused(
      bumping,
      /got 1: Deployment\/web: .*elsewhere\/app@sha256:[0-9a-f]+ is not an image of acme \(conftest images\.deny\)/,
    )
  })

  test("because the admission policy would not admit another signer's digest", async () => {
    const bumping = bump({ admission: "policies/admission/kyverno" }, { ref: refs["stranger"] as string })
    await refused(
      bumping,
      /got 2: Deployment\/web: registry\.test:5000\/acme\/app@sha256:[0-9a-f]+ is not admitted: no signature by the public key .*\(admission ClusterPolicy\/signed-.*\(admission ImageValidatingPolicy\/signed-/,
    )
  })

  test.each<{ name: string; checks: CheckSettings; words: RegExp }>([
    {
      name: "a schema is missing",
      checks: { kubeconform: { schemas: ["policies"] } },
      words: /^CHECKER_FAILED: expected a schema for Deployment\/web, got could not find schema for Deployment/,
    },
    {
      name: "a policy folder is missing",
      checks: { conftest: "nowhere" },
      words: /^CHECKER_FAILED: expected the folder nowhere of checks\.conftest/,
    },
    {
      name: "policies have no rule",
      checks: { conftest: "policies/admission/kyverno" },
      words: /^CHECKER_FAILED: expected Conftest to check the manifests/,
    },
    {
      name: "an admission policy is unknown",
      checks: { admission: "policies/kyverno/images.yaml" },
      words: /^CHECKER_FAILED: .*got a policy without verifyImages/,
    },
  ])("because $name, which is never no violation", async ({ checks, words }) => {
    await refused(bump(checks), words)
  })
})

test("a dry run shows the violations, and pushes nothing", async () => {
  const before = world()
  const text = await bump({ conftest: "policies/conftest" }, { ...foreign(), dryRun: true })
  expect(text).toMatch(
    /Checked 1 object of kustomize build overlays\/prod: conftest\n {2}new: Deployment\/web: .*is not an image of acme/,
  )
  expect(text).toContain("note: Deployment/web: no owner (conftest)")
  expect(world()).toBe(before)
})

describe("the same bump is accepted when the violation was there before", () => {
  test("for the policies and the misconfigurations of an overlay", async () => {
    const checks = { conftest: "policies/conftest", misconfig: true }
    const text = await bump(checks, { path: "overlays/elsewhere", image: FOREIGN, ...foreign() })
    expect(text).toMatch(/^Bumped overlays\/elsewhere\/kustomization\.yaml/)
    expect(text).toMatch(/there before: Deployment\/web: .*is not an image of acme \(conftest images\.deny\)/)
    expect(text).toMatch(/there before: Deployment\/web: .*\(misconfig KSV-?0*14 HIGH\)/)
    expect(text).not.toContain("  new:")
  })

  test("for an invalid chart", async () => {
    const wish = { path: "charts/numbered/values.yaml", edits: ["helm:image"], tag: "20261130" }
    const text = await bump({ kubeconform: { schemas: ["schemas"] } }, wish)
    expect(text).toMatch(
      /there before: Deployment\/numbered: .*want string \(kubeconform \/metadata\/labels\/version\)/,
    )
  })

  test("for a digest by another signer", async () => {
    await bump({}, { path: "overlays/elsewhere", image: FOREIGN, ref: refs["stranger"] as string })
    const wish = { path: "overlays/elsewhere", image: FOREIGN, ref: refs["stranger-next"] as string }
    const text = await bump({ admission: "policies/admission/kyverno/image-validating-policy.yaml" }, wish)
    expect(text).toMatch(/there before: Deployment\/web: .*is not admitted/)
  })
})

describe("the branch of the rendered manifests", () => {
  const checks = {
    render: { branch: "rendered/prod" },
    admission: "policies/admission/kyverno",
    conftest: "policies/conftest",
  }

  test("gets the manifests in the same push", async () => {
    const text = await bump(checks)
    const rendered = git.git("show", "rendered/prod:overlays/prod/manifests.yaml")
    expect(rendered).toContain(`image: ${refs["own"]}`)
    const [main, branch] = [git.git("rev-parse", "main").trim(), git.git("rev-parse", "rendered/prod").trim()]
    expect(git.git("log", "-1", "--format=%B", "rendered/prod")).toContain(`Rendered from ${main} of main.`)
    expect(text).toContain(
      `Rendered overlays/prod/manifests.yaml on the branch rendered/prod, in the same push: commit ${branch}`,
    )
  })

  test("keeps the folders of other overlays, and the commits of other writers", async () => {
    const other = { path: "overlays/elsewhere", image: FOREIGN, ref: refs["own"] as string }
    await Promise.all([bump({ render: checks.render }, other), bump(checks, { ref: refs["own-next"] as string })])
    expect(git.git("show", "rendered/prod:overlays/elsewhere/manifests.yaml")).toContain(refs["own"])
    expect(git.git("show", "rendered/prod:overlays/prod/manifests.yaml")).toContain(refs["own-next"])
    expect(git.git("rev-list", "--count", "rendered/prod").trim()).toBe("3")
  })

  test("and the bump are both refused if the server refuses one", async () => {
    const hook = join(git.git("rev-parse", "--absolute-git-dir").trim(), "hooks", "update")
    writeFileSync(hook, '#!/bin/sh\ncase "$1" in refs/heads/rendered/*) echo "no" >&2; exit 1 ;; esac\n', {
      mode: 0o755,
    })
    await refused(bump(checks), /^PUSH_REFUSED: /)
  })
})
