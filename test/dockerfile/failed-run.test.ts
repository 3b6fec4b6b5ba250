import { expect, test } from "vitest"
import { nameFailedRun } from "../../lib/dockerfile/failed-run.ts"
import { readInstructions } from "../../lib/dockerfile/instructions.ts"

const INSTRUCTIONS = readInstructions(`FROM a
RUN true
RUN --mount=type=cache,target=/c make \\
  # all of it
  all
RUN ["npm", "ci"]
RUN <<EOF
set -e
test
EOF
RUN git rev-parse HEAD > /version
FROM b
RUN ["npm", "ci"]
`)

/** An error in the shape of the engine's, with its properties. */
function failure(cmd: string[], stderr = ""): Error {
  return Object.assign(new Error("exit code: 2"), { cmd, exitCode: 2, stdout: "", stderr })
}

test.each([
  {
    name: "continued lines",
    cmd: ["/bin/sh", "-c", "make   all"],
    message: "RUN make   all (Dockerfile line 3) failed.",
  },
  {
    name: "a list that two stages have",
    cmd: ["npm", "ci"],
    message: 'RUN ["npm", "ci"] (one of the Dockerfile\'s lines 6, 13) failed.',
  },
  { name: "a heredoc", cmd: ["/bin/sh", "-c", "set -e\ntest\n"], message: "RUN <<EOF (Dockerfile line 7) failed." },
])("names a RUN of $name and its line", ({ cmd, message }) => {
  const error = failure(cmd)
  expect(nameFailedRun(error, INSTRUCTIONS)).toBe(error)
  expect(error).toMatchObject({ message: `${message} exit code: 2`, exitCode: 2, cmd })
})

test("names the setting that keeps .git when a RUN fails without it", () => {
  const error = failure(["/bin/sh", "-c", "git rev-parse HEAD > /version"], "fatal: not a git repository: /app\n")
  nameFailedRun(error, INSTRUCTIONS)
  expect(error.message).toMatch(/^RUN git .* \(Dockerfile line 11\) failed\. \.git is not .* build\.keepGitDir: true/)
})

test.each([failure(["/bin/sh", "-c", "other"]), new Error("no route"), "text", undefined])(
  "does not change %s",
  (error) => {
    const before = error instanceof Error ? error.message : error
    expect(nameFailedRun(error, INSTRUCTIONS)).toBe(error)
    expect(error instanceof Error ? error.message : error).toBe(before)
  },
)
