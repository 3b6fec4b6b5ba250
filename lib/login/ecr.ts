import { z } from "zod"
import type { HttpRequest, HttpResponse } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"
import { type Exchange, readAnswer } from "./refusal.ts"

/** An ECR registry: whose service signs its logins, and where the two services are asked. */
export type EcrPlace = { service: "ecr" | "ecr-public"; region: string; stsEndpoint: string; ecrEndpoint: string }
export type EcrInput = { region?: string; stsEndpoint?: string; ecrEndpoint?: string }

const PRIVATE = /^\d{12}\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?|on\.aws)$/
/** Public ECR has its API in one region alone, and the role's keys are lent there. */
const PUBLIC_REGION = "us-east-1"

/** Reads the region off the registry's name; given values win, for a mirror's name or a private endpoint. */
export function ecrPlace({ host }: Repository, { region, stsEndpoint, ecrEndpoint }: EcrInput): EcrPlace {
  const service = host === "public.ecr.aws" ? "ecr-public" : "ecr"
  const [, named] = host.match(PRIVATE) ?? []
  const found = region ?? (service === "ecr-public" ? PUBLIC_REGION : named)
  if (!found || !/^[a-z0-9-]+$/.test(found)) throw noRegion(found ?? host)
  const suffix = found.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
  return {
    service,
    region: found,
    stsEndpoint: stsEndpoint ?? `https://sts.${found}.${suffix}/`,
    ecrEndpoint: ecrEndpoint ?? `https://api.${service}.${found}.${suffix}/`,
  }
}

/** Asks for a login of the account's registry; to be signed. The two services are one call under two names. */
export function authorizationRequest({ service, ecrEndpoint }: EcrPlace): HttpRequest {
  const target = service === "ecr" ? "AmazonEC2ContainerRegistry_V20150921" : "SpencerFrontendService"
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `${target}.GetAuthorizationToken`,
  }
  return { method: "POST", url: ecrEndpoint, headers, body: "{}" }
}

const Token = z.object({ authorizationToken: z.base64() })
/** A list in the private service, one object in the public one. */
const Answer = z.object({ authorizationData: z.union([z.tuple([Token], Token).transform(([first]) => first), Token]) })

/** The login is base64 of user and password, as docker's own config has it. */
export function parseAuthorization(answer: HttpResponse): { username: string; password: string } {
  const { authorizationData } = readAnswer(answer, { exchange: AUTHORIZE, schema: Answer })
  const login = Buffer.from(authorizationData.authorizationToken, "base64").toString("utf8")
  const colon = login.indexOf(":")
  return { username: login.slice(0, colon), password: login.slice(colon + 1) }
}

const AUTHORIZE: Exchange = {
  who: "Amazon ECR",
  what: "a login",
  advise: () =>
    "The role's own policies must allow ecr:GetAuthorizationToken; for public.ecr.aws ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken.",
}

function noRegion(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected:
      "an address in Amazon ECR, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/app, or the region beside it",
    got: quote(got),
    fix: "Give --region for a registry under another name.",
  })
}
