import assert from "node:assert/strict"
import { type Clock, pause } from "../../../agent/ports/clock.ts"
import type { KeptFile } from "../../../agent/ports/kept-file.ts"
import type { KubeClient } from "../../../agent/ports/kube/client.ts"
import { type SpeakerOptions, startSpeaker } from "../../../agent/speaker/speaker.ts"
import { fakeLan } from "./fake-lan.ts"
import { collections, installNamespace, world } from "./harness.ts"

export const vip = "192.0.2.10"
export const names = ["node-1", "node-2", "node-3"]

/** A file that outlives a process. */
export const memoryFile = (): KeptFile => {
  let text: string | undefined
  return {
    read: () => (text === undefined ? undefined : (JSON.parse(text) as unknown)),
    write: value => {
      text = JSON.stringify(value)
      return undefined
    },
  }
}

/** Three nodes with a speaker each that knows the others; the order for the address is node-1, node-2, node-3. */
export const company = async (
  more: {
    failbackAfter?: number | undefined
    without?: string
    secret?: boolean
    late?: string
    placement?: SpeakerOptions["placement"]
  } = {},
) => {
  const cluster = world()
  const lan = fakeLan(cluster.clock)
  cluster.pool("public", ["192.0.2.0/24"])
  cluster.l2Advertisement("all")
  const secret = (text: string) =>
    cluster.put("secrets", {
      metadata: { name: "memberlist", namespace: installNamespace },
      data: { secretkey: Buffer.from(text).toString("base64") },
    })
  if (more.secret !== false) secret("a secret of the test")
  const ready = (name: string, status: string) =>
    cluster.put(collections.nodes, {
      metadata: { name },
      spec: {},
      status: { conditions: [{ type: "Ready", status }], addresses: [] },
    })
  for (const name of names) ready(name, "True")
  const service = (local: boolean) => {
    cluster.service("web", {
      metadata: { annotations: { "metallb.io/ip-allocated-from-pool": "public" } },
      spec: { externalTrafficPolicy: local ? "Local" : "Cluster" },
      status: { loadBalancer: { ingress: [{ ip: vip }] } },
    })
  }
  const endpoints = (...nodes: readonly string[]) =>
    cluster.put(collections.slices, {
      metadata: { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      endpoints: nodes.map(nodeName => ({ nodeName, addresses: ["10.0.0.1"], conditions: { ready: true } })),
    })
  /** The speaker's pod; `ending`: somebody deleted it, and its process is still there. */
  const pod = (nodeName: string, ending = false) =>
    cluster.put(collections.pods, {
      metadata: {
        name: `speaker-${nodeName}`,
        namespace: installNamespace,
        labels: { app: "metallb", component: "speaker" },
        ...(ending && { deletionTimestamp: "2026-01-02T03:04:08Z" }),
      },
      spec: { nodeName },
      status: {
        conditions: [{ type: "Ready", status: "True" }],
        podIP: `192.0.2.${names.indexOf(nodeName) + 1}`,
      },
    })
  const start = (nodeName: string, kept = memoryFile()) => {
    const index = names.indexOf(nodeName) + 1
    const { host, company: edges } = lan.add(nodeName, index)
    pod(nodeName)
    const agent = cluster.agent()
    const client = nodeName === more.late ? late(cluster.clock, agent.edges.client) : agent.edges.client
    const running = startSpeaker(
      { ...agent.edges, ...host.edges, client, company: edges },
      {
        namespace: installNamespace,
        podName: `speaker-${nodeName}`,
        nodeName,
        lbClass: "",
        ignoreExcludeLb: false,
        ...(more.placement === undefined ? {} : { placement: more.placement }),
        speakerLabels: "app=metallb,component=speaker",
        isExcluded: () => false,
        refreshEvery: 0,
        kept,
        bgpListenPort: 0,
        company: {
          bind: { address: `192.0.2.${index}`, port: 7946 },
          secret: { namespace: installNamespace, folder: "", name: "memberlist" },
          settings: "automatic",
          envelope: { compression: true, verifyIncoming: true, verifyOutgoing: true },
          failbackAfter: "failbackAfter" in more ? more.failbackAfter : 10_000,
        },
      },
    )
    return { ...agent, host, running, kept }
  }
  service(false)
  endpoints(...names)
  const speakers = new Map(names.filter(name => name !== more.without).map(name => [name, start(name)]))
  const answers = (host: ReturnType<typeof start>["host"], address: string) => {
    host.taken()
    host.ask(2, address)
    return host.taken().some(frame => frame.includes(`reply ${address} `))
  }
  const answering = (address = vip) =>
    [...speakers].filter(([, { host }]) => answers(host, address)).map(([name]) => name)
  const owner = () => answering().join()
  await cluster.clock.until("an owner", () => owner() !== "", 20_000)
  await cluster.clock.advance(3_000)
  return {
    cluster,
    lan,
    speakers,
    start,
    owner,
    answering,
    ready,
    service,
    endpoints,
    secret,
    pod,
    clock: cluster.clock,
  }
}

/** A client that hears of everything seven seconds later than others. */
const late = (clock: Clock, client: KubeClient): KubeClient => ({
  ...client,
  stream: async request => {
    const batches = await client.stream(request)
    return (async function* () {
      for await (const batch of batches) {
        await pause(clock, 7_000)
        yield batch
      }
    })()
  },
})

/** Lets time pass, and looks every 20 ms whether this node alone answers. */
export const steady = async ({ clock, owner }: Company, node: string, ms: number) => {
  for (let at = 0; at < ms; at += 20) {
    assert.equal(owner(), node, `after ${at} ms`)
    await clock.advance(20)
  }
}

export type Company = Awaited<ReturnType<typeof company>>

/** What a node answers to a question for the address. */
export const said = ({ speakers }: Company, node: string): readonly string[] => {
  const host = speakers.get(node)?.host
  host?.taken()
  host?.ask(2, vip)
  return host?.taken().filter(frame => frame.includes(`reply ${vip} `)) ?? []
}

/** Milliseconds of virtual time until exactly this node answers. */
export const until = async ({ clock, owner }: Company, node: string, limit = 5_000): Promise<number> => {
  const began = clock.monotonic()
  await clock.until(`${node} alone answers`, () => owner() === node, limit)
  return clock.monotonic() - began
}

/** A host that is gone hears no questions. */
export const without = (all: Company, node: string) => void all.speakers.delete(node)
