import { expect, test } from "vitest"
import { PYTHON, pythonVersion } from "../../../lib/test/runners/python.ts"
import { type Files, projectOf } from "../project-of.ts"

test.each([
  { wanted: "", version: "3.13" },
  { wanted: "3.11\n", version: "3.11" },
  { wanted: "3.12.4", version: "3.12" },
  { wanted: ">=3.9", version: "3.13" },
  { wanted: ">=3.14", version: "3.14" },
  { wanted: ">=3.9,<3.12", version: "3.11" },
  { wanted: ">=3.9, <=3.12", version: "3.12" },
  { wanted: ">=3.9,<4", version: "3.13" },
  { wanted: "^3.10", version: "3.13" },
  { wanted: "==3.11.*", version: "3.11" },
  { wanted: "~=3.11", version: "3.11" },
])('reads "$wanted" as Python $version', ({ wanted, version }) => {
  expect(pythonVersion(wanted)).toBe(version)
})

const MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site.settings")\n'
/** Every project needs a test, because the runner skips projects without tests. */
const tested = (files: Files) => projectOf({ ...files, "tests/test_a.py": "" })
const PROJECT = '[project]\nname = "a"\nrequires-python = ">=3.11"\n'

test.each([
  {
    name: "uv, with the locked pytest",
    files: { "pyproject.toml": PROJECT, "uv.lock": '[[package]]\nname = "pytest"\n' },
    commands: ["pip install uv", "uv sync --frozen", "uv run --frozen pytest"],
  },
  {
    name: "uv, with pytest in addition to the lock file",
    files: { "pyproject.toml": PROJECT, "uv.lock": "" },
    commands: ["pip install uv", "uv sync --frozen", "uv run --frozen --with pytest pytest"],
  },
  {
    name: "uv, with the extra and the group of its tests",
    files: {
      "pyproject.toml": `${PROJECT}[project.optional-dependencies]\ntest = ["pytest"]\n[dependency-groups]\ndev = ["ruff"]\ntests = ["faker"]\n`,
      "uv.lock": '[[package]]\nname = "pytest"\n',
    },
    commands: [
      "pip install uv",
      "uv sync --frozen --group tests --extra test",
      "uv run --frozen --group tests --extra test pytest",
    ],
  },
  {
    name: "Poetry, with pytest in the lock file only for another package's extra",
    files: { "pyproject.toml": "[tool.poetry]\n", "poetry.lock": '[package.extras]\ntest = ["pytest (>=6)"]\n' },
    commands: [
      "pip install poetry",
      "poetry install --no-interaction",
      "poetry run pip install pytest",
      "poetry run pytest",
    ],
  },
  {
    name: "Poetry",
    files: { "pyproject.toml": "[tool.poetry]\n", "poetry.lock": 'name = "pytest"\n' },
    commands: ["pip install poetry", "poetry install --no-interaction", "poetry run pytest"],
  },
  {
    name: "Poetry without pytest",
    files: { "pyproject.toml": "[tool.poetry]\n", "poetry.lock": "" },
    commands: [
      "pip install poetry",
      "poetry install --no-interaction",
      "poetry run pip install pytest",
      "poetry run pytest",
    ],
  },
  {
    name: "pip with requirements",
    files: { "requirements.txt": "", "requirements-dev.txt": "" },
    commands: [
      "pip install pytest --requirement requirements.txt --requirement requirements-dev.txt",
      "python -m pytest",
    ],
  },
  {
    name: "pip with the project",
    files: { "pyproject.toml": PROJECT },
    commands: ["pip install pytest", "pip install .", "python -m pytest"],
  },
  {
    name: "pip with the project's test extra",
    files: {
      "pyproject.toml": `${PROJECT}[project.optional-dependencies]\ndocs = ["sphinx"]\ntest = [\n  "requests[socks]",\n]\n[tool.ruff]\ndev = 1\n`,
    },
    commands: ["pip install pytest", 'pip install ".[test]"', "python -m pytest"],
  },
])("uses $name", ({ files, commands }) => {
  expect(PYTHON.plan(tested(files))?.commands).toEqual(commands)
})

test("uses the required release, and makes pytest write JUnit", () => {
  const plan = PYTHON.plan(tested({ "pyproject.toml": '[project]\nrequires-python = "==3.11.*"\n' }))
  expect(plan?.image).toBe("python:3.11")
  expect(plan?.env).toMatchObject({ PYTEST_ADDOPTS: "--junitxml=/slipway/report/junit.xml" })
  const root = {
    ...projectOf({
      "pyproject.toml": '[project]\nrequires-python = ">=3.14"\n[tool.uv.workspace]\nmembers = ["api"]\n',
    }),
  }
  const member = { ...projectOf({ "pyproject.toml": "[project]\n", "test_a.py": "" }, "api"), above: [root] }
  expect(PYTHON.plan(member)?.image).toBe("python:3.14")
  expect(PYTHON.plan(tested({ "pytest.ini": "", ".python-version": "3.12" }))?.image).toBe("python:3.12")
})

