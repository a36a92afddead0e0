import type { Millis } from "../clock.ts"
import type { ApiRequest, KubeClient } from "./client.ts"

/** The write was not sent, because another controller may be the one that writes. */
export class NotLeadingError extends Error {
  override readonly name = "NotLeadingError"
}

export type LeaderClient = KubeClient & {
  /** Resolves when no write is under way. */
  readonly idle: () => Promise<void>
}

/** The default of the client, repeated because a write may not outlive the Lease. */
const usualLimit = 10_000

/**
 * The last gate before the network: each attempt of a write looks at what is left of the Lease. An attempt that began ends
 * `grace` after the renewal deadline at the latest, which is before anybody else may take the Lease. Reads pass.
 */
export const leaderClient = (client: KubeClient, remaining: () => Millis, grace: Millis): LeaderClient => {
  let underWay = 0
  const waiting: (() => void)[] = []
  const ended = () => {
    underWay--
    if (underWay === 0) for (const resolve of waiting.splice(0)) resolve()
  }
  const send = async (request: ApiRequest): Promise<unknown> => {
    if (request.method === "GET") return client.send(request)
    const left = remaining()
    if (left <= 0) throw new NotLeadingError(`${request.method} ${request.path}: not sent, the Lease is not held`)
    underWay++
    try {
      return await client.send({ ...request, timeout: Math.min(request.timeout ?? usualLimit, left + grace) })
    } finally {
      ended()
    }
  }
  return {
    send,
    stream: client.stream,
    idle: () => (underWay === 0 ? Promise.resolve() : new Promise(resolve => waiting.push(resolve))),
  }
}
