import type { Reason } from "./reason.ts"

/** Reasons about services that ask for several addresses of a family (ML146 to ML149). */
export const severalReasons = {
  ML146: {
    title: "How many addresses is not a number that is allowed",
    short: 'addresses-per-family is "{value}", allowed are 1 to {most}',
    meaning: "The annotation metallb.io/addresses-per-family takes a whole number from 1 to 8.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/addresses-per-family=2",
  },
  ML147: {
    title: "Pool gives fewer addresses than asked for",
    short: "gives {given} of {asked} {family} addresses",
    meaning:
      "The service asks for several addresses of a family, all of one pool, and this pool has no more. It gets the others as soon as they are free.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST",
  },
  ML148: {
    title: "More addresses requested than addresses-per-family allows",
    short: "{value} is more than {asked} of each family",
    meaning:
      "The annotation loadBalancerIPs may list as many addresses of a family as the annotation addresses-per-family says.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/addresses-per-family=NUMBER",
  },
  ML149: {
    title: "Service has fewer addresses than it asks for",
    short: "{addresses}: {why}",
    meaning: "No pool can give as many addresses of each family as the service asks for, so it has what there is.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST",
  },
} as const satisfies Record<string, Reason>
