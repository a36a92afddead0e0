/** The measuring part of `npm run bench -- allocate`, in the namespace of its API server. Its last line is the JSON result. */
import { join } from "node:path"
import { realClock } from "../../../agent/ports/clock.ts"
import { createClient, mergePatch } from "../../../agent/ports/kube/client.ts"
import { kubeconfigAccess } from "../../../agent/ports/kube/kubeconfig.ts"
import { createTransport } from "../../../agent/ports/kube/transport.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"
import { pollUntil } from "../../lab/wait.ts"
import { distribution } from "../stats.ts"
import { type Addresses, followAddresses } from "./addresses.ts"
import { between, writesSoFar } from "./api-writes.ts"
import { bareLoop } from "./bare-loop.ts"
import { Controller } from "./controller.ts"
import { create, createServices, inParallel, installNamespace, names, servicesPath } from "./services.ts"
import { workBetween, workSoFar } from "./work.ts"

const [folder = "", many = "10000", only = ""] = process.argv.slice(2)
const burst = 1000
const log = join(folder, "controller.log")
const access = kubeconfigAccess([join(folder, "kubeconfig")], parseYaml, realClock.monotonic)
const client = createClient({ transport: createTransport(access), clock: realClock, userAgent: "bench" })
process.env["KUBECONFIG"] = join(folder, "kubeconfig")
const say = (line: string) => process.stdout.write(`${line}\n`)
const round = (value: number) => Math.round(value * 1000) / 1000

const pools = `/apis/metallb.io/v1beta1/namespaces/${installNamespace}/ipaddresspools`
const pool = (name: string, addresses: readonly string[]) => ({
  apiVersion: "metallb.io/v1beta1",
  kind: "IPAddressPool",
  metadata: { name, namespace: installNamespace },
  spec: { addresses },
})
const removePool = (name: string) => client.send({ method: "DELETE", path: `${pools}/${name}` })

/** Writes that are made for services' sake: without events, and without what the server writes for itself. */
const counted = (writes: Readonly<Record<string, number>>): number =>
  Object.entries(writes)
    .filter(([what]) => !["endpoints", "endpointslices", "events", "leases"].includes(what))
    .reduce((sum, [, count]) => sum + count, 0)

/**
 * A thousand services wait; then a pool comes, and everything that follows is the controller's own work: from that moment
 * until the last address was written, against the bare loop before and after it.
 */
const waitingBurst = async (controller: Controller, addresses: Addresses) => {
  const waiting = names("waiting", 0, burst)
  const work = () => workSoFar(folder, controller)
  const bare = async (prefix: string) => {
    const { seconds, from, to } = await bareLoop(client, prefix, burst, work)
    await controller.quiet()
    return { seconds: round(seconds), work: workBetween(from, to) }
  }
  await createServices(client, waiting)
  // What says so comes two seconds later, and is none of what is measured here.
  await addresses.told(waiting)
  await controller.quiet()
  const before = await bare("bare-a-")
  const writes = await writesSoFar(access)
  const from = work()
  const began = performance.now()
  await create(client, pool("bench", ["10.64.0.0/12"]), pools)
  const seconds = ((await addresses.all(waiting)) - began) / 1000
  const to = work()
  await controller.quiet()
  const written = between(writes, await writesSoFar(access))
  const after = await bare("bare-b-")
  return {
    seconds: round(seconds),
    bareLoopSeconds: [before.seconds, after.seconds],
    ratioToBareLoop: round(seconds / ((before.seconds + after.seconds) / 2)),
    // The pool itself is ours.
    writesPerService: round((counted(written) - 1) / burst),
    writes: written,
    work: workBetween(from, to),
    bareLoopWork: [before.work, after.work],
  }
}

/** A thousand services made as fast as the API server takes them, with the pool there: how long each waits. */
const openBurst = async (addresses: Addresses) => {
  const list = names("open", 0, burst)
  const created = new Map<string, number>()
  const began = performance.now()
  await inParallel(list, 32, async name => {
    await createServices(client, [name])
    created.set(name, performance.now())
  })
  const lastCreate = Math.max(...created.values())
  const last = await addresses.all(list)
  const waits = list.map(name => Math.max(0, (addresses.since(name) ?? Number.NaN) - (created.get(name) ?? 0)))
  const { median, p95, max } = distribution(waits)
  return {
    createSeconds: round((lastCreate - began) / 1000),
    lastAfterLastCreateSeconds: round((last - lastCreate) / 1000),
    waitMs: { median: round(median), p95: round(p95), max: round(max) },
  }
}

/** What one edit costs: another address is asked for, and given. */
const edits = async (controller: Controller, addresses: Addresses, name: string, free: string) => {
  await controller.quiet()
  const waits: number[] = []
  const cpu = controller.cpu
  for (let n = 0; n < 60; n++) {
    const ip = `${free}.${n + 150}`
    const began = performance.now()
    await annotate(name, ip)
    await pollUntil(`${name} has ${ip}`, () => addresses.of(name) === ip, { timeoutMs: 30_000, everyMs: 1 })
    waits.push((addresses.since(name) ?? Number.NaN) - began)
  }
  return { waitMs: round(distribution(waits).median), cpuMs: round((controller.cpu - cpu) / waits.length) }
}

const annotate = (name: string, ip: string) =>
  client.send({
    method: "PATCH",
    path: `${servicesPath}/${name}`,
    contentType: mergePatch,
    body: JSON.stringify({ metadata: { annotations: { "metallb.io/loadBalancerIPs": ip } } }),
  })

const measure = async () => {
  const addresses = await followAddresses(client)
  let controller = await Controller.start(log)
  try {
    await create(client, pool("few", ["10.80.0.0/24"]), pools)
    const few = names("few", 0, 100)
    await createServices(client, few)
    await addresses.all(few)
    const atHundred = await edits(controller, addresses, "few0", "10.80.0")
    await inParallel(few, 16, name => client.send({ method: "DELETE", path: `${servicesPath}/${name}` }))
    await removePool("few")
    say(`an edit at 100 services       ${JSON.stringify(atHundred)}`)
    const waiting = await waitingBurst(controller, addresses)
    say(`${burst} waiting services          ${JSON.stringify(waiting)}`)
    if (only === "waiting") {
      say(JSON.stringify(waiting))
      return
    }
    const open = await openBurst(addresses)
    say(`${burst} new services              ${JSON.stringify(open)}`)
    const total = Number(many)
    const rest = names("many", 0, Math.max(0, total - 2 * burst))
    await createServices(client, rest)
    await addresses.all(rest)
    await controller.quiet()
    const rssAfterBurst = controller.rss
    const atMany = await edits(controller, addresses, "open0", "10.79.255")
    say(`an edit at ${total} services    ${JSON.stringify(atMany)}`)
    await controller.stop()
    controller = await Controller.start(log)
    await controller.quiet()
    const result = {
      ...waiting,
      open,
      services: total,
      restartToReadySeconds: round(controller.readyAfter),
      controllerRssMb: round(Math.max(rssAfterBurst, controller.rss)),
      rssMb: { beforeRestart: round(rssAfterBurst), afterRestart: round(controller.rss) },
      edit: { atHundred, atMany },
    }
    say(`restart to ready ${result.restartToReadySeconds} s, resident ${JSON.stringify(result.rssMb)} MB`)
    say(JSON.stringify(result))
  } finally {
    addresses.stop()
    await controller.stop()
  }
}

await measure()
process.exit(0)
