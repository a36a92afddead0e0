import type { Reason } from "./reason.ts"

/** Reasons about the speakers among themselves (ML380 to ML387). */
export const membershipReasons = {
  ML380: {
    title: "Speaker declared dead",
    short: "declared dead: answers nobody",
    meaning:
      "Nobody got an answer from it, directly, through others or over TCP, and it did not defend itself in its time. Its addresses go to others.",
    fix: "kubectl get pods -n {namespace} -o wide --field-selector spec.nodeName={node} shows whether it runs",
  },
  ML381: {
    title: "Speaker has another membership key",
    short: "{peer} has another key ({fault})",
    meaning:
      "What it sends is encrypted with a key that this speaker does not have, or not encrypted at all. They do not become members of each other.",
    fix: "kubectl rollout restart daemonset speaker -n {namespace} makes MetalLB's speakers read the Secret memberlist anew; ours follow it",
  },
  ML382: {
    title: "Two addresses for one node name",
    short: "{node} is claimed from another address",
    meaning:
      "A speaker uses the name of a node that lives at another address; the first one keeps it until it has left.",
    fix: "kubectl get pods -n {namespace} -o wide shows two speakers on {node}, or give the nodes different names",
  },
  ML383: {
    title: "Speaker is reached over TCP alone",
    short: "{node} answers over TCP and not over UDP",
    meaning: "It stays a member, but its death would be noticed late: pings use UDP.",
    fix: "allow UDP port 7946 between the nodes in both directions",
  },
  ML384: {
    title: "Membership protocols do not fit",
    short: "{node} speaks a version that not all understand",
    meaning: "Two groups of speakers met whose protocol versions have none in common; they stay apart.",
    fix: "kubectl get pods -n {namespace} -o wide, and bring all speakers to one version",
  },
  ML385: {
    title: "Mixed with speakers of MetalLB",
    short: "mixed: compatibility order",
    meaning:
      "A live speaker without our mark is a member, so all of ours keep MetalLB's order and its slower detection until it has gone.",
    fix: "kubectl get pods -A -l app=metallb,component=speaker -o wide shows which speakers are still MetalLB's",
  },
  ML386: {
    title: "This speaker stood still",
    short: "stood still for {time}",
    meaning: "It could hear nobody meanwhile, so it holds that silence against nobody.",
    fix: "kubectl top node {node}, and look for CPU limits on the speaker",
  },
  ML387: {
    title: "Packet is no membership message",
    short: "{peer} sent what is no message ({fault})",
    meaning: "Something on port 7946 is damaged or comes from another program.",
    fix: "see what sends to UDP or TCP port 7946 from {peer}",
  },
} as const satisfies Record<string, Reason>
