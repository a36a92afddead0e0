import { existsSync } from "node:fs"
import { hostname } from "node:os"
import { dirname, join } from "node:path"
import { startController } from "./controller/controller.ts"
import { makeMemberSecret } from "./controller/member-secret.ts"
import { rememberingHashes } from "./core/remembered-hash.ts"
import type { ParseYaml } from "./core/yaml/tree.ts"
import type { Edges, Running } from "./edges.ts"
import type { Options } from "./flags.ts"
import { leadershipOf, podUid } from "./leader-election.ts"
import type { Leadership } from "./leadership.ts"
import { listen } from "./listen.ts"
import { companyOptions, nativeCompany } from "./member-list.ts"
import { type Addon, hasAddon, loadAddon } from "./native/addon.ts"
import { raiseCapabilities } from "./ports/capabilities.ts"
import { pause, realClock } from "./ports/clock.ts"
import { nodeCrypto } from "./ports/crypto.ts"
import { nativeEchoSockets } from "./ports/echo-native.ts"
import { nativeInterfaces } from "./ports/interfaces-native.ts"
import { type KeptFile, keptFile } from "./ports/kept-file.ts"
import type { Access } from "./ports/kube/access.ts"
import { createClient } from "./ports/kube/client.ts"
import { type Environment, inClusterAccess, isInCluster, podNamespace } from "./ports/kube/in-cluster.ts"
import { kubeconfigAccess, kubeconfigFiles } from "./ports/kube/kubeconfig.ts"
import { createTransport } from "./ports/kube/transport.ts"
import { type LineWriter, lineWriter } from "./ports/line-writer.ts"
import { createLog, type Log, textOf } from "./ports/log.ts"
import { membershipCrypto } from "./ports/membership-crypto.ts"
import { heapSize, settleMemory } from "./ports/memory.ts"
import { createMetrics } from "./ports/metrics.ts"
import { nativeMulticastGroups } from "./ports/multicast-groups-native.ts"
import { nativePacketSockets } from "./ports/packet-socket-native.ts"
import { watchProcess } from "./ports/process-metrics.ts"
import { type QueryServer, serveQuestions } from "./ports/query-socket.ts"
import { realRandom } from "./ports/random.ts"
import { speakerLabels } from "./speaker/cluster.ts"
import { readExcluded } from "./speaker/excluded-interfaces.ts"
import { startSpeaker } from "./speaker/speaker.ts"
import { version } from "./version.ts"

/** A program that runs; `stop` ends it within 2 s. */
export type Agent = { readonly stop: () => Promise<void> }

const parseYaml = async (): Promise<ParseYaml> => (await import("./ports/yaml.ts")).parseYaml

const accessOf = async (options: Options, env: Environment): Promise<Access> => {
  const byHand = options.kubeconfig !== "" || (env["KUBECONFIG"] ?? "") !== ""
  if (!byHand && isInCluster(env)) return inClusterAccess(env, realClock.monotonic)
  return kubeconfigAccess(kubeconfigFiles(options.kubeconfig, env), await parseYaml(), realClock.monotonic)
}

/** Reads the edges and starts the mode that the options name. Rejects with an Error whose message is for people. */
export const runAgent = async (options: Options, env: Environment, log: Log): Promise<Agent> => {
  const namespace = options.namespace || podNamespace() || "metallb-system"
  const podName = options.podName || hostname()
  const metrics = createMetrics()
  watchProcess(metrics, realClock)
  const access = await accessOf(options, env)
  const transport = createTransport(access)
  const requests = metrics.counter("metallb_api_requests_total", "Requests to the Kubernetes API by verb and status.")
  let sent = 0
  const clientWith = (onSent: () => void) =>
    createClient({
      transport,
      clock: realClock,
      userAgent: `kubectl-metallb-agent/${version()} (${options.mode})`,
      onSent: ({ verb, status }) => {
        onSent()
        requests.add({ verb, code: String(status) })
      },
    })
  const client = clientWith(() => sent++)
  // What is sent over and over, whether there is work or not.
  const heartbeats = clientWith(() => undefined)
  const edges: Edges = {
    clock: realClock,
    random: realRandom,
    crypto: rememberingHashes(nodeCrypto),
    log,
    metrics,
    client,
    parseYaml,
  }
  log.info("agent starting", {
    version: version(),
    runtime: `node ${process.version}`,
    mode: options.mode,
    namespace,
    server: access.server.href,
    access: access.origin,
  })
  if (options.unused.length > 0) log.info("flags accepted for compatibility, without effect", { flags: options.unused })

  const addon = options.mode === "speaker" || hasAddon() ? loadAddon() : undefined
  const leadership = () =>
    leadershipOf({ ...edges, client: heartbeats }, { leaderElect: options.leaderElect, namespace, podName }, env)
  let started: Running | undefined
  const missing = () => started?.missing() ?? ["starting"]
  const [servers, mode] = await Promise.all([
    // First of all: a kubelet that finds nobody listening asks again a second later.
    listen(options, missing, { metrics, client: heartbeats, log }, podName),
    startMode(edges, options, namespace, podName, addon, leadership).then(running => {
      started = running
      return running
    }),
  ])
  const answering = await answerQuestions(mode, options.querySocket, log)
  const settling = settleWhenQuiet(mode, addon, () => sent)
  return {
    stop: async () => {
      settling.abort()
      await mode.stop()
      servers.stop()
      answering?.stop()
      transport.close()
    },
  }
}

