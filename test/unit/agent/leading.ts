import { startController } from "../../../agent/controller/controller.ts"
import { leaseLeadership } from "../../../agent/ports/kube/lease.ts"
import { installNamespace, type World } from "./harness.ts"

/** The collection of Leases. */
export const leases = "coordination.k8s.io/leases"

/** A controller that asks for the Lease. */
export const start = (cluster: World, name: string, instance = `uid-of-${name}`) => {
  const agent = cluster.agent()
  const leadership = leaseLeadership(agent.edges, {
    namespace: installNamespace,
    name: "metallb-controller",
    identity: { name, instance },
  })
  const running = startController(agent.edges, { namespace: installNamespace, podName: name, lbClass: "", leadership })
  return { ...agent, running, leads: () => agent.metric("metallb_controller_leader") === "1" }
}

/** Who has the Lease. */
export const holder = (cluster: World) => {
  const spec = cluster.api.store.get(leases, `${installNamespace}/metallb-controller`)?.["spec"]
  return (spec as { holderIdentity?: string } | undefined)?.holderIdentity
}
