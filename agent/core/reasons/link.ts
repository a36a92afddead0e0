import type { Reason } from "./reason.ts"

/** Reasons about ARP and NDP: what is answered, announced, asked and defended (ML330 to ML349). */
export const linkReasons = {
  ML330: {
    title: "Request answered",
    short: "answered",
    meaning: "An ARP request or a neighbour solicitation asked for an address that this node announces.",
    fix: "",
  },
  ML331: {
    title: "Frame for another station",
    short: "sent to {destination}",
    meaning: "The Ethernet destination is neither everybody, nor the group asked, nor the interface's own address.",
    fix: "tcpdump -e -nn 'arp or icmp6' on the node shows who sends it",
  },
  ML332: {
    title: "Request for an address not announced here",
    short: "{address} is not announced here",
    meaning: "Another host or node answers it, or nobody.",
    fix: "kubectl metallb why-ip {address} names the node that should answer",
  },
  ML333: {
    title: "Request on an interface that is not to answer",
    short: "{address} is not announced on {interface}",
    meaning: "An advertisement names the interfaces for this address, and this one is not among them.",
    fix: "kubectl get l2advertisements -A -o wide shows the interfaces",
  },
  ML334: {
    title: "Malformed ARP frame or neighbour message",
    short: "{fault}",
    meaning: "A field is not what RFC 826 asks for on Ethernet with IPv4, or RFC 4861 section 7.1 for IPv6.",
    fix: "tcpdump -e -vvnn 'arp or icmp6' on the node shows who sends it",
  },
  ML335: {
    title: "Reply, not a request",
    short: "a reply of {sender}",
    meaning: "ARP replies and neighbour advertisements are for whoever asked.",
    fix: "tcpdump -e -nn 'arp or icmp6' on the node shows them",
  },
  ML336: {
    title: "Own frame",
    short: "sent by this interface",
    meaning: "A frame that this interface sent came back.",
    fix: "look for a loop between switch ports; tcpdump -e -nn 'arp or icmp6' on the node shows the frames",
  },
  ML337: {
    title: "New address is asked for",
    short: "asked for before its first announcement",
    meaning:
      "Nobody of the cluster has announced the address yet, so its owner asks the link first whether somebody else has it: three probes in 200 ms.",
    fix: "",
  },
  ML338: {
    title: "Nobody has the new address",
    short: "nobody answered",
    meaning: "Nobody answered within 200 ms, so the address is announced.",
    fix: "",
  },
  ML339: {
    title: "A station answers for everything on the link",
    short: "{mac} answers for more than 3 free addresses on {interface}",
    meaning:
      "That is proxy ARP, or a proxy of neighbour discovery: its answers say nothing about an address. On this link nothing is asked for an hour, and new addresses are announced at once.",
    fix: "switch the proxy off for the addresses of the pools, on {mac}; or set conflictCheck: none in the pool",
  },
  ML340: {
    title: "Address announced",
    short: "announced",
    meaning:
      "By gratuitous ARP or an unsolicited neighbour advertisement: taken over just now, repeated within five seconds of that, refreshed, or defended.",
    fix: "",
  },
  ML341: {
    title: "Nothing to announce",
    short: "nothing due",
    meaning: "No announcement is due.",
    fix: "",
  },
  ML342: {
    title: "Another station claims the address",
    short: "{mac} claims {address} on {interface}",
    meaning:
      "A station that is not this node says that it has an address which this node announces, so traffic may go there. This node announces the address once more, at most every ten seconds.",
    fix: "find {mac} in the switch's address table and take {address} away from it, or exclude the address from the pool",
  },
  ML343: {
    title: "Claim noted",
    short: "claimed by another station",
    meaning: "An address that moves is claimed by two for a moment: a second later it is defended if it is still ours.",
    fix: "",
  },
  ML344: {
    title: "Address defended again",
    short: "announced against a claim",
    meaning: "The other station goes on, and people were told already.",
    fix: "",
  },
  ML345: {
    title: "Another machine has a new address",
    short: "{mac} answers for {address} on {interface}, so it is not announced",
    meaning:
      "Before its first announcement the address was asked for, and a station that is no node of the cluster answered or asked for it as well. It is asked for again after 5 s and less often later.",
    fix: "find {mac} in the switch's address table and take {address} away from it, or take the address out of the pool",
  },
  ML346: {
    title: "New address could not be asked for",
    short: "{address} was announced without having been asked for",
    meaning:
      "No interface took the probes, no route leads to the address, or the cluster has more nodes than can be asked whether it was one of them that answered. What is not known is no conflict: the address is announced.",
    fix: "the speaker's log names the interface and the error",
  },
  ML347: {
    title: "A node answered for a new address",
    short: "a node of the cluster answered",
    meaning:
      "Only nodes of the cluster answered for the address, as they do with kube-proxy in IPVS mode without strictARP. That is no conflict, so the address is announced.",
    fix: "",
  },
  ML348: {
    title: "Nothing to ask for",
    short: "nothing to ask for",
    meaning: "No new address is this node's, or answers are awaited.",
    fix: "",
  },
  ML349: {
    title: "A new address answers echo requests",
    short: "{address} answers ICMP echo requests, so it is not announced",
    meaning:
      "Its pool has conflictCheck: icmp and the address is in no subnet of a speaker's links, so it was asked for by ping before its first announcement, and a machine answered. It is asked again after 5 s and less often later.",
    fix: "ping {address} and traceroute {address} show where it is; take the address away from that machine or out of the pool",
  },
} as const satisfies Record<string, Reason>
