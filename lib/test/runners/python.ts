import { posix } from "node:path"
import { quoteWord } from "../command.ts"
import {
  CACHE_DIR,
  findUvWorkspace,
  globMatcher,
  hasAny,
  type Membership,
  nearestText,
  type Project,
  REPORT_DIR,
  type Recipe,
  type Runner,
  tomlTable,
} from "./runner.ts"

const DEFAULT_MINOR = 13
/** Settings of tools (ruff, black) do not make a Python project. */
const PROJECT_TABLE = /^\[(?:project|build-system|tool\.poetry|tool\.pytest\.ini_options|dependency-groups)\]/m
const REQUIREMENTS = [
  "requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
]

const CONFIGS = ["pytest.ini", "tox.ini", "setup.cfg"]
const MARKERS = [...REQUIREMENTS, "pyproject.toml", "setup.py", ...CONFIGS]

const MANAGE = /^(?:[^/]+\/)?manage\.py$/

/** Installs with uv, Poetry or pip, and runs pytest, or Django's runner if the project does not use pytest. */
export const PYTHON: Runner = {
  name: "python",
  looksFor:
    "pyproject.toml, requirements.txt, setup.py, setup.cfg, tox.ini or pytest.ini, with tests (test_*.py, *_test.py; Django's tests.py)",
  reads: ["pyproject.toml", "uv.lock", "poetry.lock", ".python-version", ...REQUIREMENTS, ...CONFIGS],
  finds: (entries) => (MARKERS.some((name) => entries.includes(name)) ? ["**/*.py"] : []),
  readsFound: MANAGE,
  plan,
}

function plan(project: Project): Recipe | undefined {
  const { text } = project
  const declared = PROJECT_TABLE.test(text["pyproject.toml"] ?? "")
  if (!declared && !hasAny(project, ...REQUIREMENTS, "setup.py", ...CONFIGS)) return undefined
  const tests = testCommand(project)
  if (!tests) return undefined
  const required = [text["pyproject.toml"], findUvWorkspace(project).root.text["pyproject.toml"]].map(requiresPython)
  const version = nearestText(project, ".python-version") ?? required.find(Boolean) ?? ""
  return {
    image: `python:${pythonVersion(version)}`,
    exclude: ["**/.venv", "**/venv", "**/__pycache__"],
    ...installer(project, { declared, tests }),
  }
}

/** The runner; `args` follow the Python of the installer's environment. */
type Tests = { kind: "pytest" } | { kind: "django"; args: string }

/** Undefined without tests, because pytest would fail with 5. Django's runner finds no plain functions, so pytest wins. */
function testCommand(project: Project): Tests | undefined {
  const pytest = hasPytestFiles(project) ? ({ kind: "pytest" } as const) : undefined
  const manage = manageScript(project)
  if (manage === undefined || (pytest && usesPytest(project))) return pytest
  if (!sources(project).some((path) => /(?:^|\/)test[^/]*\.py$/.test(path))) return undefined
  const folder = posix.dirname(manage)
  const label = folder === "." ? "" : ` ${quoteWord(folder)}`
  return { kind: "django", args: `${quoteWord(manage)} test --noinput${label}` }
}

/** Whether the project uses pytest: by its name or that of its Django plugin, by settings, or by a conftest.py. */
function usesPytest(project: Project): boolean {
  if (["pytest", "pytest-django"].some((name) => mentionsAnywhere(project, name))) return true
  if (project.text["pytest.ini"] !== undefined || pytestConfig(project).trim() !== "") return true
  return sources(project).some((path) => posix.basename(path) === "conftest.py")
}

/** Django's manage.py, in the project or one folder below: https://docs.djangoproject.com/en/stable/topics/testing/overview/ */
function manageScript(project: Project): string | undefined {
  const own = sources(project).filter(
    (path) => MANAGE.test(path) && project.text[path]?.includes("DJANGO_SETTINGS_MODULE"),
  )
  return own.find((path) => path === "manage.py") ?? own[0]
}

/** The folders that pytest skips by default: https://docs.pytest.org/en/stable/reference/reference.html#confval-norecursedirs */
const NOT_SEARCHED = /(?:^|\/)(?:\.[^/]*|build|dist|node_modules|venv|site-packages|CVS|_darcs|[^/]*\.egg)\//

function sources({ below = [] }: Project): string[] {
  return below.filter((path) => path.endsWith(".py") && !NOT_SEARCHED.test(path))
}

