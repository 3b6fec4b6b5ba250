import { expect, test } from "vitest"
import { planTests } from "../../lib/test/plan.ts"
import { pairNames } from "../../lib/test/secret.ts"
import { parseServices, readVariable } from "../../lib/test/service-spec.ts"
import { projectOf } from "./project-of.ts"

const GO = projectOf({ "go.mod": "module a\n" })
const RUST = { "Cargo.toml": "[package]\n" }
const STAGE = projectOf({ Dockerfile: "FROM debian AS test\nRUN make test\n" })
const SERVICE = "a service as NAME=IMAGE [port=N]… [env=KEY=VALUE]… [health='COMMAND'] [command='COMMAND']"
const SERVICE_FIX = "For example: db=postgres:17 env=POSTGRES_DB=app"
const WORDS_FIX = "Pass several commands instead of joining them, quote the character, or name a shell: bash -c '…'."
const ELSE = "Give image and commands for anything else, paths for a project below the root, or skip tests on purpose."

// Whole sentences: what was expected, what was got, what to do. Nothing has run yet when they are said.
test.each([
  {
    name: "a project of no kind that is known",
    act: () => planTests([projectOf({ "README.md": "" })], {}),
    message: `RUNNER_NOT_FOUND: expected tests that one of these runs: go.mod or go.work; package.json with a "test" script; package.json beside a bun.lock, with a "test" script or *.test.ts files; pyproject.toml, requirements.txt, setup.py, setup.cfg, tox.ini or pytest.ini, beside tests (test_*.py, *_test.py; Django's tests.py); Cargo.toml; pom.xml; build.gradle, build.gradle.kts or a settings file of Gradle; a solution (.sln, .slnx) or project (.csproj, .fsproj, .vbproj); a Dockerfile with a stage named "test", got "." with README.md. ${ELSE}`,
  },
  {
    name: "a stage that is not in the Dockerfile",
    act: () => planTests([STAGE], { target: "tests" }),
    message: `RUNNER_NOT_FOUND: expected Dockerfile with a stage named "tests", got "." with Dockerfile. ${ELSE}`,
  },
  {
    name: "a runner that there is not",
    act: () => planTests([GO], { runners: ["golang"] }),
    message:
      'OPTIONS_INVALID: expected runners out of go, node, bun, python, rust, maven, gradle, dotnet, dockerfile, got "golang". Leave runners out to run all that are recognised.',
  },
  {
    name: "one image for two runners",
    act: () => planTests([projectOf({ ...GO.text, ...RUST })], { image: "debian:12" }),
    message:
      "OPTIONS_INVALID: expected one runner for the given image, got 2 (go, rust). Choose one with runners and paths, or give both image and commands.",
  },
  {
    name: "a command that needs a shell",
    act: () => planTests([GO], { commands: ["go vet && go test ./..."] }),
    message: `OPTIONS_INVALID: expected a command of plain words and quoted strings, got "go vet && go test ./...", where "&" at position 8 needs a shell or a closing quote. ${WORDS_FIX}`,
  },
  {
    name: "a quote that is not closed",
    act: () => planTests([GO], { commands: ["echo 'a"] }),
    message: `OPTIONS_INVALID: expected a command of plain words and quoted strings, got "echo 'a", where "'" at position 6 needs a shell or a closing quote. ${WORDS_FIX}`,
  },
  {
    name: "an empty command",
    act: () => planTests([GO], { commands: [" "] }),
    message:
      'OPTIONS_INVALID: expected a command with at least one word, got " ". Leave commands out to use the runner\'s own.',
  },
  {
    name: "services for tests that run while their stage is built",
    act: () => planTests([STAGE], { services: ["db=postgres:17"] }),
    message:
      'OPTIONS_INVALID: expected a stage "test" that runs the tests when it is started, because services are given, got one that runs them while it is built, where no service can be reached. Move the tests from RUN to CMD in that stage, or give commands.',
  },
  {
    name: "a service without a name",
    act: () => parseServices(["postgres:17"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "postgres:17": "postgres:17" is not NAME=IMAGE, such as db=postgres:17. ${SERVICE_FIX}`,
  },
  {
    name: "a service's port that is no number",
    act: () => parseServices(["web=nginx:1 port=80a"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "web=nginx:1 port=80a": port "80a" is not a number between 1 and 65535. ${SERVICE_FIX}`,
  },
  {
    name: "a service of which no port is known",
    act: () => parseServices(["s3=minio/minio:1"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "s3=minio/minio:1": no port, and minio is not one of postgres, mysql, mariadb, redis, valkey, mongo, rabbitmq. ${SERVICE_FIX}`,
  },
  {
    name: "two services of one name",
    act: () => parseServices(["db=postgres:17", "db=mysql:9"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "db=mysql:9": a second "db". ${SERVICE_FIX}`,
  },
  {
    name: "a variable without a value",
    act: () => readVariable("DEBUG"),
    message:
      'OPTIONS_INVALID: expected KEY=VALUE, the key of letters, digits and underscores, got "DEBUG". Write an empty value as KEY=.',
  },
  {
    name: "a secret's name without the secret",
    act: () => pairNames({ names: ["token"], secrets: [] }),
    message:
      "OPTIONS_INVALID: expected as many --secret-names as --secrets, each a word of letters, digits, '_', '.' and '-', got names: token; secrets: 0. For example: --secret-names=api-token --secrets=env://API_TOKEN",
  },
  {
    name: "a secret's name that leaves its folder",
    act: () => pairNames({ names: ["../token"], secrets: [1] }),
    message:
      "OPTIONS_INVALID: expected as many --secret-names as --secrets, each a word of letters, digits, '_', '.' and '-', got \"../token\", which is not usable or there twice. For example: --secret-names=api-token --secrets=env://API_TOKEN",
  },
])("$name", ({ act, message }) => {
  expect(act).toThrow(expect.objectContaining({ message }))
})
