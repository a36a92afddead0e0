import type { ReasonCode } from "../../agent/core/reasons.ts"
import { fixOf, phraseOf } from "../../agent/core/sentence.ts"
import type { WhyReport } from "../../agent/core/why/report.ts"
import { whyService } from "../../agent/core/why/service.ts"
import type { Call } from "../cli/command.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { findInstallNamespace, progressFor } from "../cli/session.ts"
import { readAdvertised, readAnnounced } from "../cluster/announced.ts"
import { coreTools } from "../cluster/core-tools.ts"
import { type JsonObject, listAt, numberAt, textAt } from "../cluster/json.ts"
import { kinds } from "../cluster/kinds.ts"
import { get } from "../cluster/objects.ts"
import { readSnapshot } from "../cluster/snapshot.ts"
import type { Look } from "../term/progress.ts"
import { took } from "../view/duration.ts"
import type { Connection, Reached } from "../world.ts"

export type Exposed = {
  readonly service: JsonObject
  readonly announcement: {
    readonly node: string
    readonly interfaces: readonly string[]
    /** BGP peers that are told; absent on layer 2. */
    readonly peers?: readonly string[]
    readonly computed: boolean
  }
  readonly reached: Reached | "not-tested"
  readonly url: string | undefined
}

export type ExposeWait = {
  readonly service: JsonObject
  /** When the service was made and when to give up, in milliseconds since the epoch. */
  readonly began: number
  readonly deadline: number
}

/** How long a speaker has to say that it announces before its node is computed here. */
const speakersWordMs = 3000
/** How long kube-proxy and the pods have until a refused or missing answer counts. */
const answerMs = 5000
/** How long a service may be without an address before the decision is asked for its reason. */
const patienceMs = 1000

/** Waits for the address, the announcement and an answer, and says each as it comes with the time since the creation. */
export const awaitExposed = async (call: Call, connection: Connection, wait: ExposeWait): Promise<Exposed> => {
  const say = (text: string) => call.output.tell(`${text.padEnd(40)}  ${took(call.world.clock.now() - wait.began)}`)
  const install = await findInstallNamespace(call, connection.api)
  const context: Context = { call, connection, wait, install, say }
  const service = await awaitAddress(context)
  const announcement = await awaitAnnouncement(context)
  const reached = await tryAddress(context, service)
  return { service, announcement, reached, url: urlOf(service) }
}

type Context = {
  readonly call: Call
  readonly connection: Connection
  readonly wait: ExposeWait
  readonly install: string
  readonly say: (text: string) => void
}

const placeOf = ({ wait }: Context) => ({
  namespace: textAt(wait.service, "metadata", "namespace"),
  name: textAt(wait.service, "metadata", "name"),
})

const addressesIn = (service: JsonObject): readonly string[] =>
  listAt(service, "status", "loadBalancer", "ingress")
    .map(one => textAt(one, "ip"))
    .filter(ip => ip !== "")

const explainNow = async ({ call, connection, install, ...rest }: Context): Promise<WhyReport> => {
  const { namespace, name } = placeOf({ call, connection, install, ...rest })
  const snapshot = await readSnapshot(connection.api, install, call.world.clock.now)
  return whyService(snapshot, `${namespace}/${name}`, coreTools)
}

const awaitAddress = async (context: Context): Promise<JsonObject> => {
  const { call, connection, wait, say } = context
  const { namespace, name } = placeOf(context)
  const waited = await progressFor(call).step({
    deadline: wait.deadline,
    every: 100,
    look: async (): Promise<Look<JsonObject>> => {
      const service = await get(connection.api, kinds.service, namespace, name)
      if (service === undefined) return { state: "hopeless", error: vanished(namespace, name) }
      if (addressesIn(service).length > 0) return { state: "done", value: service }
      if (call.world.clock.now() - wait.began < patienceMs) return { state: "waiting", missing: "no address yet" }
      const report = await explainNow(context)
      if (report.state === "pending" || report.state === "not-served")
        return { state: "hopeless", error: refused(report) }
      return { state: "waiting", missing: "no address yet, although the controller could give one" }
    },
  })
  if (!waited.ok) throw gaveUp(waited.missing)
  const pool = textAt(waited.value, "metadata", "annotations", "metallb.io/ip-allocated-from-pool")
  say(`address ${addressesIn(waited.value).join(", ")}${pool === "" ? "" : ` from ${pool}`}`)
  return waited.value
}

/** Reasons that do not go away by themselves while one waits. */
const lasting: readonly ReasonCode[] = ["ML310", "ML311", "ML313", "ML403", "ML404", "ML405", "ML413"]

