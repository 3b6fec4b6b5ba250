import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Secret } from "@dagger.io/dagger"
import { expect, onTestFinished, test } from "vitest"
import { z } from "zod"
import { askForge, DEPLOYMENT_FORGES } from "../../../lib/gitops/forge/deployment-forge.ts"

async function forge(status: number, body: string) {
  const server = createServer((_, response) => response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => void server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const names = { repo: "deployments.repo", forge: "deployments.forge", endpoint: "deployments.endpoint", token: "--t" }
  const token = { plaintext: async () => "t0ken" } as Secret
  const place = { endpoint, repository: "acme/app" }
  const ask = askForge({ forge: DEPLOYMENT_FORGES.github.forge, place, token, names })
  return { ask, request: { method: "GET" as const, url: `${endpoint}/x` } }
}

const expected = { schema: z.object({ id: z.number() }), what: "create a deployment to production" }

test("a refusal names the permission of deployments, and the settings", async () => {
  const { ask, request } = await forge(403, '{"message":"Resource not accessible by integration"}')
  await expect(ask(request, expected)).rejects.toThrow(
    /^FORGE_REFUSED: expected GitHub to create a deployment to production in acme\/app, got HTTP 403: Resource not accessible by integration\. Grant the token the missing permission\. The token needs the repository permission Deployments: Read and write/,
  )
  const other = await forge(200, '{"ok":true}')
  await expect(other.ask(other.request, expected)).rejects.toThrow(/Check deployments\.forge and deployments\.endpoint/)
})

test("a response 404 is an error, unless the call says what it means", async () => {
  const { ask, request } = await forge(404, '{"message":"Not Found"}')
  await expect(ask(request, expected)).rejects.toThrow(/Check deployments\.repo, deployments\.endpoint/)
  expect(await ask(request, { ...expected, absent: { id: 0 } })).toEqual({ id: 0 })
})
