import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fromRecord, toRecord } from "../../../agent/core/bgp/recording.ts"
import {
  plainAttributes,
  type Route,
  type RouteAttributes,
  routeAttributes,
} from "../../../agent/core/bgp/rib/route.ts"
import type { SessionStart } from "../../../agent/core/bgp/session/session.ts"
import { type SessionSettings, sessionSettings } from "../../../agent/core/bgp/session/settings.ts"
import { type Cidr, formatCidr } from "../../../agent/core/ip/cidr.ts"
import type { IpFamily } from "../../../agent/core/model.ts"
import { address } from "../../unit/allocate/fixtures.ts"
import { type Cable, layCable } from "./cable.ts"
import { waitUntil } from "./patience.ts"
import { ownPrefix, type Router, type RouterKind, type RouterPlan, type SeenRoute } from "./router.ts"
import { type Speaker, type SpeakerStart, startSpeaker } from "./speaker.ts"

/** What a session carries: IPv4 over IPv4, IPv6 over IPv6, or both over IPv4 or IPv6. */
export type Carried = IpFamily | "both" | "both over IPv6"

/** A cable, a router at its far end and the speaker at its near one; ended whatever happens. */
export type Scene = {
  readonly carried: Carried
  readonly families: readonly IpFamily[]
  /** The family that the connection runs over. */
  readonly transport: IpFamily
  readonly cable: Cable
  readonly router: (changes?: Partial<RouterPlan>) => Promise<Router>
  readonly speaker: (changes?: SpeakerChanges) => Promise<Speaker>
  /** What the speaker said, and the end of what the router said, for whoever looks at a failure. */
  readonly account: () => string
  readonly end: () => Promise<void>
}

export type SpeakerChanges = Partial<Omit<SpeakerStart, "settings" | "origin">> & {
  readonly settings?: Partial<SessionSettings>
  readonly origin?: Partial<SessionStart>
}

export const speakerAsn = 65000
export const routerAsn = 65001

export const newScene = (kind: RouterKind, carried: Carried): Scene => {
  const cable = layCable()
  const families = carried === "IPv4" || carried === "IPv6" ? ([carried] as const) : (["IPv4", "IPv6"] as const)
  const transport = carried.endsWith("IPv6") ? "IPv6" : "IPv4"
  const routers: Router[] = []
  const speakers: Speaker[] = []
  return {
    carried,
    families,
    transport,
    cable,
    router: async changes => {
      const router = kind.create(cable, {
        asn: routerAsn,
        speakerAsn,
        transport,
        families,
        connects: false,
        holdTime: 90,
        password: undefined,
        ttlSecurity: false,
        gracefulRestart: false,
        extendedNextHop: false,
        bfd: undefined,
        originates: false,
        ...changes,
      })
      routers.push(router)
      await router.start()
      return router
    },
    speaker: async ({ settings, origin, ...changes } = {}) => {
      const { ours, theirs } = cable
      const speaker = await startSpeaker(ours, {
        settings: { ...settingsFor(theirs.addresses[transport], families), ...settings },
        origin: { ...freshOrigin, ...origin },
        routes: routesFor(families),
        password: undefined,
        listens: false,
        bfd: undefined,
        record: undefined,
        ...changes,
      })
      speakers.push(speaker)
      return speaker
    },
    account: () => {
      const files = readdirSync(cable.folder).filter(name => /\.(out|log|conf|toml|json)$/.test(name))
      const tails = files.map(name => `-- ${name}\n${readFileSync(join(cable.folder, name), "utf8").slice(-2_000)}`)
      return [
        ...speakers.flatMap(({ lines }) =>
          lines.slice(-12).map(told => JSON.stringify(toRecord(told)).slice(0, 3_000)),
        ),
        ...tails,
      ].join("\n")
    },
    end: async () => {
      for (const router of routers) await router.stop()
      cable.remove()
    },
  }
}

/** A process that follows no other. */
export const freshOrigin: SessionStart = { seed: 7, restarted: false, preserved: false }

/** A session that the speaker opens to this address. */
export const settingsFor = (peer: string, families: readonly IpFamily[]): SessionSettings => ({
  ...sessionSettings(
    {
      name: "router",
      source: "resource",
      myASN: speakerAsn,
      remote: { kind: "as", asn: routerAsn },
      localASN: undefined,
      endpoint: { kind: "address", address: address(peer) },
      sourceAddress: undefined,
      port: 179,
      timers: { holdTime: undefined, keepaliveTime: undefined, connectTime: 1 },
      routerID: undefined,
      nodeSelectors: [],
      password: { from: "nothing" },
      bfdProfile: undefined,
      gracefulRestart: false,
      ebgpMultiHop: false,
      ttlSecurityHops: undefined,
      vrf: "",
      dualStackAddressFamily: false,
    },
    { namespace: "metallb-system", nodeId: 7, accepts: true, restartTime: 30 },
  ),
  families,
})

const prefixes = { IPv4: ["192.0.2.1/32", "192.0.2.2/32"], IPv6: ["2001:db8::1/128", "2001:db8::2/128"] } as const

export const routesFor = (families: readonly IpFamily[], attributes: Partial<RouteAttributes> = {}): readonly Route[] =>
  families.flatMap(family => prefixes[family].map(prefix => routeTo(prefix, attributes)))

export const routeTo = (prefix: string, attributes: Partial<RouteAttributes> = {}): Route => ({
  prefix: fromRecord(`cidr:${prefix}`) as Cidr,
  attributes: routeAttributes({ ...plainAttributes, ...attributes }),
})

const texts = (routes: readonly { readonly prefix: string }[]) =>
  routes
    .map(({ prefix }) => prefix)
    .sort()
    .join(" ")

/** Waits until the router has exactly these routes; returns them. */
export const has = async (router: Router, routes: readonly Route[]): Promise<readonly SeenRoute[]> => {
  const wanted = texts(routes.map(({ prefix }) => ({ prefix: formatCidr(prefix) })))
  let seen: readonly SeenRoute[] = []
  try {
    await waitUntil(`the router has ${wanted || "no route"}`, async () => {
      seen = (await router.routes()).filter(({ prefix }) => prefix !== ownPrefix)
      return texts(seen) === wanted
    })
  } catch (error) {
    throw new Error(`instead of ${wanted} the router has ${texts(seen) || "nothing"}`, { cause: error })
  }
  return seen
}

/** Waits until both sides say that the session is established. */
export const established = async (router: Router, speaker: Speaker): Promise<void> => {
  await waitUntil("the speaker is established", async () => (await speaker.report()).state === "Established")
  await waitUntil("the router is established", router.isUp)
}
