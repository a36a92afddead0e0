import type { Reason } from "./reason.ts"

/** Reasons about nodes that are drained (ML388 and ML389). */
export const drainReasons = {
  ML388: {
    title: "Node is drained",
    short: "node is drained",
    meaning:
      "It carries the annotation metallb.io/drain: somebody asked that it announces nothing, and others took over what it had. Pods and their traffic are not touched.",
    fix: "kubectl metallb undrain {node}",
  },
  ML389: {
    title: "Addresses would be left to nobody",
    short: "{count} of the addresses of {node} would be announced by nobody: {addresses}",
    meaning:
      "No other node may announce them: often the only ready endpoint of a service with externalTrafficPolicy Local runs there, or an advertisement selects no other node.",
    fix: "kubectl metallb drain {node} --dry-run says why for each; --force drains it all the same",
  },
} as const satisfies Record<string, Reason>
