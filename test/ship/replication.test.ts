import { describe, expect, test } from "vitest"
import { newRun, type ToolResult } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import type { ReplicaRecord } from "../../lib/ship/record/record.ts"
import { areReplicasWhole, requireReplicas } from "../../lib/ship/replication.ts"
import { fakeTools } from "../fake-tool.ts"

const access = { plainHttp: false }
const one = { repository: parseRepository("mirror.example/app"), access }
const two = { repository: parseRepository("other.example/app"), access }

describe("requireReplicas", () => {
  const copied: ReplicaRecord = { repository: "mirror.example/app", status: "copied" }
  const failed: ReplicaRecord = { repository: "other.example/app", status: "failed", message: "REGISTRY_FAILED: down." }

  test("accepts copies, new and old", () => {
    expect(() => requireReplicas([copied, { ...copied, status: "unchanged" }], "Done.")).not.toThrow()
  })

  test("names each replica that failed with its error, and what is done", () => {
    const all = [copied, failed, { ...failed, repository: "third.example/app" }]
    expect(() => requireReplicas(all, "The rest is done.")).toThrow(
      "REPLICA_FAILED: expected the release in other.example/app and third.example/app too, got for other.example/app REGISTRY_FAILED: down. And for third.example/app REGISTRY_FAILED: down. The rest is done. Run the same commit again: it copies only what is missing.",
    )
  })
})

describe("areReplicasWhole", () => {
  const digest = digestOf("image")
  const ref = digestRef(parseRepository("registry.example/app"), digest)
  const tools = { craneImage: "crane", cosignImage: "cosign", run: newRun() }
  const whole = (hasRecord: (ref: string) => Promise<boolean>, replicas = [one, two]) =>
    areReplicasWhole(replicas, { ref, tags: [{ name: "v1", floating: false }], tools, hasRecord })

  test.each<{ name: string; tag?: Partial<ToolResult>; recorded?: () => Promise<boolean>; is: boolean }>([
    { name: "with its tag and the record", is: true },
    { name: "without a tag", tag: { exitCode: 1, stderr: "Error: MANIFEST_UNKNOWN" }, is: false },
    { name: "with another image at the tag", tag: { stdout: digestOf("other") }, is: false },
    { name: "whose tags cannot be read", tag: { exitCode: 1, stderr: "Error: UNAUTHORIZED" }, is: false },
    { name: "without the record", recorded: async () => false, is: false },
    { name: "whose record cannot be read", recorded: () => Promise.reject(new Error("connection refused")), is: false },
  ])("a replica $name: $is", async ({ tag, recorded = async () => true, is }) => {
    fakeTools(({ args }) => (args.at(-1)?.startsWith(two.repository.name) && tag) || { stdout: digest })
    expect(await whole((copy) => (copy.startsWith(two.repository.name) ? recorded() : Promise.resolve(true)))).toBe(is)
  })

  test("is true without replicas", async () => {
    expect(await whole(async () => false, [])).toBe(true)
  })
})
