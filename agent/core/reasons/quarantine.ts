import type { Reason } from "./reason.ts"

/** Reasons about addresses that are withheld from a pool (ML170 to ML199). */
export const quarantineReasons = {
  ML170: {
    title: "Address is quarantined",
    short: "{address} is quarantined until {until}: {mac} answers for it",
    meaning:
      "Another machine answered for the address before it was announced for the first time, so no service is given it unless it asks for it. When the time is over it is tried again; each time that somebody answers the next quarantine is twice as long, 24 hours at most.",
    fix: "take {address} out of the pool; or free it on {mac} and kubectl metallb pools unquarantine {pool} {address}",
  },
  ML171: {
    title: "Another machine answers for the new address",
    short: "{mac} answers for {address}",
    meaning:
      "The node that was to announce the address asked for it first, and a machine that is no node of the cluster answered. The service gets another address and this one is quarantined.",
    fix: "find {mac}, a MAC by the switch's address table; kubectl metallb pools show {pool} --addresses lists what is quarantined",
  },
  ML172: {
    title: "Pool's free addresses are withheld",
    short: "full: {used} of {size} held, {withheld} withheld",
    meaning:
      "Every free address of the family is one that a node carries, that is reserved for a service, or that is quarantined because another machine answers for it.",
    fix: "kubectl metallb pools show {pool} --addresses says why; kubectl metallb pools add {pool} --range FIRST-LAST",
  },
  ML173: {
    title: "Another machine answers for the address asked for",
    short: "{mac} answers for {address}, which is kept as asked for and not announced",
    meaning:
      "The service asks for this very address and another machine has it. The service keeps it and nobody announces it; the owner asks again every 5 s and less often later, and announces it as soon as nobody answers.",
    fix: "take {address} away from {mac}, or kubectl annotate service {service} -n {namespace} metallb.io/loadBalancerIPs-",
  },
  ML174: {
    title: "Every address of a pool answers echo requests",
    short: "{address} of pool {pool} answers echo requests, and so does every free address beside it",
    meaning:
      "A router or a firewall answers for addresses that nobody has, so an answer says nothing. Addresses of this pool are not asked for by ICMP echo for an hour, and new ones are announced at once.",
    fix: "ping {address} and traceroute {address} show who answers; or set conflictCheck: none in pool {pool}",
  },
} as const satisfies Record<string, Reason>