/** Beside the socket that the speaker is asked on, in a folder that outlives the container, and not the pod. */
const keptBeside = (querySocket: string, name: string): KeptFile | undefined => {
  const folder = dirname(querySocket)
  return querySocket === "" || !existsSync(folder) ? undefined : keptFile(join(folder, name))
}

/** An agent that cannot be asked does its work all the same. */
const answerQuestions = async (mode: Running, path: string, log: Log): Promise<QueryServer | undefined> => {
  if (mode.questions === undefined || path === "" || !existsSync(dirname(path))) return undefined
  try {
    return await serveQuestions(path, mode.questions)
  } catch (error) {
    log.warn("questions are not answered", { error: textOf(error) })
    return undefined
  }
}

/** How often is looked whether there is something to give back, and for how long nothing may have been sent before it is done. */
const quiet = 5_000
/** A collection takes about 20 ms, in which no ARP request is answered: at most one a minute, and only for this much. */
const settleEvery = 60_000
const settleFrom = 3 * 1024 * 1024

/** What the start and every later burst of work leave behind is given back when it is over. */
const settleWhenQuiet = (mode: Running, addon: Addon | undefined, sent: () => number): AbortController => {
  const control = new AbortController()
  const { signal } = control
  const wait = async () => {
    let settled: { readonly at: number; readonly heap: number } | undefined
    while (!signal.aborted) {
      const before = sent()
      await pause(realClock, quiet, signal)
      if (signal.aborted || mode.missing().length > 0 || sent() !== before) continue
      const now = realClock.monotonic()
      const grown = heapSize() - (settled?.heap ?? 0)
      if (grown < settleFrom || now - (settled?.at ?? Number.NEGATIVE_INFINITY) < settleEvery) continue
      settleMemory(addon)
      settled = { at: now, heap: heapSize() }
    }
  }
  void wait()
  return control
}

const startMode = async (
  edges: Edges,
  options: Options,
  namespace: string,
  podName: string,
  addon: Addon | undefined,
  leadership: () => Leadership,
): Promise<Running> => {
  const { lbClass } = options
  const uid = podUid(process.env)
  if (options.mode === "controller")
    return withMemberSecret(
      startController(edges, { namespace, podName, lbClass, leadership: leadership(), podUid: uid }),
      edges,
      { namespace, name: options.memberList.secretName },
    )
  if (addon === undefined) throw new Error("a speaker needs the native addon")
  const { effective } = raiseCapabilities(addon)
  edges.log.info("capabilities", { effective })
  const company = await companyOptions(options.memberList, namespace)
  return startSpeaker(
    {
      ...edges,
      interfaces: nativeInterfaces(addon),
      packetSockets: nativePacketSockets(addon),
      multicastGroups: nativeMulticastGroups(addon),
      echoSockets: nativeEchoSockets(addon),
      history: keptBeside(options.querySocket, "history.json"),
      bgpPorts: async () => (await import("./speaker/bgp/native.ts")).nativeBgpPorts(addon, realClock, realRandom),
      ...(company === undefined ? {} : { company: nativeCompany(addon) }),
    },
    {
      namespace,
      podName,
      nodeName: options.nodeName,
      lbClass,
      speakerLabels: options.memberList.labels || speakerLabels,
      company,
      ignoreExcludeLb: options.ignoreExcludeLb,
      placement: options.placement,
      isExcluded: await readExcluded(parseYaml),
      refreshEvery: 1000 * options.refreshInterval,
      podUid: uid,
      kept: keptBeside(options.querySocket, "cluster.json"),
      bgpListenPort: options.bgpListenPort,
    },
  )
}

/** A controller that also sees to the Secret which the speakers share; a name of "" is none. */
const withMemberSecret = (
  controller: Running,
  edges: Edges,
  secret: { readonly namespace: string; readonly name: string },
): Running => {
  const control = new AbortController()
  if (secret.name !== "") void makeMemberSecret(edges, secret, membershipCrypto.randomBytes, control.signal)
  return {
    missing: controller.missing,
    stop: () => {
      control.abort()
      return controller.stop()
    },
  }
}

/** The log of a process: one line a record, to standard output. `flush`: before the process ends. */
export const processLog = (level: Options["logLevel"]): { readonly log: Log } & Pick<LineWriter, "flush"> => {
  const dropped = (lines: number) => log.warn("lines of this log were left out: nobody read it fast enough", { lines })
  const writer = lineWriter(1, realClock, dropped)
  const log = createLog({ level, clock: realClock, write: writer.write }, "main")
  return { log, flush: writer.flush }
}
