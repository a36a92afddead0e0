import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Cable } from "./cable.ts"
import { afi, daemons, endsOf, outputOf } from "./daemons.ts"
import { refusedConfiguration } from "./lacks.ts"
import { noKernelTable, noRefresh, noRouterAdvertisements } from "./lacks-shown.ts"
import { waitUntil } from "./patience.ts"
import { ownPrefix, type Router, type RouterKind, type RouterPlan, type SeenRoute } from "./router.ts"

/** Path attributes by their type code, as gobgp's JSON has them. */
type GoPath = {
  readonly nlri: { readonly prefix: string }
  readonly attrs: readonly {
    readonly type: number
    readonly nexthop?: string
    readonly as_paths?: readonly { readonly asns: readonly number[] }[]
    readonly communities?: readonly number[]
    readonly value?: unknown
  }[]
}

const create = (cable: Cable, plan: RouterPlan): Router => {
  const { folder } = cable
  const { router, speaker } = endsOf(cable, plan)
  const processes = daemons(cable)
  const gobgp = (...words: readonly string[]) => processes.run("gobgp", "-p", "50051", ...words)
  const file = join(folder, "gobgp.toml")
  const neighbour = async () => JSON.parse(await gobgp("neighbor", speaker, "-j"))

  return {
    start: async () => {
      writeFileSync(file, configuration(plan, router, speaker))
      processes.spawn("gobgpd", [
        "gobgpd",
        "-f",
        file,
        "--api-hosts",
        "127.0.0.1:50051",
        "--log-level",
        "debug",
        "--log-plain",
      ])
      await waitUntil("GoBGP answers", async () => (await gobgp("global")).includes("AS:"))
      if (plan.originates) await gobgp("global", "rib", "add", ownPrefix)
    },
    isUp: async () => (await neighbour()).state?.session_state === 6,
    routes: async () => {
      const found: SeenRoute[] = []
      for (const family of plan.families) {
        const table: Record<string, GoPath[]> = JSON.parse(await gobgp("global", "rib", "-a", afi(family), "-j"))
        for (const paths of Object.values(table)) found.push(...paths.map(routeOf))
      }
      return found
    },
    refresh: () => gobgp("neighbor", speaker, "softresetin"),
    shutDown: text => gobgp("neighbor", speaker, "shutdown", "--reason", text),
    says: async words =>
      words.test(readFileSync(join(folder, "gobgpd.out"), "utf8")) || words.test(await gobgp("neighbor", speaker)),
    signal: processes.signal,
    stop: processes.stop,
  }
}

const configuration = (plan: RouterPlan, router: string, speaker: string): string => {
  const { asn, speakerAsn, families, connects, holdTime, password, ttlSecurity, gracefulRestart, transport } = plan
  return `[global.config]
as = ${asn}
router-id = "10.79.0.2"
port = 179
[[neighbors]]
[neighbors.config]
${transport === "unnumbered" ? 'neighbor-interface = "eth0"' : `neighbor-address = "${speaker}"`}
peer-as = ${speakerAsn}
${password === undefined ? "" : `auth-password = "${password}"`}
[neighbors.timers.config]
hold-time = ${holdTime}
keepalive-interval = ${Math.floor(holdTime / 3)}
connect-retry = 1
idle-hold-time-after-reset = 1
[neighbors.transport.config]
passive-mode = ${!connects}
${transport === "unnumbered" ? "" : `local-address = "${router}"`}
${ttlSecurity ? "[neighbors.ttl-security.config]\nenabled = true\nttl-min = 255" : ""}
${gracefulRestart ? "[neighbors.graceful-restart.config]\nenabled = true\nrestart-time = 30\nhelper-only = true\nnotification-enabled = true" : ""}
${families
  .map(
    family => `[[neighbors.afi-safis]]
[neighbors.afi-safis.config]
afi-safi-name = "${afi(family)}-unicast"
${gracefulRestart ? "[neighbors.afi-safis.mp-graceful-restart.config]\nenabled = true" : ""}`,
  )
  .join("\n")}
`
}

const routeOf = ({ nlri, attrs }: GoPath): SeenRoute => {
  const one = (type: number) => attrs.find(attribute => attribute.type === type)
  const text = (value: unknown) => JSON.stringify(value)
  return {
    prefix: nlri.prefix,
    nextHop: one(3)?.nexthop ?? one(14)?.nexthop ?? "",
    asPath: (one(2)?.as_paths ?? []).flatMap(({ asns }) => asns),
    communities: (one(8)?.communities ?? []).map(value => `${value >>> 16}:${value & 0xffff}`),
    large: listOf(one(32)?.value).map(entry => {
      const { ASN, LocalData1, LocalData2 } = entry as { ASN: number; LocalData1: number; LocalData2: number }
      return `${ASN}:${LocalData1}:${LocalData2}`
    }),
    extended: listOf(one(16)?.value).map(text),
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const noBfd = refusedConfiguration(
  ["gobgpd", "-d", "-f"],
  '[[neighbors]]\n[neighbors.config]\nneighbor-address = "10.79.0.1"\n[neighbors.bfd.config]\nenabled = true\n',
  /'neighbors\[0\]' has invalid keys: bfd/,
)

export const gobgp: RouterKind = {
  name: "GoBGP",
  version: async () => /version (\S+)/.exec(await outputOf("gobgpd", "--version"))?.[1] ?? "",
  lacks: {
    unnumbered: noRouterAdvertisements,
    "route refresh": noRefresh,
    "a kernel's table": noKernelTable,
    bfd: noBfd,
    "bfd off on purpose": noBfd,
  },
  create,
}
