import { expect, test } from "vitest"
import { PYTHON, pythonVersion } from "../../src/test/python.ts"
import { projectOf } from "./project-of.ts"

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
])('"$wanted" is Python $version', ({ wanted, version }) => {
  expect(pythonVersion(wanted)).toBe(version)
})

const PROJECT = '[project]\nname = "a"\nrequires-python = ">=3.11"\n'

test.each([
  {
    name: "uv, with the pytest that is locked",
    files: { "pyproject.toml": PROJECT, "uv.lock": '[[package]]\nname = "pytest"\n' },
    commands: ["pip install uv", "uv sync --frozen", "uv run --frozen pytest"],
  },
  {
    name: "uv, with pytest beside what is locked",
    files: { "pyproject.toml": PROJECT, "uv.lock": "" },
    commands: ["pip install uv", "uv sync --frozen", "uv run --frozen --with pytest pytest"],
  },
  {
    name: "Poetry",
    files: { "pyproject.toml": "[tool.poetry]\n", "poetry.lock": 'name = "pytest"\n' },
    commands: ["pip install poetry", "poetry install --no-interaction", "poetry run pytest"],
  },
  {
    name: "Poetry without a pytest of its own",
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
    name: "pip with the project itself",
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
  expect(PYTHON.plan(projectOf(files))?.commands).toEqual(commands)
})

test("takes the release that the project asks for, and lets pytest write JUnit", () => {
  const plan = PYTHON.plan(projectOf({ "pyproject.toml": '[project]\nrequires-python = "==3.11.*"\n' }))
  expect(plan?.image).toBe("python:3.11")
  expect(plan?.env).toMatchObject({ PYTEST_ADDOPTS: "--junitxml=/slipway/report/junit.xml" })
  expect(PYTHON.plan(projectOf({ "pytest.ini": "", ".python-version": "3.12" }))?.image).toBe("python:3.12")
})

test.each([
  { name: "nothing of Python", files: { "main.py": "" } },
  { name: "a pyproject.toml of tool settings alone", files: { "pyproject.toml": "[tool.ruff]\n" } },
])("leaves a project with $name alone", ({ files }) => {
  expect(PYTHON.plan(projectOf(files))).toBeUndefined()
})
