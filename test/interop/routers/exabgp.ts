import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Cable } from "./cable.ts"
import { afi, daemons, endsOf, outputOf } from "./daemons.ts"
import { refusedConfiguration } from "./lacks.ts"
import { noKernelTable, noShutdownText, noShutdownTextRead, noTable, noTtlSecurity } from "./lacks-shown.ts"
import { waitUntil } from "./patience.ts"
import { ownPrefix, type Router, type RouterKind, type RouterPlan, type SeenRoute } from "./router.ts"

type ExaMessage = {
  readonly type: string
  readonly neighbor?: {
    readonly state?: string
    readonly message?: {
      readonly update?: {
        readonly attribute?: {
          readonly "as-path"?: readonly number[]
          readonly community?: readonly (readonly [number, number])[]
          readonly "large-community"?: readonly (readonly number[])[]
          readonly "extended-community"?: readonly unknown[]
        }
        readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly { readonly nlri: string }[]>>>>
        readonly withdraw?: Readonly<Record<string, readonly { readonly nlri: string }[]>>
      }
    }
  }
}

/** ExaBGP keeps no table: the routes are what its messages add up to since the session came up. */
const create = (cable: Cable, plan: RouterPlan): Router => {
  const { folder } = cable
  const { router, speaker } = endsOf(cable, plan)
  const processes = daemons(cable)
  const told = join(folder, "told.json")
  const commands = join(folder, "commands")
  const script = join(folder, "talk.sh")
  const file = join(folder, "exabgp.conf")

  const messages = (): readonly ExaMessage[] =>
    existsSync(told)
      ? readFileSync(told, "utf8")
          .split("\n")
          .slice(0, -1)
          .map(line => JSON.parse(line))
      : []
  /** Its messages, with what they have in hexadecimal as text. */
  const texts = () =>
    readFileSync(told, "utf8").replaceAll(/[0-9A-F]{8,}/g, hex => Buffer.from(hex, "hex").toString("latin1"))
  const order = async (text: string) => appendFileSync(commands, `${text}\n`)

  return {
    start: async () => {
      writeFileSync(commands, "")
      // What ExaBGP tells its helper goes into a file, and what is written into another one are its orders.
      writeFileSync(script, `tail -n +1 -f ${commands} &\nexec cat > ${told}\n`)
      writeFileSync(file, configuration(plan, router, speaker, script))
      processes.spawn("exabgp", ["exabgp", file], {
        "exabgp.daemon.user": "root",
        "exabgp.tcp.bind": router,
        "exabgp.tcp.port": "179",
        "exabgp.log.destination": "stdout",
        "exabgp.log.level": "DEBUG",
        "exabgp.log.all": "true",
        "exabgp.api.cli": "false",
        "exabgp.api.ack": "false",
      })
      await waitUntil("ExaBGP has started its helper", () => existsSync(told))
    },
    isUp: async () => messages().findLast(({ type }) => type === "state")?.neighbor?.state === "up",
    routes: async () => {
      const table = new Map<string, SeenRoute>()
      for (const message of messages()) {
        if (message.type === "state") table.clear()
        apply(table, message)
      }
      return [...table.values()]
    },
    refresh: async () => {
      for (const family of plan.families)
        await order(`neighbor ${speaker} announce route-refresh ${afi(family)} unicast`)
    },
    // Its command takes a code alone.
    shutDown: () => order(`neighbor ${speaker} teardown 2`),
    says: async words => words.test(readFileSync(join(folder, "exabgp.out"), "utf8")) || words.test(texts()),
    signal: processes.signal,
    stop: processes.stop,
  }
}

const configuration = (plan: RouterPlan, router: string, speaker: string, script: string): string => {
  const { asn, speakerAsn, families, connects, holdTime, password, ttlSecurity, gracefulRestart } = plan
  return `process talk {
  run /bin/sh ${script};
  encoder json;
}
neighbor ${speaker} {
  router-id 10.79.0.2;
  local-address ${router};
  local-as ${asn};
  peer-as ${speakerAsn};
  hold-time ${holdTime};
  ${connects ? "" : "passive true;"}
  ${password === undefined ? "" : `md5-password "${password}";\n  md5-base64 false;`}
  ${ttlSecurity ? "outgoing-ttl 255;\n  incoming-ttl 255;" : ""}
  family {
${families.map(family => `    ${afi(family)} unicast;`).join("\n")}
  }
  capability {
    route-refresh enable;
    ${gracefulRestart ? "graceful-restart 30;" : ""}
    ${plan.extendedNextHop ? "nexthop enable;" : ""}
  }
  ${plan.extendedNextHop ? "nexthop {\n    ipv4 unicast ipv6;\n  }" : ""}
  ${plan.originates ? `static {\n    route ${ownPrefix} next-hop self;\n  }` : ""}
  api {
    processes [ talk ];
    neighbor-changes;
    receive { parsed; update; notification; }
  }
}
`
}

const apply = (table: Map<string, SeenRoute>, { neighbor }: ExaMessage): void => {
  const update = neighbor?.message?.update
  for (const gone of Object.values(update?.withdraw ?? {})) for (const { nlri } of gone) table.delete(nlri)
  const { attribute } = update ?? {}
  for (const hops of Object.values(update?.announce ?? {}))
    for (const [nextHop, announced] of Object.entries(hops))
      for (const { nlri: prefix } of announced)
        table.set(prefix, {
          prefix,
          nextHop,
          asPath: attribute?.["as-path"] ?? [],
          communities: (attribute?.community ?? []).map(numbers => numbers.join(":")),
          large: (attribute?.["large-community"] ?? []).map(numbers => numbers.join(":")),
          extended: (attribute?.["extended-community"] ?? []).map(value => JSON.stringify(value)),
        })
}

const noBfd = refusedConfiguration(
  ["exabgp", "--validate"],
  "neighbor 10.79.0.1 {\n  bfd enable;\n}\n",
  /invalid keyword "bfd"/,
)

export const exabgp: RouterKind = {
  name: "ExaBGP",
  version: async () => /ExaBGP : (\S+)/.exec(await outputOf("exabgp", "--version"))?.[1] ?? "",
  lacks: {
    "graceful restart": noTable,
    "TTL security": noTtlSecurity,
    unnumbered: refusedConfiguration(
      ["exabgp", "--validate"],
      "neighbor eth0 {\n  local-as 65001;\n}\n",
      /"eth0" is an invalid IP address/,
    ),
    "a kernel's table": noKernelTable,
    "shutdown text": noShutdownText,
    "reading a shutdown text": noShutdownTextRead,
    bfd: noBfd,
    "bfd off on purpose": noBfd,
  },
  create,
}
