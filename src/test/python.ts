import { hasAny, type Project } from "./project.ts"
import { CACHE_DIR, REPORT_DIR, type Recipe, type Runner } from "./runner.ts"

const DEFAULT_MINOR = 13
/** Tool settings alone (ruff, black) do not make a Python project. */
const PROJECT_TABLE = /^\[(?:project|build-system|tool\.poetry|tool\.pytest\.ini_options|dependency-groups)\]/m
const REQUIREMENTS = [
  "requirements.txt",
  "requirements-dev.txt",
  "requirements-test.txt",
  "dev-requirements.txt",
  "test-requirements.txt",
]

/** uv, Poetry or pip by what is there, and always pytest. */
export const PYTHON: Runner = {
  name: "python",
  looksFor: "pyproject.toml, requirements.txt, setup.py, setup.cfg, tox.ini or pytest.ini",
  reads: ["pyproject.toml", "uv.lock", "poetry.lock", ".python-version", ...REQUIREMENTS],
  plan,
}

function plan(project: Project): Recipe | undefined {
  const { text } = project
  const declared = PROJECT_TABLE.test(text["pyproject.toml"] ?? "")
  if (!declared && !hasAny(project, ...REQUIREMENTS, "setup.py", "setup.cfg", "tox.ini", "pytest.ini")) return undefined
  return {
    image: `python:${pythonVersion(text[".python-version"] ?? requiresPython(text["pyproject.toml"]))}`,
    exclude: ["**/.venv", "**/venv", "**/__pycache__"],
    ...installer(project, declared),
  }
}

type InstallerPart = Pick<Recipe, "commands" | "env" | "lockFiles">

const ENVIRONMENT = {
  PIP_CACHE_DIR: `${CACHE_DIR}/pip`,
  PIP_ROOT_USER_ACTION: "ignore",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  PYTHONDONTWRITEBYTECODE: "1",
  // However pytest is started, this is where its results go.
  PYTEST_ADDOPTS: `--junitxml=${REPORT_DIR}/junit.xml`,
}

function installer(project: Project, declared: boolean): InstallerPart {
  const { text } = project
  if (text["uv.lock"] !== undefined) {
    const pytest = text["uv.lock"].includes('name = "pytest"') ? "pytest" : "--with pytest pytest"
    return {
      commands: ["pip install uv", "uv sync --frozen", `uv run --frozen ${pytest}`],
      env: { ...ENVIRONMENT, UV_CACHE_DIR: `${CACHE_DIR}/uv`, UV_LINK_MODE: "copy", UV_PYTHON_DOWNLOADS: "never" },
      lockFiles: ["uv.lock"],
    }
  }
  if (text["poetry.lock"] !== undefined) {
    const pytest = text["poetry.lock"].includes('name = "pytest"') ? [] : ["poetry run pip install pytest"]
    return {
      commands: ["pip install poetry", "poetry install --no-interaction", ...pytest, "poetry run pytest"],
      env: { ...ENVIRONMENT, POETRY_CACHE_DIR: `${CACHE_DIR}/poetry` },
      lockFiles: ["poetry.lock"],
    }
  }
  const required = REQUIREMENTS.filter((name) => hasAny(project, name)).map((name) => ` --requirement ${name}`)
  const itself = declared || hasAny(project, "setup.py") ? [`pip install ${extras(text["pyproject.toml"])}`] : []
  return {
    commands: [`pip install pytest${required.join("")}`, ...itself, "python -m pytest"],
    env: ENVIRONMENT,
    lockFiles: [...REQUIREMENTS, "pyproject.toml"],
  }
}

/** The project with the extra in which its test dependencies stand, if it has one. */
function extras(pyproject = ""): string {
  const tables = pyproject.split(/^(?=\[)/m)
  const table = tables.find((text) => text.startsWith("[project.optional-dependencies]")) ?? ""
  const names = ["test", "tests", "testing", "dev"].filter((name) => new RegExp(`^${name}\\s*=`, "m").test(table))
  return names.length ? `".[${names.join(",")}]"` : "."
}

function requiresPython(pyproject = ""): string {
  return pyproject.match(/^(?:requires-python|python)\s*=\s*["']([^"']+)["']/m)?.[1] ?? ""
}

/** Of a lower bound the default, or what is nearest to it; `.python-version`, "==3.11.*" and "~=3.11" are meant exactly. */
export function pythonVersion(wanted: string): string {
  const [, operator = "", minor] = wanted.match(/^\s*(>=|\^|~=|==|~)?\s*3\.(\d+)/) ?? []
  if (!minor) return `3.${DEFAULT_MINOR}`
  if (operator !== ">=" && operator !== "^") return `3.${minor}`
  const [, inclusive, bound] = wanted.match(/<(=)?\s*3\.(\d+)/) ?? []
  const highest = bound ? Number(bound) - (inclusive ? 0 : 1) : Number.POSITIVE_INFINITY
  return `3.${Math.max(Number(minor), Math.min(DEFAULT_MINOR, highest))}`
}
