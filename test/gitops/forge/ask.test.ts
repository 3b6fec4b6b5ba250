import type { File, Secret } from "@dagger.io/dagger"
import { expect, onTestFinished, test } from "vitest"
import { findRequest } from "../../../lib/gitops/forge/ask.ts"
import { GITHUB } from "../../../lib/gitops/forge/github.ts"
import { startTlsServer } from "../../e2e/tls-server.ts"
import { BRANCHES, placeOf } from "./branches.ts"

test("a forge of a private authority is asked with the certificate that git is given", async () => {
  const server = await startTlsServer("localhost", (asked, answer) => {
    answer.end(asked.headers.authorization === "Bearer t0ken" ? "[]" : "{}")
  })
  onTestFinished(server.stop)
  const desk = {
    forge: GITHUB,
    place: placeOf(`https://localhost:${server.port}`),
    token: { plaintext: async () => "t0ken" } as Secret,
  }
  const authority = { contents: async () => server.authority } as File
  expect(await findRequest(BRANCHES, { ...desk, authority })).toBeUndefined()
  await expect(findRequest(BRANCHES, desk)).rejects.toThrow(/FORGE_REFUSED: .* with --git-ca-certificate\./)
})
