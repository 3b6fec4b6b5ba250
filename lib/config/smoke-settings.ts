import { z } from "zod"
import { Assignments, Seconds, Text, Texts } from "./setting-values.ts"

const Status = z.number().int().min(100).max(599)

/** How an image is started before it is pushed. */
export const Smoke = z.strictObject({
  command: Text.optional().describe("replaces the image's CMD; without a port it must end with exit code 0"),
  port: z.number().int().min(1).max(65535).optional().describe("port that must answer; default one of EXPOSE"),
  path: z.string().startsWith("/").optional().describe("path that must return the status by HTTP on the port"),
  status: z
    .union([Status, z.array(Status).min(1)])
    .optional()
    .describe("accepted HTTP status, or a list; default 200 to 399"),
  env: Assignments.optional().describe("environment variables of the image; never secrets"),
  services: Texts.optional().describe('services that the image needs, as those of test, such as "db=postgres:17"'),
  platforms: Texts.optional().describe("platforms to start, some by emulation; default the engine's own"),
  seconds: Seconds.max(3600).optional().describe("longest start, in seconds; default 60"),
})
