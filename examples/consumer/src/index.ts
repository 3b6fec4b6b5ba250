/** How a team's own module uses Slipway: its rules stand here once, for all of its repositories. */
import {
  type ClientSlipwayOpts,
  type Directory,
  dag,
  func,
  object,
  type Secret,
  type Slipway,
  SlipwaySeverity,
} from "@dagger.io/dagger"

const PLATFORMS = ["linux/amd64"]

@object()
export class Consumer {
  private vulnerabilityDb?: Directory

  /** @param vulnerabilityDb Trivy's database; default: Trivy downloads its own */
  constructor(vulnerabilityDb?: Directory) {
    this.vulnerabilityDb = vulnerabilityDb
  }

  /** Build and scan, step by step: what one function returns is what the next one takes. */
  @func()
  async check(source: Directory): Promise<string> {
    const image = this.slipway().buildMultiArch(source, { platforms: PLATFORMS })
    return await this.slipway().trivyScan(image, { severity: SlipwaySeverity.Critical, ignoreUnfixed: true })
  }

  /** The whole chain: a rehearsal without a key, and a release with one. */
  @func({ cache: "never" })
  async release(source: Directory, repository?: string, key?: Secret, keyPassword?: Secret): Promise<string> {
    const rules = { platforms: PLATFORMS, tags: ["v1"], severity: SlipwaySeverity.Critical, ignoreUnfixed: true }
    return await this.slipway({ cosignKey: key, cosignPassword: keyPassword }).ship(source, { ...rules, repository })
  }

  /** Access is given here once, and holds for every function. */
  private slipway(access: ClientSlipwayOpts = {}): Slipway {
    return dag.slipway({ vulnerabilityDb: this.vulnerabilityDb, ...access })
  }
}
