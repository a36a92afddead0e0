import { followConfiguration } from "../configuration.ts"
import { createConfigurationState, ownPod } from "../configuration-state.ts"
import type { AnnounceInput, Placement } from "../core/announce/context.ts"
import { type Announcer, presentOwners } from "../core/announce/present-owners.ts"
import { decodeSpeakerPod } from "../core/kube/decode-node.ts"
import type { Node, ObjectKey, Service, SpeakerPod } from "../core/model.ts"
import type { Edges } from "../edges.ts"
import type { KeptFile } from "../ports/kept-file.ts"
import { createReflector } from "../ports/kube/reflector.ts"
import { paths } from "../ports/kube/resources.ts"
import { nodes as allNodes, announcedServices, endpointSlices, speakerPods } from "../ports/kube/sources.ts"
import { textOf } from "../ports/log.ts"
import { createKeptCluster } from "./kept-cluster.ts"

const askMost = 1_000

/** MetalLB's, and ours. */
export const speakerLabels = "app=metallb,component=speaker"

export type ClusterOptions = {
  readonly namespace: string
  readonly podName: string
  readonly nodeName: string
  readonly lbClass: string
  readonly ignoreExcludeLb: boolean
  /** --placement; "hash" where it is left out. */
  readonly placement?: Placement
  /** The selector of the speakers' pods. */
  readonly speakerLabels?: string
  /** Where what was read is kept for the next container of this pod; undefined: nowhere. */
  readonly kept?: KeptFile | undefined
  /** undefined where the program runs by hand. */
  readonly podUid?: string | undefined
}

/** The cluster as a speaker reads it. */
export type ClusterView = {
  /** What is not read yet: until all of it is, nothing is known. */
  readonly unread: () => readonly string[]
  /** What decides who announces; undefined while something is unread, unless the container before this one kept what it read. */
  readonly input: () => AnnounceInput | undefined
  readonly service: (key: ObjectKey) => Service | undefined
  /** The own pod; undefined where it is not known. */
  readonly ownPod: () => SpeakerPod | undefined
  /** The same as the API has it now, and not as the watch told it last; undefined where it does not say so within a second. */
  readonly askOwnPod: () => Promise<SpeakerPod | undefined>
  readonly ownNode: () => Node | undefined
  /** uid of a configuration object ("bgppeer/router"); "" where it is gone. */
  readonly uidOf: (object: string) => string
  /** The API server does not answer. */
  readonly away: () => boolean
  readonly run: (signal: AbortSignal) => Promise<unknown>
  readonly stop: () => void
}

/**
 * Follows what decides who announces, and judges the configuration; `onChange` whenever some of it is another than before. `announcers`:
 * what a balanced placement goes out from; until it is known nothing is decided.
 */
export const followCluster = (
  edges: Edges,
  options: ClusterOptions,
  announcers: () => readonly Announcer[] | undefined,
  onChange: () => void,
): ClusterView => {
  const { namespace, nodeName, podName } = options
  const services = createReflector(announcedServices, edges, onChange)
  const slices = createReflector(endpointSlices, edges, keys => {
    const first = services.size() === 0 || keys.size === 0
    if (first || [...keys].some(key => concernsUs(key))) onChange()
  })
  /** A slice that is gone may have been of any service. */
  const concernsUs = (key: string) => {
    const slice = slices.get(key)
    return slice === undefined || services.get(slice.service) !== undefined
  }
  const kept = createKeptCluster({ ...edges, log: edges.log.from("speaker") }, options.kept, onChange)
  const nodesChanged = () => configuration.nodesChanged()
  const nodes = createReflector(
    allNodes,
    edges,
    () => {
      nodesChanged()
      onChange()
    },
    nodesChanged,
  )
  const pods = createReflector(speakerPods(namespace, options.speakerLabels ?? speakerLabels), edges, onChange)
  const state = createConfigurationState(edges, {
    namespace,
    component: { kind: "speaker", node: nodeName },
    pod: ownPod(podName, options.podUid),
    acting: () => true,
  })
  const configuration = followConfiguration(
    edges,
    { namespace, nodes, node: nodeName, lastGood: kept.config },
    {
      onChange: (_verdict, findings) => {
        state.tell(findings)
        onChange()
      },
      onProblem: () => undefined,
    },
  )
  const followed = [
    ["services", services],
    ["endpoint slices", slices],
    ["nodes", nodes],
    ["speaker pods", pods],
  ] as const
  const isBalanced = options.placement === "balanced"
  const unread = () => [
    ...followed.filter(([, part]) => !part.state().synced).map(([what]) => what),
    ...(isBalanced && announcers() === undefined ? ["ServiceL2Statuses"] : []),
    ...configuration.missing(),
  ]

  return {
    unread,
    input: () => {
      const verdict = configuration.verdict()
      if (verdict === undefined || unread().length > 0) return kept.input()
      const read = (): AnnounceInput => ({
        verdict,
        services: [...services.values()],
        endpointSlices: [...slices.values()],
        nodes: [...nodes.values()],
        // Run by hand, without the DaemonSet: then every node counts as having a speaker.
        speakers: pods.size() === 0 ? "assumed" : [...pods.values()],
        installNamespace: namespace,
        loadBalancerClass: options.lbClass,
        ignoreExcludeLB: options.ignoreExcludeLb,
        ...(isBalanced ? { placement: "balanced", present: presentOwners(services.values(), announcers() ?? []) } : {}),
      })
      kept.keep(read)
      return read()
    },
    service: services.get,
    ownPod: () => pods.get(`${namespace}/${podName}`),
    askOwnPod: async () => {
      try {
        const path = `${paths.pods(namespace)}/${podName}`
        const decoded = decodeSpeakerPod(await edges.client.send({ method: "GET", path, timeout: askMost }))
        return decoded.ok ? decoded.value : undefined
      } catch (error) {
        edges.log.from("speaker").info("the API does not say whether this pod is deleted", { error: textOf(error) })
        return undefined
      }
    },
    ownNode: () => nodes.get(nodeName),
    uidOf: configuration.uidOf,
    away: () => services.state().staleSince !== undefined,
    run: signal =>
      Promise.all([...followed.map(([, part]) => part.run(signal)), configuration.run(signal), state.run(signal)]),
    stop: () => {
      kept.stop()
      state.stop()
    },
  }
}
