import { parseAddress } from "../../agent/core/ip/parse.ts"
import type { Announced, Snapshot } from "../../agent/core/snapshot.ts"
import { whyAddress } from "../../agent/core/why/address.ts"
import type { AddressReport, AnnouncementReport, WhyReport } from "../../agent/core/why/report.ts"
import { whyService } from "../../agent/core/why/service.ts"
import type { Call, Command } from "../cli/command.ts"
import { type ExitCode, exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { snapshotFlag } from "../cli/flags.ts"
import { nearest } from "../cli/nearest.ts"
import { readAnnounced } from "../cluster/announced.ts"
import { withCompany } from "../cluster/company.ts"
import { coreTools } from "../cluster/core-tools.ts"
import type { Json } from "../cluster/json.ts"
import { askNode, type NodeWords } from "../cluster/node-word.ts"
import { type Reading, withReading } from "../cluster/reading.ts"
import { wordText } from "../view/node-word.ts"
import { whyNodeText, whyPoolText, whyText } from "../view/why.ts"
import { addressText } from "../view/why-address.ts"

export const whyIp: Command = {
  name: "why-ip",
  summary: "Say why a service has its address and node, or why not",
  description:
    "Runs the agents' own decision on the cluster as it is now, and shows every pool and node with the reason why it was chosen or turned down, and what to do. Asked for an address, it says who holds it.",
  arguments: ["SERVICE|ADDRESS"],
  flags: [
    { name: "node", kind: "text", value: "NAME", summary: 'Only answer "why not this node?"' },
    { name: "pool", kind: "text", value: "NAME", summary: 'Only answer "why not this pool?"' },
    snapshotFlag,
  ],
  examples: [
    {
      does: "Why does service web in namespace shop have its address, or none?",
      line: "kubectl metallb why-ip web -n shop",
    },
    { does: "Why does node n3 not announce it?", line: "kubectl metallb why-ip shop/web --node n3" },
    { does: "Who has this address?", line: "kubectl metallb why-ip 192.168.1.11" },
  ],
  exits: ["ok", "no", "usage", "unknown"],
  changes: false,
  run: call =>
    withReading(call, async reading => {
      const [subject = ""] = call.arguments
      if (parseAddress(subject) !== undefined) return answerAddress(call, reading, subject)
      return answerService(call, reading, subject)
    }),
}

const answerAddress = async (call: Call, reading: Reading, address: string): Promise<ExitCode> => {
  const { snapshot } = await settled(reading, now =>
    whyAddress(now, address, coreTools).services.flatMap(service => service.announcements),
  )
  const report = whyAddress(snapshot, address, coreTools)
  await show(call, "AddressReport", report, () =>
    addressText(report, { style: call.output.style, wide: call.output.format === "wide" }),
  )
  return { held: exitCodes.ok, free: exitCodes.no, outside: exitCodes.no, unknown: exitCodes.unknown }[report.state]
}

const answerService = async (call: Call, reading: Reading, subject: string): Promise<ExitCode> => {
  const { snapshot } = reading
  const key = serviceKey(subject, reading.namespace)
  const isUnread = snapshot.unread.some(({ what }) => what === "services")
  if (!isUnread && !snapshot.services.some(one => `${one.namespace}/${one.name}` === key)) throw notFound(key, snapshot)
  const asked = await settled(reading, now => whyService(now, key, coreTools).announcements)
  const report = whyService(asked.snapshot, key, coreTools)
  const options = { style: call.output.style, wide: call.output.format === "wide" }
  const node = call.flags.text("node")
  const pool = call.flags.text("pool")
  if (node !== undefined) return answerNode(call, asked, report, node, whyNodeText(report, node, options))
  if (pool !== undefined)
    return answerPart(call, report, whyPoolText(report, pool, options), poolExit(report, pool), `pool "${pool}"`)
  await show(call, "WhyReport", report, () => whyText(report, options))
  await compareWithSpeakers(call, asked, report)
  return exitOf(report)
}

/** With what the speakers say of each other, where they announce something on a link. */
const settled = async (
  reading: Reading,
  announcementsIn: (snapshot: Snapshot) => readonly AnnouncementReport[],
): Promise<Reading> => {
  const { api, snapshot } = reading
  const addresses = announcementsIn(snapshot).flatMap(announcement => announcement.addresses)
  if (api === undefined || addresses.length === 0) return reading
  const asking = (now: Snapshot) => announcementsIn(now).flatMap(({ owner }) => owner?.node ?? [])
  return { ...reading, snapshot: await withCompany(api, snapshot, { addresses, asking }) }
}

/** "web" in the user's namespace, "shop/web" and "service/web" as kubectl writes them. */
const serviceKey = (subject: string, namespace: string): string => {
  const [first = "", second] = subject.split("/")
  if (second === undefined) return `${namespace}/${first}`
  return ["service", "services", "svc"].includes(first) ? `${namespace}/${second}` : `${first}/${second}`
}

/** The decision about one node, and what its speaker says of it. */
const answerNode = async (
  call: Call,
  { api, snapshot }: Reading,
  report: WhyReport,
  node: string,
  text: string | undefined,
): Promise<ExitCode> => {
  const isThere = text !== undefined && api !== undefined && report.addresses.length > 0
  const said = isThere ? await askNode(api, snapshot, node, report.addresses) : undefined
  const whole =
    text === undefined || said === undefined
      ? text
      : [text, ...said.words.map(one => wordText(one, snapshot.readAt))].join("\n")
  const exit = await answerPart(call, report, whole, nodeExit(report, node), `node "${node}"`, {
    ...(said === undefined ? {} : { speaker: said }),
  })
  if (said?.unknown !== undefined)
    call.output.note(`warning: the speaker of ${node} was not asked what it sees: ${said.unknown}`)
  return exit
}

const answerPart = async (
  call: Call,
  report: WhyReport,
  text: string | undefined,
  exit: ExitCode,
  what: string,
  more: { readonly speaker?: NodeWords } = {},
): Promise<ExitCode> => {
  if (text === undefined)
    throw new Failure(exitCodes.no, {
      message: `${what} plays no part in the decision about ${report.service}`,
      fix: `kubectl metallb why-ip ${report.service} shows what does`,
    })
  await show(call, "WhyReport", { ...report, ...more }, () => text)
  return exit
}

const nodeExit = (report: WhyReport, node: string): ExitCode =>
  report.announcements.some(({ owner }) => owner?.node === node) ||
  report.bgp?.nodes.some(row => row.node === node && row.verdict === "chosen") === true
    ? exitCodes.ok
    : exitCodes.no

const poolExit = (report: WhyReport, pool: string): ExitCode =>
  report.pools.some(row => row.pool === pool && row.verdict === "chosen") ? exitCodes.ok : exitCodes.no

const exitOf = (report: WhyReport): ExitCode => {
  if (report.state === "unknown" || report.unknown.length > 0) return exitCodes.unknown
  const isFine =
    report.state === "assigned" &&
    report.announcements.every(({ owner }) => owner !== undefined) &&
    report.bgp?.advertised !== false
  return isFine ? exitCodes.ok : exitCodes.no
}

/** The speakers' own word may differ from what is computed here: the two look at different moments. Both are shown. */
const compareWithSpeakers = async (call: Call, { api, snapshot }: Reading, report: WhyReport): Promise<void> => {
  const { bgp } = report
  if (api !== undefined && bgp !== undefined) {
    const should = bgp.nodes.flatMap(({ node, verdict }) => (verdict === "chosen" ? [node] : []))
    const says = snapshot.advertised?.flatMap(({ node, service }) => (service === report.service ? [node] : []))
    const odd = says?.filter(node => !should.includes(node)) ?? []
    const silent = says === undefined ? [] : should.filter(node => !says.includes(node))
    if (odd.length > 0)
      call.output.note(
        `warning: ${odd.join(", ")} says that it tells routers of ${report.service}, by this reading it should not`,
      )
    if (silent.length > 0)
      call.output.note(
        `warning: ${silent.join(", ")} does not say that it tells routers of ${report.service}, by this reading it should`,
      )
  }
  const owners = report.announcements.flatMap(({ owner }) => (owner === undefined ? [] : [owner.node]))
  if (api === undefined || owners.length === 0) return
  const [namespace = "", name = ""] = report.service.split("/")
  const said: readonly Announced[] =
    (await readAnnounced(api, snapshot.installNamespace, { service: { namespace, name } })) ?? []
  const others = said.map(({ node }) => node).filter(node => !owners.includes(node))
  if (others.length > 0)
    call.output.note(
      `warning: ${others.join(", ")} says that it announces ${report.service}, by this reading ${owners.join(", ")} should`,
    )
}

const show = async (call: Call, kind: string, report: WhyReport | AddressReport, text: () => string): Promise<void> => {
  const { output } = call
  if (output.format === "json" || output.format === "yaml")
    await output.document({ apiVersion: "cli.metallb.io/v1", kind, ...(report as unknown as { [key: string]: Json }) })
  else if (output.format === "name") output.print(names(report).join("\n"))
  else output.print(text())
}

const names = (report: WhyReport | AddressReport): readonly string[] =>
  "holders" in report ? report.holders.map(({ service }) => `service/${service}`) : [`service/${report.service}`]

const notFound = (key: string, { services }: Snapshot): Failure => {
  const [namespace = "", name = ""] = key.split("/")
  const keys = services.map(service => `${service.namespace}/${service.name}`)
  const elsewhere = keys.find(other => other.endsWith(`/${name}`))
  const near = elsewhere ?? nearest(key, keys)
  return new Failure(exitCodes.no, {
    message: `Error from server (NotFound): services "${name}" not found`,
    from: "server",
    where: `namespace ${namespace}`,
    ...(near === undefined ? {} : { fix: `kubectl metallb why-ip ${near}` }),
  })
}
