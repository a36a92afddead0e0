import { readFileSync } from "node:fs"
import { join } from "node:path"
import { newerFrrRoot } from "../../setup/newer-frr.ts"
import type { Cable } from "./cable.ts"
import { afi, endsOf, outputOf } from "./daemons.ts"
import { frrDaemons, libraries } from "./frr-daemons.ts"
import { ownPrefix, type Router, type RouterKind, type RouterPlan, type SeenRoute } from "./router.ts"

type FrrPath = {
  readonly valid?: boolean
  readonly aspath?: { readonly segments?: readonly { readonly list: readonly number[] }[] }
  readonly nexthops?: readonly { readonly ip: string; readonly used?: boolean }[]
  readonly community?: { readonly list?: readonly string[] }
  readonly largeCommunity?: { readonly list?: readonly string[] }
  readonly extendedCommunity?: { readonly string?: string }
}

type Frr = ReturnType<typeof frrDaemons>

/** Starts the daemons with a configuration of their own, without filters. */
const open = ({ start }: Frr, plan: RouterPlan, router: string, neighbour: string): Promise<void> => {
  const profile = ["bfd", " profile quick", `  transmit-interval ${plan.bfd}`, `  receive-interval ${plan.bfd}`]
  return start({
    bgpd: configuration(plan, router, neighbour),
    bfdd: plan.bfd === undefined ? undefined : profile,
  })
}

/** `tree`: the root that its programs live in; undefined: the system's own. `begin`: starts them with a configuration. */
const createIn =
  (tree: string | undefined, begin = open) =>
  (cable: Cable, plan: RouterPlan): Router => {
    const { folder } = cable
    const { router, speaker } = endsOf(cable, plan)
    const neighbour = plan.transport === "unnumbered" ? "eth0" : speaker
    const frr = frrDaemons(tree, cable)
    const { stop, signal, vtysh, asJson } = frr

    return {
      start: () => begin(frr, plan, router, neighbour),
      isUp: async () => {
        const neighbours: Record<string, { bgpState?: string }> = await asJson(`show bgp neighbors ${neighbour}`)
        return neighbours[neighbour]?.bgpState === "Established"
      },
      routes: async () => {
        const found: SeenRoute[] = []
        for (const family of plan.families) {
          const table = await asJson(`show bgp ${afi(family)} unicast`)
          const prefixes = Object.keys(table.routes ?? {}).sort()
          if (prefixes.length > mostDetails) return prefixes.map(prefix => ({ ...nothingKnown, prefix }))
          for (const prefix of prefixes) {
            const detail = await asJson(`show bgp ${afi(family)} unicast ${prefix}`)
            for (const path of (detail.paths ?? []) as FrrPath[]) found.push(routeOf(prefix, path))
          }
        }
        return found
      },
      refresh: () => vtysh(`clear bgp ${plan.transport === "IPv4" ? afi("IPv4") : afi("IPv6")} ${neighbour} soft in`),
      shutDown: text =>
        vtysh("configure terminal", `router bgp ${plan.asn}`, `neighbor ${neighbour} shutdown message ${text}`),
      says: async words =>
        words.test(await vtysh(`show bgp neighbors ${neighbour}`)) ||
        words.test(readFileSync(join(folder, "bgpd.log"), "utf8")),
      signal,
      stop,
    }
  }

/** Each costs a question of its own. */
const mostDetails = 20
const nothingKnown = { nextHop: "", asPath: [], communities: [], large: [], extended: [] }

const configuration = (plan: RouterPlan, router: string, neighbour: string): readonly string[] => {
  const { asn, speakerAsn, families, connects, holdTime, password, ttlSecurity, gracefulRestart, bfd, transport } = plan
  const lines = [
    "debug bgp neighbor-events",
    `router bgp ${asn}`,
    " bgp router-id 10.79.0.2",
    " no bgp ebgp-requires-policy",
    " no bgp default ipv4-unicast",
    " no bgp hard-administrative-reset",
  ]
  const add = (line: string) => lines.push(` neighbor ${neighbour} ${line}`)
  add(transport === "unnumbered" ? `interface remote-as ${speakerAsn}` : `remote-as ${speakerAsn}`)
  add(`timers ${Math.floor(holdTime / 3)} ${holdTime}`)
  add("timers connect 1")
  if (!connects) add("passive")
  if (password !== undefined) add(`password ${password}`)
  if (ttlSecurity) add("ttl-security hops 1")
  if (transport !== "unnumbered") add(`update-source ${router}`)
  if (bfd !== undefined) add("bfd profile quick")
  if (plan.extendedNextHop) add("capability extended-nexthop")
  add(gracefulRestart ? "graceful-restart-helper" : "graceful-restart-disable")
  if (plan.originates)
    lines.push(
      " no bgp network import-check",
      " address-family ipv4 unicast",
      `  network ${ownPrefix}`,
      " exit-address-family",
    )
  for (const family of families)
    lines.push(` address-family ${afi(family)} unicast`, `  neighbor ${neighbour} activate`, " exit-address-family")
  return lines
}

const routeOf = (prefix: string, path: FrrPath): SeenRoute => ({
  prefix,
  nextHop: (path.nexthops?.find(({ used }) => used) ?? path.nexthops?.[0])?.ip ?? "",
  asPath: (path.aspath?.segments ?? []).flatMap(({ list }) => list),
  communities: path.community?.list ?? [],
  large: path.largeCommunity?.list ?? [],
  extended: path.extendedCommunity?.string === undefined ? [] : [path.extendedCommunity.string],
})

const versionIn = (tree: string | undefined) => async () => {
  const enter = tree === undefined ? [] : ["chroot", tree]
  const [program = "", ...args] = [...enter, `${libraries}/bgpd`, "--version"]
  return /version (\S+)/.exec(await outputOf(program, ...args))?.[1] ?? ""
}

const older = { name: "FRR 8", version: versionIn(undefined), lacks: {} }
const newer = { name: "FRR 10", version: versionIn(newerFrrRoot), lacks: {} }

/** Debian 12's. */
export const frr: RouterKind = { ...older, create: createIn(undefined) }

/** Debian 13's, in a tree of its own. */
export const newerFrr: RouterKind = { ...newer, create: createIn(newerFrrRoot) }

/** Both, which get a text for a plan when they run, as people give it to a router. */
export const frrGiven = (
  text: (plan: RouterPlan, router: string, speaker: string) => string,
): readonly RouterKind[] => {
  const begin: typeof open = async (daemons, plan, router, speaker) => {
    await daemons.start({ bgpd: [], bfdd: [] })
    await daemons.load(text(plan, router, speaker))
  }
  return [
    { ...older, create: createIn(undefined, begin) },
    { ...newer, create: createIn(newerFrrRoot, begin) },
  ]
}