function hasPytestFiles(project: Project): boolean {
  const config = pytestConfig(project)
  if (/--doctest-(?:modules|glob)/.test(config)) return true
  const [, list = ""] = config.match(/^\s*python_files\s*=\s*((?:\[[^\]]*\]|.*(?:\n[ \t]+\S.*)*))/m) ?? []
  const patterns = list.match(/[^\s"',[\]]+/g) ?? ["test_*.py", "*_test.py"]
  return sources(project).some((path) => patterns.some((pattern) => isNamed(path, pattern)))
}

/** As in pytest, a pattern without a slash matches the file's name. */
function isNamed(path: string, pattern: string): boolean {
  return globMatcher(pattern).test(pattern.includes("/") ? path : posix.basename(path))
}

function pytestConfig({ text }: Project): string {
  return [
    tomlTable(text["pyproject.toml"] ?? "", "tool.pytest.ini_options"),
    tomlTable(text["pyproject.toml"] ?? "", "tool.pytest"),
    ...["pytest.ini", "tox.ini"].map((name) => tomlTable(text[name] ?? "", "pytest")),
    tomlTable(text["setup.cfg"] ?? "", "tool:pytest"),
  ].join("\n")
}

/** Whether the project's requirements or its lock file name a package. */
function mentionsAnywhere(project: Project, name: string): boolean {
  const required = [...REQUIREMENTS, ...CONFIGS, "pyproject.toml"].map((file) => project.text[file] ?? "")
  const locked = [project.text["poetry.lock"], findUvWorkspace(project).root.text["uv.lock"]]
  return required.some((text) => mentions(text, name)) || locked.some((lock) => locks(lock, name))
}

/** Whether a lock file has an entry for a package; the extras of other packages name many without one. */
function locks(lock: string | undefined, name: string): boolean {
  return lock !== undefined && new RegExp(`^\\s*name = "${name}"\\s*$`, "im").test(lock)
}

/** A package of this very name: pytest is not pytest-django. Names are the same in any case, with "_" for "-". */
function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w.-])${name.replace("-", "[-_]")}(?![\\w-]|\\.\\w)`, "i").test(text.replace(/#.*$/gm, ""))
}

type InstallerPart = Pick<Recipe, "commands" | "env" | "lockFiles" | "directory">
type InstallOptions = { declared: boolean; tests: Tests }

const ENVIRONMENT = {
  PIP_CACHE_DIR: `${CACHE_DIR}/pip`,
  PIP_ROOT_USER_ACTION: "ignore",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PYTHONDONTWRITEBYTECODE: "1",
  // However pytest is started, this is where its results go.
  PYTEST_ADDOPTS: `--junitxml=${REPORT_DIR}/junit.xml`,
}

function installer(project: Project, installing: InstallOptions): InstallerPart {
  const { text } = project
  const workspace = findUvWorkspace(project)
  if (workspace.root.text["uv.lock"] !== undefined || onlyUvInstalls(project, workspace)) {
    return uv(project, workspace, installing)
  }
  return text["poetry.lock"] === undefined ? pip(project, installing) : poetry(text["poetry.lock"], installing)
}

/**
 * Whether the project uses uv's settings for the source of packages. pip ignores them, and would install a sibling from the
 * public index, where an attacker can register its name.
 */
function onlyUvInstalls({ text }: Project, { member }: Membership): boolean {
  return (
    member !== "." ||
    /^\s*\[\s*tool\s*\.\s*uv\s*\.\s*(?:sources|workspace|index)|^\s*\[\[\s*tool\.uv\.index|^\s*sources\s*[.=].*(?:workspace|path|git|index)\s*=/m.test(
      text["pyproject.toml"] ?? "",
    )
  )
}

function uv(project: Project, { root, member }: Membership, { tests }: InstallOptions): InstallerPart {
  const lock = root.text["uv.lock"]
  const own = project.text["pyproject.toml"] ?? ""
  const scope = member === "." ? groupArgs(own) : memberScope(own, root.text["pyproject.toml"] ?? "", tests)
  const frozen = `${lock === undefined ? "" : " --frozen"}${scope}`
  const place = member === "." ? "" : ` --directory ${quoteWord(member)}`
  const known = scope.includes("--all-packages") || (member === "." && locks(lock, "pytest")) || mentions(own, "pytest")
  const pytest = known ? "pytest" : "--with pytest pytest"
  return {
    ...(member !== "." && { directory: root.path }),
    commands: [
      "pip install uv",
      `uv sync${frozen}`,
      `uv run${frozen}${place} ${tests.kind === "django" ? `python ${tests.args}` : pytest}`,
    ],
    env: { ...ENVIRONMENT, UV_CACHE_DIR: `${CACHE_DIR}/uv`, UV_LINK_MODE: "copy", UV_PYTHON_DOWNLOADS: "never" },
    lockFiles: lock === undefined ? ["pyproject.toml"] : ["uv.lock"],
  }
}

/** Selects one member, or all of them if pytest and its plugins come from the root's development group. */
function memberScope(own: string, root: string, tests: Tests): string {
  const name = tomlTable(own, "project").match(/^\s*name\s*=\s*["']([^"']+)["']/m)?.[1]
  if (name === undefined || (tests.kind === "pytest" && !mentions(own, "pytest") && mentions(root, "pytest")))
    return " --all-packages"
  return ` --package ${quoteWord(name)}${groupArgs(own)}`
}

/** uv installs the group "dev" by default; tests may have a separate group or extra. */
function groupArgs(pyproject: string): string {
  const groups = TEST_NAMES.filter((name) => name !== "dev" && hasKey(tomlTable(pyproject, "dependency-groups"), name))
  const extra = extraNames(pyproject)
  return [...groups.map((name) => ` --group ${name}`), ...extra.map((name) => ` --extra ${name}`)].join("")
}

function poetry(lock: string, { tests }: InstallOptions): InstallerPart {
  const pytest = tests.kind === "django" || locks(lock, "pytest") ? [] : ["poetry run pip install pytest"]
  const last = tests.kind === "django" ? `poetry run python ${tests.args}` : "poetry run pytest"
  return {
    commands: ["pip install poetry", "poetry install --no-interaction", ...pytest, last],
    env: { ...ENVIRONMENT, POETRY_CACHE_DIR: `${CACHE_DIR}/poetry` },
    lockFiles: ["poetry.lock"],
  }
}

function pip(project: Project, { declared, tests }: InstallOptions): InstallerPart {
  const required = REQUIREMENTS.filter((name) => hasAny(project, name)).map((name) => ` --requirement ${name}`)
  const itself =
    declared || hasAny(project, "setup.py") ? [`pip install ${extras(project.text["pyproject.toml"])}`] : []
  const tools = tests.kind === "django" ? "" : " pytest"
  return {
    commands: [
      ...(tools || required.length ? [`pip install${tools}${required.join("")}`] : []),
      ...itself,
      tests.kind === "django" ? `python ${tests.args}` : "python -m pytest",
    ],
    env: ENVIRONMENT,
    lockFiles: [...REQUIREMENTS, "pyproject.toml"],
  }
}

/** The usual names of groups and extras with test dependencies. */
const TEST_NAMES = ["test", "tests", "testing", "dev"]

/** The project with the extras of its test dependencies, if it has any. */
function extras(pyproject = ""): string {
  const names = extraNames(pyproject)
  return names.length ? `".[${names.join(",")}]"` : "."
}

function extraNames(pyproject: string): string[] {
  const table = tomlTable(pyproject, "project.optional-dependencies")
  return TEST_NAMES.filter((name) => hasKey(table, name))
}

function hasKey(table: string, key: string): boolean {
  return new RegExp(`^\\s*${key}\\s*=`, "m").test(table)
}

function requiresPython(pyproject = ""): string {
  return pyproject.match(/^(?:requires-python|python)\s*=\s*["']([^"']+)["']/m)?.[1] ?? ""
}

/** For a lower bound the default, or the nearest version in range; `.python-version`, "==3.11.*" and "~=3.11" are exact. */
export function pythonVersion(constraint: string): string {
  const [, operator = "", minor] = constraint.match(/^\s*(>=|\^|~=|==|~)?\s*3\.(\d+)/) ?? []
  if (!minor) return `3.${DEFAULT_MINOR}`
  if (operator !== ">=" && operator !== "^") return `3.${minor}`
  const [, inclusive, bound] = constraint.match(/<(=)?\s*3\.(\d+)/) ?? []
  const highest = bound ? Number(bound) - (inclusive ? 0 : 1) : Number.POSITIVE_INFINITY
  return `3.${Math.max(Number(minor), Math.min(DEFAULT_MINOR, highest))}`
}
