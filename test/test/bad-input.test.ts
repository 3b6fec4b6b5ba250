import { expect, test } from "vitest"
import { planTests } from "../../lib/test/plan.ts"
import { pairNames } from "../../lib/test/secret.ts"
import { parseServices, readVariable } from "../../lib/test/service-spec.ts"
import { projectOf } from "./project-of.ts"

const GO = projectOf({ "go.mod": "module a\n" })
const RUST = { "Cargo.toml": "[package]\n" }
const STAGE = projectOf({ Dockerfile: "FROM debian AS test\nRUN make test\n" })
const SERVICE = "a service as NAME=IMAGE [port=N]… [env=KEY=VALUE]… [health='COMMAND'] [command='COMMAND']"
const SERVICE_FIX = "Write, for example, db=postgres:17 env=POSTGRES_DB=app"
const WORDS_FIX = "Pass several commands instead of joining them, quote the character, or call a shell: bash -c '…'."
const ELSE =
  "Set test.image and test.commands for any other project, test.paths for projects below the root, or test: false to ship without tests."

// Complete messages: expected, got and fix. Each error is thrown before anything runs.
test.each([
  {
    name: "a project that is not recognised",
    act: () => planTests([projectOf({ "README.md": "" })], {}),
    message: `RUNNER_NOT_FOUND: expected a project with one of: go.mod or go.work; package.json with a "test" script; package.json and bun.lock, with a "test" script or *.test.ts files; pyproject.toml, requirements.txt, setup.py, setup.cfg, tox.ini or pytest.ini, with tests (test_*.py, *_test.py; Django's tests.py); Cargo.toml; pom.xml; build.gradle, build.gradle.kts or a settings file of Gradle; a solution (.sln, .slnx) or project (.csproj, .fsproj, .vbproj); a Dockerfile with a stage named "test", got "." with README.md. ${ELSE}`,
  },
  {
    name: "a stage that is not in the Dockerfile",
    act: () => planTests([STAGE], { target: "tests" }),
    message: `RUNNER_NOT_FOUND: expected Dockerfile with a stage named "tests", got "." with Dockerfile. ${ELSE}`,
  },
  {
    name: "an unknown runner",
    act: () => planTests([GO], { runners: ["golang"] }),
    message:
      'OPTIONS_INVALID: expected one of the runners go, node, bun, python, rust, maven, gradle, dotnet, dockerfile, got "golang". Correct test.runners in slipway.yaml, or leave it out to run all recognised runners.',
  },
  {
    name: "one image for two runners",
    act: () => planTests([projectOf({ ...GO.text, ...RUST })], { image: "debian:12" }),
    message:
      "OPTIONS_INVALID: expected one runner for the given image, got 2 (go, rust). Select one with test.runners and test.paths, or set both test.image and test.commands.",
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
      'OPTIONS_INVALID: expected a command with at least one word, got " ". Write a program in test.commands, or leave test.commands out to use those of the runner.',
  },
  {
    name: "services for a stage that runs the tests in RUN",
    act: () => planTests([STAGE], { services: ["db=postgres:17"] }),
    message:
      'OPTIONS_INVALID: expected a stage "test" that runs the tests in CMD, because they need services, got a stage that runs them in RUN, which cannot reach services. Move the tests from RUN to CMD in that stage, or set test.commands.',
  },
  {
    name: "a service without a name",
    act: () => parseServices(["postgres:17"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "postgres:17": "postgres:17" is not NAME=IMAGE, such as db=postgres:17. ${SERVICE_FIX}`,
  },
  {
    name: "a service with an invalid port",
    act: () => parseServices(["web=nginx:1 port=80a"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "web=nginx:1 port=80a": port "80a" is not a number between 1 and 65535. ${SERVICE_FIX}`,
  },
  {
    name: "a service without a known port",
    act: () => parseServices(["s3=minio/minio:1"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "s3=minio/minio:1": no port, and only postgres, mysql, mariadb, redis, valkey, mongo, rabbitmq have a default. ${SERVICE_FIX}`,
  },
  {
    name: "two services with the same name",
    act: () => parseServices(["db=postgres:17", "db=mysql:9"]),
    message: `OPTIONS_INVALID: expected ${SERVICE}, got "db=mysql:9": another service is named "db". ${SERVICE_FIX}`,
  },
  {
    name: "a variable without a value",
    act: () => readVariable("DEBUG"),
    message:
      'OPTIONS_INVALID: expected KEY=VALUE with a key of letters, digits and underscores, got "DEBUG". Write an empty value as KEY=.',
  },
  {
    name: "the name of a missing secret",
    act: () => pairNames({ names: ["token"], secrets: [] }),
    message:
      "OPTIONS_INVALID: expected as many --secret-names as --secrets, each name of letters, digits, '_', '.' and '-', got names: token; secrets: 0. Write, for example, --secret-names=api-token --secrets=env://API_TOKEN",
  },
  {
    name: "a path as the name of a secret",
    act: () => pairNames({ names: ["../token"], secrets: [1] }),
    message:
      "OPTIONS_INVALID: expected as many --secret-names as --secrets, each name of letters, digits, '_', '.' and '-', got \"../token\", which is invalid or a duplicate. Write, for example, --secret-names=api-token --secrets=env://API_TOKEN",
  },
])("refuses $name with the complete message", ({ act, message }) => {
  expect(act).toThrow(expect.objectContaining({ message }))
})