test.each([
  { name: "with pytest's prefix", files: { "requirements.txt": "", "app/test_app.py": "" } },
  { name: "with pytest's suffix", files: { "setup.py": "", "app_test.py": "" } },
  {
    name: "with the names in pytest's settings",
    files: {
      "pyproject.toml": '[project]\n[tool.pytest.ini_options]\npython_files = ["check_*.py", "*.spec.py"]\n',
      "a/b.spec.py": "",
    },
  },
  {
    name: "with names over several lines",
    files: { "setup.cfg": "[tool:pytest]\npython_files =\n    tests.py\n    check.py\n", "a/check.py": "" },
  },
  { name: "in the documentation", files: { "pytest.ini": "[pytest]\naddopts = --doctest-modules\n", "a.py": "" } },
])("finds tests $name", ({ files }) => {
  expect(PYTHON.plan(projectOf(files))?.commands.at(-1)).toBe("python -m pytest")
})

const DJANGO = { "manage.py": MANAGE, "polls/tests.py": "" }

test.each([
  {
    name: "pip",
    files: { ...DJANGO, "requirements.txt": "Django==5.2\n" },
    commands: ["pip install --requirement requirements.txt", "python manage.py test --noinput"],
  },
  {
    name: "pip, from the folder of its site",
    files: { "site/manage.py": MANAGE, "site/polls/tests/test_views.py": "", "requirements.txt": "django>=5\n" },
    commands: ["pip install --requirement requirements.txt", "python site/manage.py test --noinput site"],
  },
  {
    name: "uv",
    files: { ...DJANGO, "pyproject.toml": PROJECT, "uv.lock": 'name = "django"\n' },
    commands: ["pip install uv", "uv sync --frozen", "uv run --frozen python manage.py test --noinput"],
  },
  {
    name: "Poetry",
    files: { ...DJANGO, "pyproject.toml": "[tool.poetry]\n", "poetry.lock": 'name = "Django"\n' },
    commands: ["pip install poetry", "poetry install --no-interaction", "poetry run python manage.py test --noinput"],
  },
])("runs Django's runner with $name", ({ files, commands }) => {
  expect(PYTHON.plan(projectOf(files))?.commands).toEqual(commands)
})

test.each<{ name: string; files: Record<string, string> }>([
  { name: "its plugin for Django", files: { "requirements.txt": "django\npytest_django~=4.8\n" } },
  { name: "pytest itself", files: { "requirements.txt": "django\npytest\n" } },
  { name: "pytest for development", files: { "requirements-dev.txt": "-r requirements.txt\npytest>=8\n" } },
  { name: "an empty pytest.ini", files: { "requirements.txt": "django\n", "pytest.ini": "" } },
  { name: "settings of pytest", files: { "setup.cfg": "[tool:pytest]\naddopts = -q\n" } },
  { name: "a conftest.py", files: { "requirements.txt": "django\n", "polls/conftest.py": "" } },
])("runs pytest for Django with $name", ({ files }) => {
  const all = { ...DJANGO, "polls/test_models.py": "", ...files }
  expect(PYTHON.plan(projectOf(all))?.commands.at(-1)).toBe("python -m pytest")
})

test("runs Django's runner if pytest would find no tests", () => {
  const files = { ...DJANGO, "requirements.txt": "django\npytest\n" }
  expect(PYTHON.plan(projectOf(files))?.commands.at(-1)).toBe("python manage.py test --noinput")
})

test("does not mistake a manage.py of another framework for Django", () => {
  const files = { "manage.py": "from flask_script import Manager\n", "test_a.py": "", "requirements.txt": "flask\n" }
  expect(PYTHON.plan(projectOf(files))?.commands.at(-1)).toBe("python -m pytest")
})

test.each([
  { name: "its siblings", pyproject: `${PROJECT}[tool.uv.sources]\nshared = { workspace = true }\n` },
  { name: "a folder next to it", pyproject: `${PROJECT}[tool.uv.sources]\nshared = { path = "../shared" }\n` },
  { name: "its siblings, in a table each", pyproject: `${PROJECT}[tool.uv.sources.shared]\nworkspace = true\n` },
  { name: "its siblings, in one line", pyproject: `${PROJECT}[tool.uv]\nsources.shared = { workspace = true }\n` },
  { name: "a separate index", pyproject: `${PROJECT}[[tool.uv.index]]\nurl = "https://pypi.acme.test/simple"\n` },
])("installs with uv if the project names $name, because pip would use the public index", ({ pyproject }) => {
  expect(PYTHON.plan(tested({ "pyproject.toml": pyproject }))?.commands).toEqual([
    "pip install uv",
    "uv sync",
    "uv run --with pytest pytest",
  ])
})

test.each([
  { name: "no Python project files", files: { "main.py": "", "test_main.py": "" } },
  { name: "requirements and no test", files: { "requirements.txt": "flask\n", "app.py": 'print("hi")\n' } },
  { name: "a project and no test", files: { "pyproject.toml": PROJECT, "src/a/contest.py": "", "setup.py": "" } },
  {
    name: "tests only in installed packages",
    files: {
      "requirements.txt": "",
      ".venv/lib/test_a.py": "",
      "node_modules/gyp/gyp_test.py": "",
      "build/test_a.py": "",
    },
  },
  {
    name: "files with default names, if pytest's settings require others",
    files: { "pytest.ini": "[pytest]\npython_files = check_*.py\n", "test_a.py": "" },
  },
  { name: "a Django application without tests", files: { "requirements.txt": "django\n", "manage.py": MANAGE } },
  { name: "a pyproject.toml with only tool settings", files: { "pyproject.toml": "[tool.ruff]\n", "test_a.py": "" } },
])("skips a project with $name", ({ files }) => {
  expect(PYTHON.plan(projectOf(files))).toBeUndefined()
})
