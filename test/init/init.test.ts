import { describe, expect, test } from "vitest"
import { parseSettings } from "../../lib/config/settings-file.ts"
import { overlayFolders, planFiles } from "../../lib/init/init.ts"
import { stubDirectory } from "../stub-directory.ts"

describe("init", () => {
  const plan = (files: Record<string, string>, ci?: string) =>
    planFiles(stubDirectory(files), { module: "m@1", gitImage: "unused", ...(ci && { ci }) })
  const settingsOf = async (files: Record<string, string>) => {
    const [file] = await plan(files)
    return parseSettings(file?.text ?? "")
  }
  const textOf = async (files: Record<string, string>) => (await plan(files))[0]?.text ?? ""
  const COPY_ALL = "FROM debian\nCOPY . .\n"

  test("writes settings and a file to include next to an existing pipeline, and notes what to add", async () => {
    const files = await plan({ Dockerfile: COPY_ALL, ".gitlab-ci.yml": "stages: [check]\n" })
    expect(files.map(({ path }) => path)).toEqual(["slipway.yaml", ".gitlab/slipway.yml", ".gitlab/scheduled.yml"])
    expect(files[0]?.text).toContain(
      "\n# Add to .gitlab-ci.yml, which is unchanged:\n# include:\n#   - local: .gitlab/slipway.yml\n",
    )
  })

  test("writes a second workflow next to an existing one", async () => {
    const files = await plan({ Dockerfile: COPY_ALL, ".github/workflows/ship.yml": "on: push\n" })
    expect(files.map(({ path }) => path)).toEqual([
      "slipway.yaml",
      ".github/workflows/slipway.yml",
      ".github/workflows/scheduled.yml",
    ])
  })

  test.each<{ ci: string; path: string; files: Record<string, string> }>([
    { ci: "GitHub", path: ".github/workflows/preview.yml", files: {} },
    { ci: "GitLab", path: ".gitlab/preview.yml", files: { ".gitlab-ci.yml": "" } },
  ])("writes only the previews' file at $ci, where slipway.yaml has them", async ({ path, files }) => {
    const settings = { "slipway.yaml": "preview:\n  url: https://pr-{number}.example.com\n" }
    expect((await plan({ ...settings, ...files })).map((file) => file.path)).toEqual([path])
    await expect(plan({ ...settings, ...files, [path]: "" })).rejects.toThrow(`a source without ${path}`)
  })

  test.each<{ path: string; files: Record<string, string> }>([
    { path: "slipway.yaml", files: { "slipway.yaml": "preview: false\n" } },
    { path: "slipway.yaml", files: { "slipway.yaml": "" } },
    { path: ".gitlab/slipway.yml", files: { ".gitlab-ci.yml": "", ".gitlab/slipway.yml": "" } },
    {
      path: ".github/workflows/slipway.yml",
      files: { ".github/workflows/ship.yml": "", ".github/workflows/slipway.yml": "" },
    },
  ])("refuses to overwrite $path", async ({ path, files }) => {
    await expect(plan(files)).rejects.toThrow(`OPTIONS_INVALID: expected a source without ${path}, got one that has it`)
  })

  test.each<{ name: string; files: Record<string, string>; build: object }>([
    {
      name: "the root, if the Dockerfile is alone in its folder and copies everything",
      files: { "docker/Dockerfile": COPY_ALL, "docker/Dockerfile.dev": "", "docker/entrypoint.sh": "", "main.go": "" },
      build: { dockerfile: "docker/Dockerfile" },
    },
    {
      name: "the root, also for a deeper folder",
      files: { "packaging/docker/alpine/Dockerfile": COPY_ALL, "main.go": "" },
      build: { dockerfile: "packaging/docker/alpine/Dockerfile" },
    },
    ...[
      ...["hooks/build", "docker-entrypoint", "start.py", "Makefile", "nginx.conf", "php.ini", "run.ps1", "start.bat"],
      ...["default.conf.template", "wait-for-db.py", "README.md"],
    ].map((file) => ({
      name: `the root, if ${file} is in its folder`,
      files: { "docker/Dockerfile": COPY_ALL, [`docker/${file}`]: "", "main.go": "" },
      build: { dockerfile: "docker/Dockerfile" },
    })),
    {
      name: "the folder of a proxy that consists of configuration",
      files: { "proxy/Dockerfile": COPY_ALL, "proxy/nginx.conf": "", "main.go": "" },
      build: { dockerfile: "proxy/Dockerfile", context: "proxy" },
    },
    ...["Gemfile", "requirements.txt", "app.py"].map((file) => ({
      name: `the folder, if ${file} is in it`,
      files: { "docker/Dockerfile": COPY_ALL, [`docker/${file}`]: "", "main.go": "" },
      build: { dockerfile: "docker/Dockerfile", context: "docker" },
    })),
    {
      name: "the folder, if code is in it",
      files: { "app/Dockerfile": COPY_ALL, "app/main.go": "" },
      build: { dockerfile: "app/Dockerfile", context: "app" },
    },
    {
      name: "the folder, if the Dockerfile copies a file of it",
      files: { "docker/Dockerfile": "FROM debian\nCOPY run.sh /\nCOPY . .\n", "docker/run.sh": "", "main.go": "" },
      build: { dockerfile: "docker/Dockerfile", context: "docker" },
    },
    {
      name: "the root, if the Dockerfile copies what only the root has",
      files: { "docker/Dockerfile": "FROM debian\nCOPY go.mod .\n", "go.mod": "" },
      build: { dockerfile: "docker/Dockerfile" },
    },
    {
      name: "the root for a Dockerfile in lower case",
      files: { "docker/dockerfile": COPY_ALL, "main.go": "" },
      build: { dockerfile: "docker/dockerfile" },
    },
  ])("the build context is $name", async ({ files, build }) => {
    expect((await settingsOf(files)).build).toEqual(build)
  })

  test("names a service by the nearest specific folder, and tests it where its tests are", async () => {
    const { services } = await settingsOf({
      "src/cart/src/Dockerfile": COPY_ALL,
      "src/cart/src/cart.cs": "",
      "src/cart/cart.sln": "",
      "src/ads/dockerfile": "FROM debian\nCOPY a /\n",
      "src/ads/a": "",
    })
    expect(services).toMatchObject({
      cart: { path: "src/cart/src", test: { paths: ["src/cart"] } },
      ads: { path: "src/ads", build: { context: "src/ads", dockerfile: "src/ads/dockerfile" }, test: false },
    })
  })

  test("ignores Dockerfiles, charts and overlays of tests and examples", async () => {
    const text = await textOf({
      "api/Dockerfile": COPY_ALL,
      "api/a.go": "",
      ".gitpod.Dockerfile": "FROM gitpod\n",
      "examples/a/Dockerfile": COPY_ALL,
      "tests/testdata/chart/Chart.yaml": "name: a\n",
      "tests/overlay/kustomization.yaml": "resources: [../base]\n",
      "deploy/chart/Chart.yaml": "name: a\n",
    })
    expect(text).not.toMatch(/gitpod|examples|tests\//)
    expect(text).toContain("#   path: deploy/chart/values.yaml")
  })

  test("ships a Python application without tests if it has none", async () => {
    const files = { Dockerfile: COPY_ALL, "requirements.txt": "flask\n", "app.py": 'print("hi")\n' }
    expect((await settingsOf(files)).test).toBe(false)
    expect((await settingsOf({ ...files, "test_app.py": "" })).test).toBeUndefined()
  })

  test("reads services for the tests from a Compose file with many anchors", async () => {
    const services = Array.from({ length: 150 }, (_, at) => `  s${at}: { <<: *l, image: busybox }\n`).join("")
    const compose = `x-l: &l { restart: always }\nservices:\n  app: { build: ., depends_on: [db] }\n  db: { image: postgres:17 }\n${services}`
    const settings = await settingsOf({ Dockerfile: COPY_ALL, "go.mod": "module a\n", "compose.yaml": compose })
    expect(settings.test).toEqual({ services: ["db=postgres:17"] })
  })
})

describe("overlay folders", () => {
  test.each([
    { name: "a kustomization that refers to a base", text: "resources: [../../base]", overlays: ["d/prod"] },
    { name: "a kustomization with bases", text: "bases:\n- ../base\n", overlays: ["d/prod"] },
    { name: "not a base", text: "resources: [deployment.yaml]", overlays: [] },
    { name: "not an empty file", text: "", overlays: [] },
    { name: "not a broken file", text: "resources: [", overlays: [] },
    { name: "not a kustomization with other resources", text: "resources: [{ a: 1 }]", overlays: [] },
  ])("an overlay is $name", ({ text, overlays }) => {
    expect(overlayFolders([{ path: "d/prod/kustomization.yaml", text }])).toEqual(overlays)
  })

  test("sorts overlays by name", () => {
    const text = "resources: [../base]"
    const paths = ["b/kustomization.yaml", "a/kustomization.yml"]
    expect(overlayFolders(paths.map((path) => ({ path, text })))).toEqual(["a", "b"])
  })

  test("reads an overlay with hundreds of aliases", () => {
    const patches = Array.from({ length: 150 }, () => "- *p").join("\n")
    const text = `resources: [../../base]\npatches:\n- &p {path: p.yaml}\n${patches}\n`
    expect(overlayFolders([{ path: "d/prod/kustomization.yaml", text }])).toEqual(["d/prod"])
  })
})
