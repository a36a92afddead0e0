import type { Reason } from "./reason.ts"

/** Reasons about speakers that answer in the name of one that is away (ML390 to ML399). */
export const standInReasons = {
  ML390: {
    title: "Stands in for a speaker that is away",
    short: "stands in for {node}",
    meaning:
      "The speaker of {node} is gone, hung or restarting, and its node still forwards: this one answers with that node's MAC until it is back, so no connection moves.",
    fix: "",
  },
  ML391: {
    title: "Left to a stand-in",
    short: "{to} stands in for it",
    meaning:
      "This speaker ends while its node stays. The address stays with the node, and another speaker answers in its name.",
    fix: "",
  },
  ML392: {
    title: "Another speaker stands in",
    short: "{node} stands in for the owner",
    meaning: "The owner's speaker is away and its node still forwards, so nothing is taken from it.",
    fix: "",
  },
  ML393: {
    title: "Back with its own address",
    short: "back, {from} stood in for it",
    meaning: "The speaker is there again and answers for what its node had all the time.",
    fix: "",
  },
  ML394: {
    title: "Stood in until the speaker was back",
    short: "{node} is back",
    meaning: "The owner answers for itself again; no traffic moved meanwhile.",
    fix: "",
  },
  ML395: {
    title: "Taken over from a speaker that did not come back",
    short: "taken over from {from}, whose speaker did not come back",
    meaning:
      "Another speaker stood in for it for 30 s. The node still forwards, and nobody there tells whether it should.",
    fix: "kubectl get pods -n metallb-system -l component=speaker -o wide, and kubectl logs --previous of the one on {from}",
  },
} as const satisfies Record<string, Reason>
