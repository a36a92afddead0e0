import type { ObjectKey } from "../../agent/core/model.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { Call } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { progressFor } from "../cli/session.ts"
import { readAdvertised, readAnnounced } from "../cluster/announced.ts"
import type { Api } from "../cluster/api.ts"
import type { Look } from "../term/progress.ts"

/** A status that is missing. */
export type Unsaid = { readonly kind: "ServiceL2Status" | "ServiceBGPStatus"; readonly service: ObjectKey }

export type DrainWait = {
  readonly install: string
  readonly node: string
  /** What the node announces as all speakers decide, without having said so in a status before it was asked. */
  readonly unsaid: readonly Unsaid[]
  /** Milliseconds since the epoch. */
  readonly began: number
  readonly deadline: number
}

export type Drained = {
  readonly totalMs: number
  /** Until the node's speaker said of all these services that it announces them no more; undefined if it never did before. */
  readonly tookMs: (services: readonly ObjectKey[]) => number | undefined
  /** Who says now that it announces one of these services; undefined where nobody does, or the last read failed. */
  readonly owner: (services: readonly ObjectKey[]) => string | undefined
}

const lookEvery = 200

/**
 * Waits until the node's speaker says of no service that it announces it. Throws a Failure where it cannot be told, or not in time: that
 * there is no status of a service says something only where there was one.
 */
export const awaitDrained = async (call: Call, api: Api, wait: DrainWait): Promise<Drained> => {
  const { install, node, unsaid, began, deadline } = wait
  /** When each service was last seen there. */
  const lastSeen = new Map<ObjectKey, number>()
  const said = new Set<string>()
  const now = () => call.world.clock.now()
  const look = async (): Promise<Look<true>> => {
    const [announced, advertised] = await Promise.all([
      readAnnounced(api, install, { node }),
      readAdvertised(api, install, { node }),
    ])
    if (announced === undefined) return { state: "hopeless", error: untold("servicel2statuses.metallb.io") }
    if (advertised === undefined) return { state: "hopeless", error: untold("servicebgpstatuses.metallb.io") }
    for (const { service } of announced) lastSeen.set(service, now())
    for (const { service } of announced) said.add(textOf({ kind: "ServiceL2Status", service }))
    for (const { service } of advertised) said.add(textOf({ kind: "ServiceBGPStatus", service }))
    if (announced.length + advertised.length === 0) {
      const never = unsaid.filter(one => !said.has(textOf(one)))
      return never.length === 0 ? { state: "done", value: true } : { state: "hopeless", error: silent(wait, never) }
    }
    const names = [...new Set([...announced, ...advertised].map(({ service }) => service))]
    const more = names.length > 2 ? ` and ${names.length - 2} more` : ""
    return { state: "waiting", missing: `${node} still announces ${names.slice(0, 2).join(", ")}${more}` }
  }
  const waited = await progressFor(call).step({ look, deadline, every: lookEvery })
  if (!waited.ok)
    throw new Failure(exitCodes.gaveUp, {
      message: `gave up waiting: ${waited.missing}`,
      code: "ML616",
      fix: fixOf("ML616", {}),
    })
  const totalMs = now() - began
  const announced = await readAnnounced(api, install)
  return {
    totalMs,
    owner: services => announced?.find(({ service }) => services.includes(service))?.node,
    tookMs: services => {
      const times = services.flatMap(service => lastSeen.get(service) ?? [])
      return times.length === 0 ? undefined : Math.max(...times) - began + lookEvery
    },
  }
}

const textOf = ({ kind, service }: Unsaid): string => `${kind} ${service}`

const silent = ({ install, node }: DrainWait, never: readonly Unsaid[]): Failure => {
  const services = [...new Set(never.map(({ service }) => service))].slice(0, 8)
  const what = [...new Set(never.map(({ kind }) => kind))].join(" and no ")
  const facts = { node, what, services, install }
  return new Failure(exitCodes.unknown, {
    message: `the node was asked, and whether it lets go cannot be told: ${phraseOf("ML619", facts)}`,
    code: "ML619",
    fix: fixOf("ML619", facts),
  })
}

const untold = (what: string): Failure => {
  const facts = { what, why: "forbidden" }
  return new Failure(exitCodes.unknown, {
    message: `the node was asked, and whether it lets go cannot be told: ${phraseOf("ML630", facts)}`,
    code: "ML630",
    fix: fixOf("ML630", facts),
  })
}
