import type { Reason } from "./reason.ts"

/** Reasons about who answers for an address now (ML360 to ML379). */
export const ownershipReasons = {
  ML360: {
    title: "First in the order",
    short: "first in the order",
    meaning: "Nobody owned the address.",
    fix: "",
  },
  ML361: {
    title: "Taken over from a node that is gone",
    short: "taken over from {from}",
    meaning: "The owner answers no more, and this node is the next in the order.",
    fix: "",
  },
  ML362: {
    title: "Taken over from an owner that hands over",
    short: "handed over by {from}",
    meaning: "The owner may not or will not announce any longer; this node spoke before it stopped.",
    fix: "",
  },
  ML363: {
    title: "Failed back",
    short: "failed back from {from}",
    meaning: "This node comes first in the order again, and the failback policy allows the move.",
    fix: "",
  },
  ML364: {
    title: "Yielded to the better owner",
    short: "yielded to {to}",
    meaning: "Another node announces the address too and comes first in the order.",
    fix: "",
  },
  ML365: {
    title: "Handed over",
    short: "handed over to {to}",
    meaning: "The next owner has spoken, so this node stopped.",
    fix: "",
  },
  ML366: {
    title: "Not wanted any more",
    short: "not wanted any more",
    meaning: "The service or its address is gone, or no node may announce it.",
    fix: "",
  },
  ML367: {
    title: "Link lost",
    short: "{link} is down",
    meaning: "The interface is down, without carrier or gone.",
    fix: "look at the cable and the switch port of this node",
  },
  ML368: {
    title: "Silent while it learns",
    short: "learns who owns the address",
    meaning:
      "The speaker just started, its link came up, or its loop stood still: another may have taken over meanwhile.",
    fix: "",
  },
  ML369: {
    title: "Another took over meanwhile",
    short: "{to} took over meanwhile",
    meaning: "While this speaker stood still another one took the address and keeps it.",
    fix: "",
  },
  ML370: {
    title: "Another node owns it",
    short: "{owner} owns it",
    meaning: "A living owner is left alone.",
    fix: "",
  },
  ML371: {
    title: "Waits for a better successor",
    short: "{ahead} come first in the order",
    meaning: "The next in the order takes over; this node follows if none of them does.",
    fix: "",
  },
  ML372: {
    title: "Hears nobody on the link",
    short: "nobody is heard on {link}",
    meaning: "A speaker that hears nothing on a link takes nothing there.",
    fix: "look at the cable and the switch port of this node",
  },
  ML373: {
    title: "Another machine claims the address",
    short: "{mac} claims {address}",
    meaning: "A machine that is no speaker of this cluster sends ARP or neighbour advertisements for the address.",
    fix: "find {mac} on the switch and give it another address, or take {address} out of the pool",
    see: "RFC 5227 section 2.4",
  },
  ML374: {
    title: "Failback waits",
    short: "{owner} keeps it for now",
    meaning:
      "This node comes first in the order, and the failback policy, or an API server that is away, holds the move back.",
    fix: "kubectl metallb status shows the failback policy",
  },
  ML375: {
    title: "Kept until the next owner speaks",
    short: "kept until the next owner speaks",
    meaning: "This node may not announce it any longer, and goes on answering until the next one does.",
    fix: "",
  },
  ML376: {
    title: "Nobody took it over",
    short: "nobody took it over",
    meaning: "This node may not announce the address, and no successor spoke in time.",
    fix: "kubectl metallb why-ip {address} names the nodes and why they may not",
  },
  ML377: {
    title: "Announced again",
    short: "announced again: {other} claimed it too",
    meaning: "Another node announced the address and comes later in the order, so the better owner spoke again.",
    fix: "",
  },
  ML378: {
    title: "Not eligible",
    short: "may not announce it",
    meaning: "This node is not among those that may announce the address.",
    fix: "kubectl metallb why-ip {address} says why",
  },
  ML379: {
    title: "Goes on after a pause",
    short: "goes on after a pause",
    meaning: "The speaker stood still or its link was away, and nobody took the address meanwhile.",
    fix: "",
  },
} as const satisfies Record<string, Reason>
