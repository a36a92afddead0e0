import type { BgpPeer } from "../../agent/core/config/bgp/model.ts"
import { configInputOf } from "../../agent/core/config/from-snapshot.ts"
import { judgeConfig } from "../../agent/core/config/judge.ts"
import type { ConfigVerdict } from "../../agent/core/config/model.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { snapshotFlag } from "../cli/flags.ts"
import { nearest } from "../cli/nearest.ts"
import { readPassword } from "../cluster/bgp-passwords.ts"
import { withBgp } from "../cluster/import-source.ts"
import { type Reading, withReading } from "../cluster/reading.ts"
import { type LeftNode, routerSideOf } from "../cluster/router-side.ts"
import { parseYaml } from "../cluster/yaml.ts"
import { isRouterKind, type RouterKindName, routerKindNames, routerKinds } from "../view/router-config/kinds.ts"
import { acceptedOf, type RouterSide } from "../view/router-config/side.ts"
import { choosePeers, chooseRouterAsn } from "./router-config-peers.ts"

export const routerConfig: Command = {
  name: "router-config",
  summary: "Write what a router needs to take the cluster's BGP sessions",
  description:
    "Writes the other side's configuration for the cluster's BGP peers: one neighbour for each node, filters that take what the pools hold and nothing else, BFD and timers as the peers have them. NAME is a BGPPeer, and may be left out where there is one; several names are one router, such as its IPv4 and its IPv6 address. Changes nothing.",
  arguments: [routerKindNames.join("|"), "[NAME]..."],
  flags: [
    {
      name: "asn",
      kind: "text",
      value: "N",
      summary: "AS of the router, where the peer takes any (dynamicASN: external)",
    },
    {
      name: "port",
      kind: "texts",
      value: "NODE=PORT",
      summary: "Router's interface to a node, for peers by interface; repeatable",
    },
    { name: "show-password", kind: "switch", summary: "Write the passwords in the place of a name for them" },
    snapshotFlag,
  ],
  examples: [
    { does: "Configuration of FRR for the only peer", line: "kubectl metallb router-config frr" },
    {
      does: "Of a MikroTik router for the peer tor-a, with its password",
      line: "kubectl metallb router-config routeros tor-a --show-password",
    },
    { does: "One router that is two peers", line: "kubectl metallb router-config bird tor-a tor-a-v6 > bird.conf" },
    { does: "Read neighbours and prefixes in a script", line: "kubectl metallb router-config frr tor-a -o json" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: false,
  run: call => {
    const [kind = "", ...names] = call.arguments
    if (!isRouterKind(kind)) throw unknownKind(kind)
    return withReading(call, reading => writeConfig(call, reading, kind, names))
  },
}

const writeConfig = async (
  call: Call,
  reading: Reading,
  kind: RouterKindName,
  names: readonly string[],
): Promise<ExitCode> => {
  const { output } = call
  const { snapshot } = reading
  const verdict = await judge(reading)
  const peers = choosePeers(verdict, names, kind)
  const asn = chooseRouterAsn(call.flags.text("asn"), peers, kind)
  const passwords = await passwordsOf(call, reading, kind, peers)
  const { side, left } = routerSideOf(peers, verdict.config, snapshot.nodes, {
    asn,
    interfaces: portsOf(call, kind),
    passwordOf: peer => passwords.get(peer.name) ?? placeholder(peer),
  })
  if (side.groups.every(({ members }) => members.length === 0)) throw noNode(peers, left)
  const config = routerKinds[kind].write(side)
  if (output.format === "json" || output.format === "yaml") await output.document(documentOf(kind, side, left, config))
  else if (output.format === "name") output.print(peers.map(({ name }) => `bgppeer/${name}`).join("\n"))
  else output.print(config.trimEnd())
  for (const note of notesOf(side, left, passwords.size > 0)) output.note(note)
  return exitCodes.ok
}

/** The configuration as the agents judge it. Throws a Failure (exit 4) where peers, pools or nodes could not be read. */
const judge = async ({ snapshot, api }: Reading): Promise<ConfigVerdict> => {
  const input = configInputOf(snapshot)
  const whole = api === undefined ? { input, unread: [] } : await withBgp(api, input)
  const unread = [
    ...snapshot.unread.filter(({ what }) => decisive.includes(what)).map(({ what, why }) => `${what}: ${why}`),
    // Without Secrets the references to them are believed.
    ...whole.unread.filter(line => !line.startsWith("secrets:")),
    ...(whole.input.bgpPeers === undefined ? ["bgppeers: the saved cluster has none"] : []),
  ]
  if (unread.length > 0)
    throw new Failure(
      exitCodes.unknown,
      ...unread.map(what => ({ message: `cannot tell what the router needs: ${what}`, code: "ML630" as const })),
    )
  return judgeConfig(whole.input, parseYaml)
}

const decisive: readonly string[] = ["nodes", "pools", "legacyConfig", "namespaces"]

/** --port NODE=PORT. Interfaces as Linux and routers name them. */
const portsOf = ({ flags }: Call, kind: RouterKindName): ReadonlyMap<string, string> =>
  new Map(
    flags.texts("port").map(text => {
      const [, node, name] = /^([^=\s]+)=([\w.@/:-]{1,64})$/.exec(text) ?? []
      if (node === undefined || name === undefined)
        throw new Failure(exitCodes.usage, {
          message: `--port does not know "${text}"`,
          where: `--port=${text}`,
          fix: `kubectl metallb router-config ${kind} --port node-a=swp1`,
        })
      return [node, name] as const
    }),
  )

const placeholder = ({ name }: BgpPeer): string => `PASSWORD-OF-${name}`

/** The passwords by peer, where they were asked for. Throws a Failure where one cannot be had, or not be written. */
const passwordsOf = async (
  call: Call,
  { api, snapshot }: Reading,
  kind: RouterKindName,
  peers: readonly BgpPeer[],
): Promise<ReadonlyMap<string, string>> => {
  const passwords = new Map<string, string>()
  if (!call.flags.on("show-password")) return passwords
  for (const peer of peers.filter(({ password }) => password.from !== "nothing")) {
    const fault = (why: string) =>
      new Failure(exitCodes.unknown, {
        message: `the password of BGPPeer ${peer.name} cannot be written: ${why}`,
        fix: `kubectl metallb router-config ${kind} ${peer.name} writes ${placeholder(peer)} in its place`,
      })
    if (api === undefined) throw fault("a saved cluster carries no passwords")
    const read = await readPassword(api, snapshot.installNamespace, snapshot.legacyConfig, peer)
    if ("why" in read) throw fault(read.why)
    if (routerKinds[kind].forbidden.test(read.text)) throw fault(`it has a character that ${kind} has no way to write`)
    passwords.set(peer.name, read.text)
  }
  return passwords
}

const noNode = (peers: readonly BgpPeer[], left: readonly LeftNode[]): Failure =>
  new Failure(
    exitCodes.no,
    ...peers.map(({ name }) => {
      const own = left.filter(({ peer }) => peer === name)
      return own.length === 0
        ? {
            message: `no node is selected by BGPPeer ${name}`,
            fix: "compare its nodeSelectors with kubectl get nodes --show-labels",
          }
        : {
            message: `no node can be a neighbour for BGPPeer ${name}: ${own.map(({ node, why }) => `${node}: ${why}`).join("; ")}`,
          }
    }),
  )

const notesOf = (side: RouterSide, left: readonly LeftNode[], passwordsShown: boolean): readonly string[] => [
  ...left.map(({ peer, node, why }) => `warning: node ${node} is left out of ${peer}: ${why}`),
  ...side.groups.flatMap(group => [
    ...group.families
      .filter(family => acceptedOf(group, family).length === 0)
      .map(
        family =>
          `warning: no BGPAdvertisement announces ${family} addresses to ${group.peer}, so the router takes none`,
      ),
    ...(group.members.some(member => "interface" in member && member.interface.startsWith("PORT-TO-"))
      ? ["warning: replace PORT-TO-… by the router's interfaces, or say them with --port NODE=PORT"]
      : []),
    ...(group.password !== undefined && !passwordsShown
      ? [`warning: ${group.password} stands for the password of ${group.peer}; --show-password writes it`]
      : []),
  ]),
]

const documentOf = (kind: RouterKindName, side: RouterSide, left: readonly LeftNode[], config: string) => ({
  apiVersion: "cli.metallb.io/v1",
  kind: "RouterConfig",
  router: kind,
  asn: side.asn,
  sessions: side.groups.map(group => ({ ...group, bfd: group.bfd === undefined ? undefined : { ...group.bfd } })),
  leftOut: left,
  config,
})

const unknownKind = (kind: string): Failure => {
  const near = nearest(kind, routerKindNames)
  return new Failure(exitCodes.usage, {
    message: `router-config does not know routers of kind "${kind}"`,
    fix: near === undefined ? `one of ${routerKindNames.join(", ")}` : `kubectl metallb router-config ${near}`,
    usageOf: "kubectl metallb router-config",
  })
}
