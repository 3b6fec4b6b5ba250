import type { Secret } from "@dagger.io/dagger"
import type { Settings } from "../../config/settings.ts"
import { SlipwayError } from "../../error.ts"
import type { NotifyOptions } from "../../notify/send.ts"

/** The webhook's secrets: its address, and the key of the signature. */
export type NotifySecrets = { url?: Secret; key?: Secret }

/** The webhook of the settings; none without the key notify. An address that is missing is a line in the report, not an error. */
export function notifyOptions(
  { notify }: Pick<Settings, "notify">,
  { url: secretUrl, key }: NotifySecrets,
): NotifyOptions | undefined {
  if (!notify) {
    if (secretUrl || key) throw withoutSettings()
    return undefined
  }
  const { url, format = "json", on = ["failure", "success", "newFindings"], timeout = 10 } = notify
  return { format, on, timeout, ...(url && { url }), ...(secretUrl && { secretUrl }), ...(key && { key }) }
}

function withoutSettings(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "notify in slipway.yaml with --notify-url or --notify-secret",
    got: "none",
    fix: "Set it, such as notify: { format: slack }, or omit these arguments.",
  })
}
