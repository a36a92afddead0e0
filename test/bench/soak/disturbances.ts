import { setTimeout as pass } from "node:timers/promises"
import { type Cluster, installNamespace } from "../../e2e/cluster.ts"
import { speakerProcess } from "../failover/scene.ts"

/** Something that may happen to a cluster, and that is over when it returns. `node` is never the one whose memory is watched. */
export type Disturbance = (cluster: Cluster, node: string) => Promise<void>

const exclusion = "node.kubernetes.io/exclude-from-external-load-balancers"

export const disturbances: Readonly<Record<string, Disturbance>> = {
  kill: async ({ lab }, node) => {
    process.kill(speakerProcess(lab, node), "SIGKILL")
  },
  "new pod": async (cluster, node) => {
    const pod = await cluster.agentPod("speaker", node)
    await cluster.lab.mustKubectl(["-n", installNamespace, "delete", "pod", pod, "--wait=false"])
  },
  pause: async ({ lab }, node) => {
    const pid = speakerProcess(lab, node)
    process.kill(pid, "SIGSTOP")
    try {
      await pass(1500)
    } finally {
      process.kill(pid, "SIGCONT")
    }
  },
  cable: async ({ lab }, node) => {
    await lab.cable("out", node)
    try {
      await pass(2000)
    } finally {
      await lab.cable("in", node)
    }
  },
  loss: async ({ lab }, node) => {
    await lab.loss(node, 10)
    try {
      await pass(3000)
    } finally {
      await lab.loss(node, 0)
    }
  },
  exclude: async ({ lab }, node) => {
    await lab.mustKubectl(["label", "node", node, "--overwrite", `${exclusion}=true`])
    try {
      await pass(1500)
    } finally {
      await lab.mustKubectl(["label", "node", node, `${exclusion}-`])
    }
  },
  "power-off": async ({ lab }, node) => {
    await lab.powerOff(node)
    await lab.boot(node)
  },
  "api-away": async ({ lab }) => {
    await lab.stopApiServer()
    await pass(1000)
    await lab.startApiServer()
  },
  service: async cluster => {
    await cluster.expose({ name: "passing", spec: { externalTrafficPolicy: "Local" } })
    await pass(1000)
    await cluster.kubectl(["delete", "service", "passing", "--wait=false"])
  },
}
