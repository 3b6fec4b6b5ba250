import { type Directory, dag } from "@dagger.io/dagger"
import { parse, stringify } from "yaml"
import { z } from "zod"
import { TestRecord } from "../../lib/ship/record/record.ts"
import type { Slipway } from "../../src/index.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

export type Files = Record<string, string>
export type Shape = {
  name: string
  files: Files
  /** The runners of the image, or of each service. */
  tested: string[] | Record<string, string[]>
}

const json = JSON.stringify
const IMAGE = "FROM gcr.io/distroless/static-debian12:latest\nCOPY . /app\nUSER 65532\n"
const TAKES = (...paths: string[]) =>
  `FROM gcr.io/distroless/static-debian12:latest\nCOPY ${paths.join(" ")} /app/\nUSER 65532\n`
const GO = {
  "go.mod": "module example.com/app\n\ngo 1.26\n",
  "app.go": "package app\n\nfunc Sum(a, b int) int { return a + b }\n",
  "app_test.go":
    'package app\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Fatal("wrong")\n\t}\n}\n',
}
const below = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]))
const PYTHON = { ".python-version": "3.11\n" }
const TEST_PY = "def test_sum():\n    assert 1 + 2 == 3\n"
const SHARED_JS = { "index.js": "module.exports = (a, b) => a + b\n" }
const TEST_JS =
  'const { test } = require("node:test")\nconst sum = require("@m/shared")\ntest("sum", () => { if (sum(1, 2) !== 3) throw new Error("wrong") })\n'
const api = (shared: string) =>
  json({
    name: "@m/api",
    version: "1.0.0",
    private: true,
    scripts: { test: "node --test" },
    dependencies: { "@m/shared": shared },
  })
const shared = json({ name: "@m/shared", version: "1.0.0" })

/** The shapes of init-shapes.test.ts: new-user.test.ts has one in Go. */
export const SHAPES: Shape[] = [
  {
    name: "a Python application with tests",
    files: {
      ...PYTHON,
      Dockerfile: TAKES("app.py"),
      "app.py": "",
      "requirements.txt": "packaging==25.0\n",
      "tests/test_app.py": TEST_PY,
    },
    tested: ["python"],
  },
  {
    name: "a workspace of npm with two services",
    files: {
      "package.json": json({ name: "m", private: true, workspaces: ["apps/*", "packages/*"] }),
      "apps/api/Dockerfile": IMAGE,
      "apps/api/package.json": api("1.0.0"),
      "apps/api/sum.test.js": TEST_JS,
      "apps/web/dockerfile": TAKES("package.json"),
      "apps/web/package.json": json({ name: "@m/web", version: "1.0.0" }),
      "packages/shared/package.json": shared,
      ...below("packages/shared", SHARED_JS),
    },
    tested: { api: ["apps/api/node"], web: [] },
  },
  {
    name: "an existing pipeline, and a Dockerfile in lower case",
    files: {
      dockerfile: IMAGE,
      ".gitlab-ci.yml": "stages: [lint, deploy]\nlint:\n  stage: lint\n  script: [make lint]\n",
      "package.json": json({ name: "app", version: "1.0.0", scripts: { test: "node --test" } }),
      "a.test.js": 'require("node:test").test("a", () => {})\n',
    },
    tested: ["node"],
  },
]

