import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { ShipWhat } from "./options.ts"
import { planRelease } from "./plan.ts"
import { renderPlan } from "./plan-text.ts"
import { servicesWords } from "./service-flags.ts"
import { requireServices, type ServicesRelease, shipServices } from "./services.ts"
import { type Release, requireShipped, ship } from "./ship.ts"

/** Ships one image, or all services of a repository; a stage that fails is an outcome. */
export async function shipAll(source: Directory, what: ShipWhat): Promise<Release | ServicesRelease> {
  return what.kind === "image" ? await ship(source, what.options) : await shipServices(source, what)
}

/** The release, or the error of what failed. */
export function requireAll(shipped: Release | ServicesRelease): Release | ServicesRelease {
  return "services" in shipped ? requireServices(shipped) : requireShipped(shipped)
}

/** What it would do, service by service. */
export async function planAll(source: Directory, what: ShipWhat): Promise<string> {
  if (what.kind === "image") return renderPlan(await planRelease(source, what.options))
  const plans = [...what.services].map(async ([name, options]) => {
    return `== ${name}\n${renderPlan(await named(name, planRelease(source, options)))}`
  })
  return (await Promise.all(plans)).join("\n")
}

/** Which of several services an error is about. What a command said when it failed hangs on its own error, and stays. */
async function named<T>(name: string, planning: Promise<T>): Promise<T> {
  try {
    return await planning
  } catch (error) {
    if (error instanceof SlipwayError) error.message = `${name}: ${servicesWords(error.message, name)}`
    throw error
  }
}
