import type { Crypto } from "../core/crypto.ts"
import { conflictLabel, reportCondition } from "../core/kube/decode-conflict.ts"
import type { ConflictReport } from "../core/model.ts"
import { byEcho, timeText } from "../core/quarantine/quarantine.ts"
import { phraseOf } from "../core/sentence.ts"
import type { Edges } from "../edges.ts"
import { isStatus } from "../ports/kube/api-error.ts"
import { mergePatch, sendPatiently } from "../ports/kube/client.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { conflictReports } from "../ports/kube/sources.ts"
import { createWorkQueue, type WorkResult } from "../ports/kube/work-queue.ts"
import { textOf } from "../ports/log.ts"

/** What this node found, and is to be reported; addresses as formatAddress writes them. */
export type Found = Omit<ConflictReport, "name" | "since">

/** Who asks: the owner before it speaks on a link, or a node before it tells routers. */
export type Asking = "link" | "routes"

export type ConflictReports = {
  /** Whether a node said that another machine has the address, and nobody took that back. */
  readonly has: (address: string) => boolean
  /** Everything that this node found in this way and that is so now, by address. */
  readonly want: (asking: Asking, found: ReadonlyMap<string, Found>) => void
  /** Nobody else has the address any more, whichever node said so; unless this node still finds it in the other way. */
  readonly withdraw: (asking: Asking, address: string) => void
  /** The reports were read, or are not to be had. */
  readonly known: () => boolean
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly stop: () => void
}

/** The same name whoever reports, so that the next owner takes back what the one before it found. */
const nameOf = (address: string, crypto: Crypto): string =>
  `conflict-${Buffer.from(crypto.sha256(address)).toString("hex").slice(0, 16)}`

/**
 * Reports to the controller that another machine has an address, in a ServiceL2Status without node and service. A report has no owner, so it
 * outlives the speaker: whoever is to announce the address then knows that it has to ask first. The controller removes those of
 * addresses that no service has. BOUNDED: the addresses that this node is to announce.
 */
export const createConflictReports = (edges: Edges, namespace: string, onChange: () => void): ConflictReports => {
  const { client, clock, random, crypto } = edges
  const log = edges.log.from("speaker/conflict-reports")
  const found: Record<Asking, ReadonlyMap<string, Found>> = { link: new Map(), routes: new Map() }
  let wanted: ReadonlyMap<string, Found> = new Map()
  const withdrawn = new Set<string>()

  const reports = createReflector(conflictReports(namespace), edges, onChange)
  const at = (address: string) => reports.get(`${namespace}/${nameOf(address, crypto)}`)
  const isTold = (address: string) => {
    const [own, known] = [wanted.get(address), at(address)]
    return own !== undefined && known !== undefined && isSame(known, own)
  }
  const send = (request: Parameters<typeof sendPatiently>[1]) => sendPatiently(client, request, { clock, random })

  const remove = async (name: string) => {
    try {
      await send({ method: "DELETE", path: paths.serviceL2Status(namespace, name) })
    } catch (error) {
      if (!isStatus(error, 404)) throw error
    }
  }

  const create = async (name: string) => {
    const metadata = { name, namespace, labels: { [conflictLabel]: "" } }
    const body = JSON.stringify({
      apiVersion: "metallb.io/v1beta1",
      kind: "ServiceL2Status",
      metadata,
      spec: {},
    })
    try {
      await send({ method: "POST", path: paths.serviceL2Statuses(namespace), body })
    } catch (error) {
      if (!isStatus(error, 409)) throw error
    }
  }

  const fill = async (name: string, { service, ...rest }: Found) => {
    const [serviceNamespace = "", serviceName = ""] = service.split("/")
    const condition = {
      type: reportCondition,
      status: "True",
      reason: "AnsweredByAnotherMachine",
      message: messageOf(rest),
      lastTransitionTime: at(rest.address)?.since ?? timeText(clock.wall()),
    }
    const conflict = { ...rest, serviceName, serviceNamespace }
    const body = JSON.stringify({ status: { conflict, conditions: [condition] } })
    await send({
      method: "PATCH",
      path: `${paths.serviceL2Status(namespace, name)}/status`,
      contentType: mergePatch,
      body,
    })
  }

  const work = async (address: string): Promise<WorkResult> => {
    if (!reports.state().synced) return { again: true }
    const own = wanted.get(address)
    const name = nameOf(address, crypto)
    try {
      if (own === undefined) {
        if (withdrawn.has(address)) await remove(name)
        withdrawn.delete(address)
        return "done"
      }
      withdrawn.delete(address)
      if (isTold(address)) return "done"
      if (at(address) === undefined) await create(name)
      await fill(name, own)
      return "done"
    } catch (error) {
      log.warn("conflict not reported", { address, error: textOf(error) })
      return { again: true }
    }
  }

  const queue = createWorkQueue({
    clock,
    random,
    concurrency: 1,
    work,
    onBug: bug => {
      throw bug
    },
  })

  return {
    // Asked for every address at each pass, and there are none nearly always.
    has: address => reports.size() > 0 && at(address)?.address === address,
    want: (asking, now) => {
      found[asking] = now
      wanted = new Map([...found.routes, ...found.link])
      // Also what somebody removed; not when that is heard, because by then the service may have another address.
      for (const address of now.keys()) if (!isTold(address)) queue.add(address)
    },
    withdraw: (asking, address) => {
      found[asking] = new Map([...found[asking]].filter(([one]) => one !== address))
      wanted = new Map([...found.routes, ...found.link])
      if (wanted.has(address)) return
      withdrawn.add(address)
      queue.add(address)
    },
    known: () => reports.state().synced,
    run: reports.run,
    stop: queue.stop,
  }
}

/** The words of the speaker's event. */
const messageOf = ({ address, mac, interface: name }: Omit<Found, "service">): string => {
  const code = mac === byEcho ? "ML349" : "ML345"
  return `${phraseOf(code, { address, mac, interface: name })} [${code}]`
}

const isSame = (a: Found, b: Found): boolean =>
  a.address === b.address &&
  a.mac === b.mac &&
  a.interface === b.interface &&
  a.node === b.node &&
  a.service === b.service
