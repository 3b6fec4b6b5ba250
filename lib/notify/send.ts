import { createHmac } from "node:crypto"
import type { Secret } from "@dagger.io/dagger"
import type { NotifyEvent } from "../config/trace-settings.ts"
import { type HttpRequest, parseEndpoint, send } from "../engine/http.ts"
import { secretText } from "../engine/secret.ts"
import { errorMessage, SlipwayError } from "../error.ts"
import { type MessageFormat, renderMessage } from "./message.ts"
import { chooseEvent, type Notification, type NotificationRecord } from "./notification.ts"

/** The webhook of a run. Its address is a setting, or a secret, as that of Slack. */
export type NotifyOptions = {
  url?: string
  secretUrl?: Secret
  /** The key of the signature. */
  key?: Secret
  format: MessageFormat
  on: NotifyEvent[]
  /** Longest wait for one response, in seconds. */
  timeout: number
}

/** A try more than one, because a restart of the receiver takes seconds. */
const ATTEMPTS = 2

/** The header of the signature: HMAC-SHA256 of the whole body, in hexadecimal digits. */
export const SIGNATURE_HEADER = "x-slipway-signature-256"

export function signBody(body: string, key: string): string {
  return `sha256=${createHmac("sha256", key).update(body).digest("hex")}`
}

/** The request, as plain data. */
export function notifyRequest(
  notification: Notification,
  { url, key, format }: { url: string; key?: string; format: MessageFormat },
): HttpRequest {
  const body = renderMessage(notification, format)
  const headers: HttpRequest["headers"] = { "content-type": "application/json", "user-agent": "slipway" }
  if (key !== undefined) headers[SIGNATURE_HEADER] = signBody(body, key)
  return { method: "POST", url, headers, body }
}

/** A message before it is sent. */
export type NotificationContent = Omit<Notification, "version" | "event" | "sentAt">

/** Tells the webhook, if the event is one that it wants. Never throws: a failure is a line in the report. */
export async function notify(
  content: NotificationContent,
  options: NotifyOptions,
): Promise<NotificationRecord | undefined> {
  const event = chooseEvent(content, options.on)
  if (!event) return undefined
  try {
    const url = await addressOf(options)
    const key = options.key && (await secretText(options.key, "--notify-secret")).trim()
    const notification = { version: 1 as const, event, sentAt: new Date().toISOString(), ...content }
    const request = notifyRequest(notification, { url, format: options.format, ...(key && { key }) })
    const { host } = new URL(url)
    const limits = { attempts: ATTEMPTS, seconds: options.timeout }
    const silence = { code: "NOTIFY_FAILED" as const, outcome: "The run is not affected.", limits }
    const { status } = await send(request, silence)
    if (status >= 200 && status < 300) return { event, status: "sent", host }
    return { event, status: "failed", host, message: refusal(status).message }
  } catch (error) {
    return { event, status: "failed", message: errorMessage(error) }
  }
}

/** The address is not in an error, because its path may be the secret. */
async function addressOf({ url, secretUrl }: NotifyOptions): Promise<string> {
  const address = secretUrl ? (await secretText(secretUrl, "--notify-url")).trim() : url
  try {
    if (address) return parseEndpoint(address)
  } catch {
    // the message would quote the address
  }
  throw new SlipwayError("NOTIFY_FAILED", {
    expected: "the webhook's address, which starts with https://",
    got: address ? "something else" : "none",
    fix: "Set notify.url in slipway.yaml, or pass --notify-url. The run is not affected.",
  })
}

function refusal(status: number): SlipwayError {
  return new SlipwayError("NOTIFY_FAILED", {
    expected: "the webhook to accept the message",
    got: `HTTP ${status}`,
    fix: "Check notify.url or --notify-url, and notify.format. The run is not affected.",
  })
}
