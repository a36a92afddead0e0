import { randomUUID } from "node:crypto"
import { alwaysLeading, type Leadership } from "./leadership.ts"
import type { Environment } from "./ports/kube/in-cluster.ts"
import { type LeaseEdges, leaseLeadership } from "./ports/kube/lease.ts"

/** The Lease of all controllers of one installation. */
export const leaseName = "metallb-controller"

/** UID of the own pod; undefined where the program runs by hand. */
export const podUid = (env: Environment): string | undefined => env["METALLB_POD_UID"] || undefined

/** Which of the controllers writes: the one that holds the Lease, or this one alone where election is off. */
export const leadershipOf = (
  edges: LeaseEdges,
  options: { readonly leaderElect: boolean; readonly namespace: string; readonly podName: string },
  env: Environment,
): Leadership => {
  const { leaderElect, namespace, podName } = options
  if (!leaderElect) return alwaysLeading()
  const identity = { name: podName, instance: podUid(env) ?? randomUUID() }
  return leaseLeadership(edges, { namespace, name: leaseName, identity })
}
