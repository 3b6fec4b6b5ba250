import { describe, expect, test } from "vitest"
import type { CheckSettings } from "../../../lib/config/settings.ts"
import { parseChecks } from "../../../lib/gitops/checks/options.ts"

describe("checks of the settings", () => {
  test("are none without the key, and rendering alone with an empty one", () => {
    expect(parseChecks()).toBeUndefined()
    expect(parseChecks({})).toEqual({ charts: [] })
    expect(parseChecks({ kubeconform: false, misconfig: false })).toEqual({ charts: [] })
  })

  test("get the defaults of each check", () => {
    expect(parseChecks({ kubeconform: true, misconfig: true, conftest: "policy/" })).toEqual({
      charts: [],
      kubeconform: { schemas: [], kubernetes: "master", strict: true, skip: [] },
      misconfig: { severity: "HIGH" },
      conftest: "policy",
    })
  })

  test("keep what is set", () => {
    const charts = [{ values: "env/prod.yaml", chart: "charts/web", release: "web", namespace: "shop" }]
    const kubeconform = { schemas: ["schemas"], kubernetes: "1.34.0", strict: false, skip: ["Widget"] }
    const all = { render: { branch: "rendered/prod", charts }, kubeconform, kyverno: "k", admission: "a/kyverno" }
    const { render, ...others } = all
    expect(parseChecks(all)).toEqual({ ...others, ...render })
  })

  test.each<{ name: string; settings: CheckSettings; error: string }>([
    {
      name: "a policy folder outside of the repository",
      settings: { conftest: "../policy" },
      error:
        'SETTINGS_INVALID: expected checks.conftest to be a path inside the GitOps repository, such as apps/web/overlays/prod, got "../policy". Write the path',
    },
    {
      name: "git's own folder as schemas",
      settings: { kubeconform: { schemas: ["ok", ".git/x"] } },
      error:
        'expected checks.kubeconform.schemas[1] to be a path inside the GitOps repository, such as apps/web/overlays/prod, got ".git/x"',
    },
    {
      name: "a full ref as branch",
      settings: { render: { branch: "refs/heads/rendered" } },
      error: 'expected checks.render.branch to be the name of a branch, such as main, got "refs/heads/rendered"',
    },
  ])("refuse $name", ({ settings, error }) => expect(() => parseChecks(settings)).toThrow(error))
})
