import type { JsonObject } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import type { FakeApi } from "./fake-api.ts"

export const install = "metallb-system"
const image = "ghcr.io/kubectl-metallb/agent:v0.1.0"

/** A pod of an agent as the server would show it. */
export const agentPod = (component: string, nodeName: string, change: JsonObject = {}): JsonObject => ({
  metadata: { namespace: install, name: `${component}-${nodeName}`, labels: { app: "metallb", component } },
  spec: { nodeName, containers: [{ name: component, image, args: ["/app/agent.cjs", `--mode=${component}`] }] },
  status: { conditions: [{ type: "Ready", status: "True" }], containerStatuses: [{ state: { running: {} } }] },
  ...change,
})

/** A container that waits for a reason such as ImagePullBackOff. */
export const waitingFor = (reason: string): JsonObject => ({
  status: {
    conditions: [{ type: "Ready", status: "False" }],
    containerStatuses: [{ state: { waiting: { reason } } }],
  },
})

/** Makes CRDs established as the server does. */
export const establishCrds = (api: FakeApi): void => {
  for (const name of crdNames)
    api.change(kinds.crd, "", `${name}.metallb.io`, {
      status: { conditions: [{ type: "Established", status: "True" }] },
    })
}

const crdNames = [
  "addressreservations",
  "bfdprofiles",
  "bgpadvertisements",
  "bgppeers",
  "communities",
  "configurationstates",
  "ipaddresspools",
  "l2advertisements",
  "servicebgpstatuses",
  "servicel2statuses",
]

/** The controller's pod is ready. */
export const controllerReady = (api: FakeApi): void => {
  api.put(kinds.pod, agentPod("controller", "node-a"))
  api.change(kinds.deployment, install, "controller", {
    status: { observedGeneration: 1, updatedReplicas: 1, readyReplicas: 1 },
  })
}

/** So many of three speakers are ready; the next one is still pulling its image. */
export const speakersReady = (api: FakeApi, ready: number): void => {
  for (const [place, node] of ["node-a", "node-b", "node-c"].entries())
    api.put(kinds.pod, agentPod("speaker", node, place < ready ? {} : waitingFor("ContainerCreating")))
  api.change(kinds.daemonSet, install, "speaker", {
    status: { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: ready },
  })
}
