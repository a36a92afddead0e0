import { chmodSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Cable } from "./cable.ts"
import { daemons, endsOf, outputOf } from "./daemons.ts"
import { refusedConfiguration, unknownKeyword } from "./lacks.ts"
import { noExtendedNextHop, noKernelTable, noListeningPassword } from "./lacks-shown.ts"
import { waitUntil } from "./patience.ts"
import { ownPrefix, type Router, type RouterKind, type RouterPlan, type SeenRoute } from "./router.ts"

type OpenRoute = {
  readonly prefix: string
  readonly exit_nexthop?: string
  readonly aspath?: string
  readonly communities?: readonly string[]
  readonly large_communities?: readonly string[]
  readonly extended_communities?: readonly string[]
}

const create = (cable: Cable, plan: RouterPlan): Router => {
  const { folder } = cable
  const { router, speaker } = endsOf(cable, plan)
  const processes = daemons(cable)
  const socket = join(folder, "bgpd.sock")
  const file = join(folder, "openbgpd.conf")
  const bgpctl = (...words: readonly string[]) => processes.run("bgpctl", "-s", socket, ...words)

  return {
    start: async () => {
      writeFileSync(file, configuration(plan, router, speaker, socket))
      chmodSync(file, 0o600)
      // Its processes confine themselves to /run/openbgpd, so that each instance needs its own.
      const isolated = `mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/openbgpd && exec bgpd -d -v -f ${file}`
      processes.spawn("openbgpd", ["unshare", "-m", "--propagation", "private", "sh", "-c", isolated])
      await waitUntil("OpenBGPD answers", async () => (await bgpctl("show", "summary")).includes("Neighbor"))
    },
    isUp: async () => {
      const { neighbors } = JSON.parse(await bgpctl("-j", "show", "neighbor", speaker))
      return neighbors?.[0]?.state === "Established"
    },
    routes: async () => {
      const { rib = [] } = JSON.parse(await bgpctl("-j", "show", "rib", "in", "detail", "neighbor", speaker))
      return (rib as OpenRoute[]).map(routeOf)
    },
    refresh: () => bgpctl("neighbor", speaker, "refresh"),
    shutDown: text => bgpctl("neighbor", speaker, "down", text),
    says: async words =>
      words.test(readFileSync(join(folder, "openbgpd.out"), "utf8")) ||
      words.test(await bgpctl("show", "neighbor", speaker)),
    signal: processes.signal,
    stop: processes.stop,
  }
}

const configuration = (plan: RouterPlan, router: string, speaker: string, socket: string): string => {
  const { asn, speakerAsn, families, connects, holdTime, password, ttlSecurity, gracefulRestart } = plan
  const announce = (["IPv4", "IPv6"] as const).map(
    family => `  announce ${family} ${families.includes(family) ? "unicast" : "none"}`,
  )
  return `AS ${asn}
router-id 10.79.0.2
socket "${socket}"
listen on ${router}
fib-update no
connect-retry 1
log updates
neighbor ${speaker} {
  remote-as ${speakerAsn}
  local-address ${router}
  holdtime ${holdTime}
  ${connects ? "" : "passive"}
  ${password === undefined ? "" : `tcp md5sig password "${password}"`}
  ttl-security ${ttlSecurity ? "yes" : "no"}
  announce restart ${gracefulRestart ? "yes" : "no"}
  announce enhanced refresh yes
${announce.join("\n")}
}
allow from any
${plan.originates ? `network ${ownPrefix}\nallow to any` : ""}
`
}

const routeOf = (route: OpenRoute): SeenRoute => ({
  prefix: route.prefix,
  nextHop: route.exit_nexthop ?? "",
  asPath: (route.aspath ?? "")
    .split(" ")
    .filter(word => word !== "")
    .map(Number),
  communities: route.communities ?? [],
  large: route.large_communities ?? [],
  extended: route.extended_communities ?? [],
})

const noBfd = unknownKeyword(
  "/usr/sbin/bgpd",
  ["-n", "-f"],
  line => `AS 65001\nneighbor 10.79.0.1 {\n  remote-as 65000\n  ${line}\n}\n`,
  { line: "bfd yes", word: "bfd" },
  { line: "ttl-security yes", word: "ttl-security" },
)

export const openbgpd: RouterKind = {
  name: "OpenBGPD",
  version: async () => /OpenBGPD (\S+)/.exec(await outputOf("bgpd", "-V"))?.[1] ?? "",
  lacks: {
    "passwords where it listens": noListeningPassword,
    unnumbered: refusedConfiguration(
      ["bgpd", "-n", "-f"],
      "AS 65001\nneighbor eth0 {\n  remote-as 65000\n}\n",
      /could not parse.*/,
    ),
    "extended next hop": noExtendedNextHop,
    "a kernel's table": noKernelTable,
    bfd: noBfd,
    "bfd off on purpose": noBfd,
  },
  create,
}
