import { setTimeout as pass } from "node:timers/promises"
import { type Cluster, installNamespace } from "../../e2e/cluster.ts"
import { speakerProcess } from "./scene.ts"

/** What happens to the node that owns the watched address. */
export type Event = {
  readonly what: string
  /** `outage`: what the client's requests saw. `silence`: what a station without an ARP entry saw. `double`: two owners after the resume. */
  readonly measure: "outage" | "silence" | "double"
  /** Makes it happen; returns once it has, and gives the moment from which two owners count where that is not the beginning. */
  readonly hit: (cluster: Cluster, node: string) => Promise<number | undefined>
  /** Whether another node has to own the address before the watching ends. */
  readonly moves: boolean
  /** For so many ms at most a station may be without an answer; what the speakers remember of a longer silence is kept. */
  readonly mostSilence?: number
  readonly heal: (cluster: Cluster, node: string) => Promise<void>
}

const nothing = async () => undefined
const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers"

/** Whoever was killed often is started later and later, so a killed speaker's pod gives way to a new one. */
const newPod = async (cluster: Cluster, node: string) => {
  const pod = await cluster.agentPod("speaker", node)
  await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "pod", pod, "--wait=true", "--timeout=60s"])
}

export const events: Readonly<Record<string, Event>> = {
  "power-off": {
    what: "the owner's node loses its power",
    measure: "outage",
    moves: true,
    hit: async ({ lab }, node) => {
      await lab.powerOff(node)
      return undefined
    },
    heal: ({ lab }, node) => lab.boot(node),
  },
  "speaker-kill": {
    what: "SIGKILL to the owner's speaker; what a client without an ARP entry sees",
    measure: "silence",
    moves: false,
    mostSilence: 200,
    hit: async ({ lab }, node) => {
      const pid = speakerProcess(lab, node)
      process.kill(pid, "SIGKILL")
      await lab.waitFor(`${node} has a new speaker`, () => speakerProcess(lab, node) !== pid, { timeoutMs: 60_000 })
      return undefined
    },
    heal: newPod,
  },
  cable: {
    what: "the owner's cable is pulled",
    measure: "outage",
    moves: true,
    hit: async ({ lab }, node) => {
      await lab.cable("out", node)
      return undefined
    },
    heal: async ({ lab }, node) => {
      await lab.cable("in", node)
      await lab.mustKubectl(["wait", "--for=condition=Ready", `node/${node}`, "--timeout=120s"])
    },
  },
  rollout: {
    what: "rolling restart of all speakers",
    measure: "outage",
    moves: false,
    hit: async ({ lab }) => {
      await lab.mustKubectl(["-n", installNamespace, "rollout", "restart", "daemonset/speaker"])
      await lab.mustKubectl(["-n", installNamespace, "rollout", "status", "daemonset/speaker", "--timeout=300s"])
      return undefined
    },
    heal: nothing,
  },
  drain: {
    what: "kubectl metallb drain of the owner's node",
    measure: "outage",
    moves: true,
    hit: async ({ lab }, node) => {
      await lab.mustKubectl(["metallb", "drain", node, "--yes"])
      return undefined
    },
    heal: async ({ lab }, node) => {
      await lab.mustKubectl(["metallb", "undrain", node, "--yes"])
    },
  },
  exclude: {
    what: `the owner's node gets the label ${exclusion}`,
    measure: "outage",
    moves: true,
    hit: async ({ lab }, node) => {
      await lab.mustKubectl(["label", "node", node, `${exclusion}=true`])
      return undefined
    },
    heal: async ({ lab }, node) => {
      await lab.mustKubectl(["label", "node", node, `${exclusion}-`])
    },
  },
  "api-away": {
    what: "no API server for 60 s",
    measure: "outage",
    moves: false,
    hit: async ({ lab }) => {
      await lab.stopApiServer()
      await pass(60_000)
      await lab.startApiServer()
      return undefined
    },
    heal: nothing,
  },
  pause: {
    what: "SIGSTOP to the owner's speaker for 5 s; how long two answer after its resume",
    measure: "double",
    moves: false,
    hit: async ({ lab }, node) => {
      const pid = speakerProcess(lab, node)
      process.kill(pid, "SIGSTOP")
      try {
        await pass(5000)
      } finally {
        process.kill(pid, "SIGCONT")
      }
      return Date.now()
    },
    heal: nothing,
  },
}