const awaitAnnouncement = async (context: Context): Promise<Exposed["announcement"]> => {
  const { call, connection, wait, install, say } = context
  const began = call.world.clock.now()
  const waited = await progressFor(call).step({
    deadline: wait.deadline,
    every: 100,
    look: async (): Promise<Look<Exposed["announcement"]>> => {
      const [said] = (await readAnnounced(connection.api, install, { service: placeOf(context) })) ?? []
      if (said !== undefined)
        return { state: "done", value: { node: said.node, interfaces: said.interfaces, computed: false } }
      const [told] = (await readAdvertised(connection.api, install, { service: placeOf(context) })) ?? []
      if (told !== undefined)
        return { state: "done", value: { node: told.node, interfaces: [], peers: told.peers, computed: false } }
      if (call.world.clock.now() - began < speakersWordMs)
        return { state: "waiting", missing: "no speaker announces it yet" }
      return computedAnnouncement(await explainNow(context))
    },
  })
  if (!waited.ok) throw gaveUp(waited.missing)
  const { node, interfaces, peers, computed } = waited.value
  const on = interfaces.length === 0 ? "" : ` on ${interfaces.join(", ")}`
  const where = peers === undefined ? on : ` to ${peers.join(", ")}`
  say(
    `announced by ${node}${where} (${peers === undefined ? "L2" : "BGP"}${computed ? ", computed here: its speaker has not said so" : ""})`,
  )
  return waited.value
}

const computedAnnouncement = (report: WhyReport): Look<Exposed["announcement"]> => {
  const [first] = report.announcements
  if (first?.owner !== undefined) {
    const { node, interfaces } = first.owner
    return { state: "done", value: { node, interfaces: interfaces === "all" ? [] : interfaces, computed: true } }
  }
  const speaking = report.bgp?.nodes.find(({ verdict }) => verdict === "chosen")
  if (speaking !== undefined) {
    const { node, peers } = speaking
    return { state: "done", value: { node, interfaces: [], peers, computed: true } }
  }
  const refusal = first ?? report.bgp
  if (refusal === undefined) return { state: "waiting", missing: "no speaker announces it yet" }
  const { reason, facts } = refusal
  if (!lasting.includes(reason)) return { state: "waiting", missing: phraseOf(reason, facts) }
  return {
    state: "hopeless",
    error: new Failure(exitCodes.no, {
      message: `${report.service} is announced by nobody: ${phraseOf(reason, facts)}`,
      code: reason,
      fix: fixOf(reason, facts),
    }),
  }
}

const tryAddress = async (context: Context, service: JsonObject): Promise<Exposed["reached"]> => {
  const { call, say } = context
  const [address = ""] = addressesIn(service)
  const tcp = listAt(service, "spec", "ports").find(port => textAt(port, "protocol") !== "UDP")
  const network = await call.world.network()
  const notTested = (why: string) => {
    call.output.tell(`not tested from here: ${why}`)
    return "not-tested" as const
  }
  const wish = call.flags.text("reach")
  if (wish === "never") return notTested("--reach=never")
  if (tcp === undefined) return notTested("the service has no TCP port")
  if (wish === "auto" && !network.isLocal(address))
    return notTested(`${address} is on no network of this machine, --reach=always tries all the same`)
  const port = numberAt(tcp, "port")
  let last: Reached = "silent"
  const began = call.world.clock.now()
  const waited = await progressFor(call).step({
    deadline: began + answerMs,
    every: 200,
    look: async (): Promise<Look<true>> => {
      // A SYN that came before kube-proxy's rules is sent again only after a second; a new one is quicker.
      last = await network.reach(address, port, call.world.clock.now() - began < answerMs / 2 ? 300 : 1000)
      return last === "answered"
        ? { state: "done", value: true }
        : {
            state: "waiting",
            missing:
              last === "refused" ? `${address}:${port} refuses connections` : `no answer from ${address}:${port}`,
          }
    },
  })
  if (waited.ok) {
    say(`answering on ${hostText(address)}:${port}`)
    return "answered"
  }
  if (last === "silent")
    return notTested(
      `no answer from ${hostText(address)}:${port} within ${took(answerMs)}, this machine may have no way to it`,
    )
  const facts = { address, port, ...placeOf(context), service: placeOf(context).name }
  throw new Failure(exitCodes.no, { message: phraseOf("ML617", facts), code: "ML617", fix: fixOf("ML617", facts) })
}

const hostText = (address: string): string => (address.includes(":") ? `[${address}]` : address)

/** An address for a browser, where the port is one that browsers use. */
const urlOf = (service: JsonObject): string | undefined => {
  const [address] = addressesIn(service)
  if (address === undefined) return undefined
  const ports = listAt(service, "spec", "ports").map(port => numberAt(port, "port"))
  if (ports.includes(80)) return `http://${hostText(address)}/`
  if (ports.includes(443)) return `https://${hostText(address)}/`
  const other = ports.find(port => port === 8080 || port === 8000)
  return other === undefined ? undefined : `http://${hostText(address)}:${other}/`
}

const refused = ({ service, reason, facts, waysOut }: WhyReport): Failure => {
  const [namespace = "", name = ""] = service.split("/")
  return new Failure(exitCodes.no, {
    message: `${service} gets no address: ${phraseOf(reason, facts)}`,
    code: reason,
    fix: [...(waysOut[0]?.commands ?? []), `kubectl metallb why-ip ${name} -n ${namespace} shows every pool`].join(
      "\n",
    ),
  })
}

const vanished = (namespace: string, name: string): Failure =>
  new Failure(exitCodes.no, { message: `service ${namespace}/${name} was deleted while it was waited for` })

const gaveUp = (missing: string): Failure =>
  new Failure(exitCodes.gaveUp, { message: `gave up waiting: ${missing}`, code: "ML616", fix: fixOf("ML616", {}) })
