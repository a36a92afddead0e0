import type { Reason } from "./reason.ts"

/** Reasons about whether another node can still answer (ML350 to ML359). */
export const detectorReasons = {
  ML350: {
    title: "Heartbeats of a node do not arrive",
    short: "heartbeats of {node} do not arrive on {link}, and it lives",
    meaning: "The node answers for its addresses, or another speaker hears it, so nothing moves.",
    fix: "look at UDP port 7946 between the nodes: a firewall, a full queue or a lossy path",
  },
  ML351: {
    title: "Speaker gone",
    short: "{node} answers for itself and not for its VIPs",
    meaning: "The node's kernel answers and its speaker does not: it is stopped, hung or starved of CPU.",
    fix: "kubectl get pods -n metallb-system -l component=speaker -o wide, and kubectl logs of the one on {node}",
  },
  ML352: {
    title: "Node or cable dead",
    short: "neither {node} nor its VIPs answer on {link}",
    meaning:
      "Others are heard on the link and this node is not: it is powered off, or its cable, port or driver failed.",
    fix: "kubectl get node {node}, and look at the switch port",
  },
  ML353: {
    title: "This speaker is cut off",
    short: "nobody is heard on {link}",
    meaning: "A speaker that hears nothing cannot tell who is alive, so it takes nothing over.",
    fix: "look at the cable and the switch port of this node",
  },
  ML354: {
    title: "Speaker's process gone",
    short: "{node} refuses the connection",
    meaning: "The node's kernel says that nobody listens any more: the speaker was killed or crashed.",
    fix: "kubectl get pods -n metallb-system -l component=speaker -o wide, and kubectl logs --previous of the one on {node}",
  },
  ML356: {
    title: "Node heard again",
    short: "{node} is heard again on {link}",
    meaning: "Heartbeats returned, or another speaker hears it.",
    fix: "",
  },
  ML357: {
    title: "Node gone, as others say",
    short: "others say that {node} is gone",
    meaning: "Told by a watcher or by the membership; this speaker is not next in order and has not looked for itself.",
    fix: "kubectl get node {node}",
  },
} as const satisfies Record<string, Reason>
