import { createHash } from "node:crypto"
import type { Clock, Millis } from "../clock.ts"
import { type Log, textOf } from "../log.ts"
import type { KubeClient } from "./client.ts"
import { fieldOf, textField } from "./objects.ts"

/** Whether whoever holds a token may read the metrics; "unknown": the API server did not say. */
export type Verdict = "allowed" | "forbidden" | "unauthenticated" | "unknown" | "busy"

export type Reviewer = (token: string) => Promise<Verdict>

export type ReviewerEdges = { readonly client: KubeClient; readonly clock: Clock; readonly log: Log }

/** What was allowed stays so for a minute, what was not for ten seconds. */
const allowedFor = 60_000
const refusedFor = 10_000
/** Tokens remembered, as SHA-256; the oldest is forgotten first. */
const mostTokens = 64
/** Beyond these a flood of guessed tokens would become a flood of reviews. */
const mostUnderWay = 4
const mostTokenBytes = 16 * 1024
const reviewLimit = 5_000

/**
 * Asks the API server who holds the token (TokenReview) and whether they may `get /metrics` (SubjectAccessReview), as MetalLB's
 * endpoint does. Fails closed. https://kubernetes.io/docs/reference/access-authn-authz/webhook/
 */
export const createReviewer = ({ client, clock, log }: ReviewerEdges): Reviewer => {
  const known = new Map<string, { readonly verdict: Verdict; readonly until: Millis }>()
  const underWay = new Map<string, Promise<Verdict>>()

  const ask = async (token: string): Promise<Verdict> => {
    const post = (path: string, kind: string, apiVersion: string, spec: object) => {
      const body = JSON.stringify({ apiVersion, kind, spec })
      return client.send({ method: "POST", path, body, timeout: reviewLimit })
    }
    const authentication = "authentication.k8s.io/v1"
    const who = fieldOf(
      await post(`/apis/${authentication}/tokenreviews`, "TokenReview", authentication, { token }),
      "status",
    )
    if (fieldOf(who, "authenticated") !== true) return "unauthenticated"
    const user = fieldOf(who, "user")
    const authorization = "authorization.k8s.io/v1"
    const may = await post(`/apis/${authorization}/subjectaccessreviews`, "SubjectAccessReview", authorization, {
      user: textField(user, "username"),
      uid: textField(user, "uid"),
      groups: fieldOf(user, "groups") ?? [],
      extra: fieldOf(user, "extra") ?? {},
      nonResourceAttributes: { path: "/metrics", verb: "get" },
    })
    return fieldOf(fieldOf(may, "status"), "allowed") === true ? "allowed" : "forbidden"
  }

  const review = async (token: string, key: string): Promise<Verdict> => {
    try {
      const verdict = await ask(token)
      known.delete(key)
      known.set(key, { verdict, until: clock.monotonic() + (verdict === "allowed" ? allowedFor : refusedFor) })
      const [oldest] = known.keys()
      if (known.size > mostTokens && oldest !== undefined) known.delete(oldest)
      return verdict
    } catch (error) {
      log.warn("a reader of the metrics could not be checked", { error: textOf(error) })
      return "unknown"
    } finally {
      underWay.delete(key)
    }
  }

  return async token => {
    if (token.length > mostTokenBytes) return "unauthenticated"
    const key = createHash("sha256").update(token).digest("base64")
    const before = known.get(key)
    if (before !== undefined && clock.monotonic() < before.until) return before.verdict
    const running = underWay.get(key)
    if (running !== undefined) return running
    if (underWay.size >= mostUnderWay) return "busy"
    const begun = review(token, key)
    underWay.set(key, begun)
    return begun
  }
}
