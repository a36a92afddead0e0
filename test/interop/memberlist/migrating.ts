import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { announceContext } from "../../../agent/core/announce/context.ts"
import { drainAnnotation } from "../../../agent/core/announce/drain.ts"
import { prospects } from "../../../agent/core/announce/prospects.ts"
import type { Node } from "../../../agent/core/model.ts"
import { parseMac, zeroMac } from "../../../agent/core/net/mac.ts"
import { loadAddon } from "../../../agent/native/addon.ts"
import { type Clock, realClock } from "../../../agent/ports/clock.ts"
import { nodeCrypto } from "../../../agent/ports/crypto.ts"
import type { KubeClient } from "../../../agent/ports/kube/client.ts"
import { nativeLinkSockets } from "../../../agent/ports/link-socket-native.ts"
import { createLog } from "../../../agent/ports/log.ts"
import { startMembership } from "../../../agent/ports/membership.ts"
import { startCompany } from "../../../agent/speaker/company/company.ts"
import type { Company } from "../../../agent/speaker/company/terms.ts"
import { fakeLan } from "../../unit/agent/fake-lan.ts"
import { pool, service } from "../../unit/allocate/fixtures.ts"
import { advertise, endpoint, node, slice, speaker, verdict } from "../../unit/announce/fixtures.ts"
import { net, port } from "./meeting.ts"
import { quickSettings, secretText } from "./speaker.ts"

export const nodes = ["node-1", "node-2", "node-3", "node-4"] as const
export type NodeName = (typeof nodes)[number]
/** Kubernetes calls it not ready, it is drained, and its link has no carrier: nothing that MetalLB's speakers would look at. */
export const troubled: NodeName = "node-2"
export const vips = Array.from({ length: 12 }, (_, place) => `192.0.2.${place + 100}`)

const numberOf = (name: NodeName) => nodes.indexOf(name) + 1
export const addressOf = (name: NodeName) => net(60)(numberOf(name))

/** MetalLB's order (docs/compatibility.md, section 5.2), written down once more: SHA-256 of "<node>#<address>" ascending. */
export const firstOf = (members: readonly string[], vip: string): string | undefined =>
  members
    .map(name => ({ name, digest: createHash("sha256").update(`${name}#${vip}`).digest("hex") }))
    .sort((a, b) => (a.digest < b.digest ? -1 : 1))[0]?.name

const nodeOf = (name: NodeName): Node =>
  name === troubled
    ? node(name, { ready: false, annotations: { [drainAnnotation]: "2026-01-01T14:02:11Z" } })
    : node(name)

const cluster = () => {
  const services = vips.map(vip => service(`shop/s-${vip}`, { ips: [vip], from: "a" }))
  return {
    verdict: verdict([pool("a", ["192.0.2.0/24"])], [advertise(["a"])]),
    services,
    endpointSlices: services.map(one => slice(one, endpoint("node-1"))),
    nodes: nodes.map(nodeOf),
    speakers: nodes.map(name => speaker(name, { ip: addressOf(name) })),
    installNamespace: "metallb-system",
    loadBalancerClass: "",
    ignoreExcludeLB: false,
  }
}

/** One of our speakers as it is in the agent, on a member list of real sockets and a link in memory. */
export type Ours = Pick<Company, "owns" | "mixed"> & {
  readonly members: () => readonly string[]
  readonly stop: () => Promise<void>
}

/** What speakers of ours share: the secret, the link between them, and a clock that ends with the test. */
export const ourSide = () => {
  const folder = mkdtempSync(join(tmpdir(), "migration-"))
  writeFileSync(join(folder, "secretkey"), secretText)
  const addon = loadAddon()
  let ended = false
  const idle = { cancel: () => undefined }
  const clock: Clock = { ...realClock, after: (ms, run) => (ended ? idle : realClock.after(ms, () => !ended && run())) }
  const lan = fakeLan(clock)
  const log = createLog({ level: "none", clock, write: () => undefined }, "speaker")
  const noApi = () => Promise.reject(new Error("there is no API server here"))
  const client: KubeClient = { send: noApi, stream: noApi }
  const running = new Set<Ours>()

  const start = (name: NodeName): Ours => {
    const { company: edges } = lan.add(name, numberOf(name))
    if (name === troubled) lan.plug(name, false)
    const company = startCompany(
      {
        ...{ clock, client, log, crypto: nodeCrypto, random: Math.random },
        company: {
          ...edges,
          startMembership: options => startMembership({ ...options, sockets: nativeLinkSockets(addon) }),
        },
      },
      name,
      {
        bind: { address: addressOf(name), port },
        secret: { namespace: "metallb-system", folder, name: "" },
        settings: quickSettings,
        envelope: { compression: true, verifyIncoming: true, verifyOutgoing: true },
        failbackAfter: undefined,
      },
      {
        changed: () => decide(),
        ask: (interfaceName, addresses) => {
          for (const address of addresses) {
            const mac = lan.answers(address)
            if (mac !== undefined) company.heard(interfaceName, mac, address, 0, mac)
          }
        },
        performed: () => undefined,
        steadyUntil: () => undefined,
        done: () => undefined,
        count: () => undefined,
        discardOlder: () => undefined,
      },
    )
    /** As the settlement does it. */
    const decide = () => {
      if (company.state() !== "settled") return
      const [members, absent, mixed] = [company.candidates(), company.absent(), company.mixed()]
      const context = announceContext({ ...cluster(), members, absent, mixed })
      company.want(
        prospects(context, name, nodeCrypto).map(({ election }) => election),
        new Map(),
      )
    }
    const { speakers } = cluster()
    company.meet(speakers, new Map(nodes.map(other => [other, []])))
    company.setLinks([
      {
        ...{ index: 2, name: "eth0", mac: parseMac(lan.macOf(name)) ?? zeroMac, running: name !== troubled },
        families: ["IPv4"],
        addresses: [{ address: `192.0.2.${numberOf(name)}`, prefixLength: 24 }],
      },
    ])
    const ours: Ours = {
      owns: company.owns,
      mixed: company.mixed,
      members: () => company.answer("-").members.map(member => member.name),
      stop: async () => {
        await company.leave(false)
        company.stop()
        lan.kill(name)
        running.delete(ours)
      },
    }
    running.add(ours)
    return ours
  }

  return {
    start,
    end: async () => {
      await Promise.all([...running].map(ours => ours.stop()))
      ended = true
      rmSync(folder, { recursive: true })
    },
  }
}