/** The shapes of init-more-shapes.test.ts. */
export const MORE_SHAPES: Shape[] = [
  {
    name: "a Python application without tests, which is two services",
    files: {
      "vote/Dockerfile": IMAGE,
      "vote/requirements.txt": "flask\n",
      "vote/app.py": 'print("hi")\n',
      "result/Dockerfile": TAKES("index.html"),
      "result/index.html": "<p>result</p>\n",
      "result/tests/Dockerfile": "FROM debian:bookworm-slim\nRUN exit 1\n",
    },
    tested: [],
  },
  {
    name: "a Django application, whose tests pytest would not find",
    files: {
      ...PYTHON,
      Dockerfile: IMAGE,
      "requirements.txt": "Django==5.2\n",
      "manage.py":
        'import os, sys\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n',
      "site_settings.py":
        'SECRET_KEY = "test"\nINSTALLED_APPS = ["polls"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}\n',
      "polls/__init__.py": "",
      "polls/tests.py":
        "from django.test import TestCase\n\nclass Polls(TestCase):\n    def test_sum(self):\n        self.assertEqual(1 + 2, 3)\n",
    },
    tested: ["python"],
  },
  {
    name: "a workspace of uv, with a package that no index has",
    files: {
      ...PYTHON,
      "pyproject.toml":
        '[project]\nname = "root"\nversion = "0"\nrequires-python = ">=3.11"\n[tool.uv.workspace]\nmembers = ["services/*", "libs/*"]\n',
      ...below("services/api", {
        Dockerfile: IMAGE,
        "pyproject.toml":
          '[project]\nname = "api"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["slipway-test-sibling"]\n[tool.uv.sources]\nslipway-test-sibling = { workspace = true }\n[dependency-groups]\ndev = ["pytest"]\n',
        "test_api.py": "from slipway_test_sibling import total\n\ndef test_total():\n    assert total(1, 2) == 3\n",
      }),
      ...below("libs/shared", {
        "pyproject.toml":
          '[project]\nname = "slipway-test-sibling"\nversion = "0"\nrequires-python = ">=3.11"\n[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[tool.setuptools]\npy-modules = ["slipway_test_sibling"]\n',
        "slipway_test_sibling.py": "def total(a, b):\n    return a + b\n",
      }),
    },
    tested: ["services/api/python"],
  },
  {
    name: "a workspace of pnpm, whose image is built from the root",
    files: {
      "package.json": json({ private: true }),
      "pnpm-workspace.yaml": "packages: [apps/*, packages/*]\n",
      "pnpm-lock.yaml":
        "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .: {}\n\n  apps/api:\n    dependencies:\n      '@m/shared':\n        specifier: workspace:*\n        version: link:../../packages/shared\n\n  packages/shared: {}\n",
      "apps/api/Dockerfile": TAKES("pnpm-lock.yaml", "apps/api"),
      "apps/api/package.json": api("workspace:*"),
      "apps/api/sum.test.js": TEST_JS,
      "packages/shared/package.json": shared,
      ...below("packages/shared", SHARED_JS),
    },
    tested: ["apps/api/node"],
  },
  {
    name: "a Dockerfile alone in its folder, with the code at the root",
    files: {
      ...GO,
      "docker/app/Dockerfile": IMAGE,
      "docker/app/Dockerfile.dev": "FROM scratch\n",
      "docker/entrypoint.sh": "",
    },
    tested: ["go"],
  },
  {
    name: "one Dockerfile, with others that are not to be shipped",
    files: {
      ...GO,
      Dockerfile: TAKES("app.go"),
      ".gitpod.Dockerfile": "FROM debian:bookworm-slim\nRUN exit 1\n",
      ".devcontainer/Dockerfile": "FROM debian:bookworm-slim\nRUN exit 1\n",
      "tests/testdata/Dockerfile": "FROM debian:bookworm-slim\nRUN exit 1\n",
      "examples/a/Dockerfile": "FROM debian:bookworm-slim\nRUN exit 1\n",
    },
    tested: ["go"],
  },
  {
    name: "services whose Dockerfiles are next to their source",
    files: {
      ...below("src/cart", GO),
      "src/cart/src/Dockerfile": IMAGE,
      "src/cart/src/main.txt": "cart\n",
      "src/ads/Dockerfile": IMAGE,
      ...below("src/ads", GO),
    },
    tested: { cart: ["src/cart/go"], ads: ["src/ads/go"] },
  },
]

export const directoryOf = (files: Files): Directory =>
  Object.entries(files).reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())

// Node and uv have their own certificates; behind a proxy with a private authority, they need the system's.
const CERTIFICATES = Object.fromEntries(
  ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"].map((name) => [
    name,
    "/etc/ssl/certs/ca-certificates.crt",
  ]),
)

/** The settings of init, for one platform, and with certificates so that the tests can reach an index. */
async function begin(module: Slipway, files: Files): Promise<Directory> {
  const source = directoryOf(files)
  const written = await module.init(source)
  const settings = parse(await written.file("slipway.yaml").contents())
  const test = settings.test === false ? false : { ...settings.test, variables: CERTIFICATES }
  const own = { ...settings, platforms: ["linux/amd64"], test }
  return source.withDirectory(".", written).withNewFile("slipway.yaml", stringify(own))
}

const Record = z.object({ ok: z.boolean(), tests: TestRecord.optional(), failure: z.unknown().optional() })
const Report = Record.extend({ services: z.record(z.string(), z.object({ release: Record.optional() })).optional() })

const runners = ({ tests }: z.infer<typeof Record> = { ok: false }) =>
  tests?.status === "passed"
    ? tests.runners.map(({ name }) => name)
    : tests?.status === "skipped"
      ? []
      : [`not tested: ${tests?.status}`]

/** Rehearses a repository with the files of init; returns whether that succeeded, and the runners as a shape has them. */
export async function rehearse({ files, tested }: Shape): Promise<{ record: object; tested: Shape["tested"] }> {
  const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
  const { reports: report } = await module.release(await begin(module, files))
  const record = Report.parse(JSON.parse(await report.file("release.json").contents()))
  const services = Object.entries(record.services ?? {}).map(([name, { release }]) => [name, runners(release)] as const)
  if (!Array.isArray(tested)) return { record, tested: Object.fromEntries(services) }
  const none = tested.length === 0 && record.services
  return { record, tested: none ? services.flatMap(([, names]) => names) : runners(record) }
}
