import type { Reason } from "./reason.ts"

/** Reasons why a route is told to a BGP peer, or is not (ML400 to ML419). */
export const bgpRouteReasons = {
  ML400: {
    title: "Node advertises the service by BGP",
    short: "advertises {routes} to {peers}",
    meaning: "An advertisement covers the service and selects the node, and nothing speaks against it.",
    fix: "",
  },
  ML401: {
    title: "Pool is not advertised by BGP",
    short: "pool {pool} is named by no BGPAdvertisement",
    meaning: "No BGPAdvertisement names the pool, so that no router is told of its addresses.",
    fix: "kubectl metallb pools add {pool} --advertise bgp",
  },
  ML402: {
    title: "No BGPAdvertisement selects the node",
    short: "not selected by {advertisements}",
    meaning: "The nodeSelectors of the BGPAdvertisements of the pool do not match the labels of the node.",
    fix: "kubectl label node {node} KEY=VALUE as a nodeSelector asks, or kubectl edit bgpadvertisement -n {install} {advertisements}",
  },
  ML403: {
    title: "No BGPAdvertisement selects the service",
    short: "service labels match no serviceSelector of {advertisements}",
    meaning:
      "The BGPAdvertisements of the pool that select the node have serviceSelectors, none of which matches the labels of the service.",
    fix: "kubectl label service {service} -n {namespace} KEY=VALUE, as one of the serviceSelectors asks",
  },
  ML404: {
    title: "BGPAdvertisements disagree on the local preference",
    short: "{advertisements} ask for one route with localPref {preferences}",
    meaning:
      "Two BGPAdvertisements that select the service send the same route to the same peer with different local preferences; which one is meant cannot be told, so that none is used.",
    fix: "kubectl edit bgpadvertisement -n {install} {advertisements}: the same localPref, or disjoint peers or serviceSelectors",
  },
  ML405: {
    title: "Node has no BGP peer",
    short: "no BGPPeer is for node {node}",
    meaning: "There is no BGPPeer, or the nodeSelectors of none match the labels of the node.",
    fix: "kubectl get bgppeers -n {install} -o yaml, then its nodeSelectors against kubectl get node {node} --show-labels",
  },
  ML406: {
    title: "Advertisement leaves the peer out",
    short: "not among the peers of the advertisement",
    meaning: "The advertisements that cover the service name peers, and this one is not among them.",
    fix: "kubectl edit bgpadvertisement -n {install}: add {peer} to spec.peers, or leave the list empty for all",
  },
  ML407: {
    title: "Peer is not for the node",
    short: "peer's nodeSelectors leave {node} out",
    meaning: "The nodeSelectors of the BGPPeer do not match the labels of the node, so that there is no session.",
    fix: "kubectl label node {node} KEY=VALUE as a nodeSelector of the peer asks, or kubectl edit bgppeer {peer} -n {install}",
  },
  ML408: {
    title: "Node advertises until it has handed over",
    short: "drained: {routes} to {peers} with GRACEFUL_SHUTDOWN",
    meaning:
      "The node is drained. For a short time its routes stay with the community GRACEFUL_SHUTDOWN and the lowest preference, so that routers move their traffic to other nodes; then they are withdrawn.",
    fix: "kubectl metallb undrain {node}",
  },
  ML409: {
    title: "Node is drained and has withdrawn its routes",
    short: "node is drained",
    meaning: "It carries the annotation metallb.io/drain, and routers have had the time to move their traffic.",
    fix: "kubectl metallb undrain {node}",
  },
  ML410: {
    title: "Session does not carry the family",
    short: "session carries no route like {left}",
    meaning:
      "A session carries the family of the peer's address alone, unless the BGPPeer asks for both with dualStackAddressFamily or is reached by interface.",
    fix: 'kubectl patch bgppeer {peer} -n {install} --type merge -p \'{"spec":{"dualStackAddressFamily":true}}\'',
  },
  ML411: {
    title: "Peer cannot be used as it is written",
    short: "peer {peer} cannot be used as it is written",
    meaning: "The BGPPeer has an error and no version without one is known, so that there is no session.",
    fix: "kubectl describe configurationstate -n {install} shows what is wrong; then kubectl edit bgppeer {peer} -n {install}",
  },
  ML412: {
    title: "BGPAdvertisement cannot be used as it is written",
    short: "no usable BGPAdvertisement names pool {pool}; unusable: {advertisements}",
    meaning:
      "A BGPAdvertisement has an error and no version without one is known. What it is for cannot be told, so that nothing is announced by it: a route without its communities may go where it must not.",
    fix: "kubectl describe configurationstate -n {install} shows what is wrong; then kubectl edit bgpadvertisement -n {install} {advertisements}",
  },
  ML413: {
    title: "No peer of the node gets the routes",
    short: "no peer of node {node} gets them",
    meaning:
      "The node has peers; for each there is a reason of its own: the advertisement does not name it, or the session does not carry the family.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML414: {
    title: "BGPAdvertisement covers the service",
    short: "covers the service",
    meaning: "It names the pool and selects the node and the service.",
    fix: "",
  },
  ML415: {
    title: "Peer is told",
    short: "told {routes}",
    meaning: "The routes are handed to the session with the peer; whether it is established is the session's matter.",
    fix: "",
  },
  ML416: {
    title: "New address is asked for before routers are told",
    short: "{address} is asked for by ICMP echo before its first announcement",
    meaning:
      "The pool has conflictCheck: icmp, nobody of the cluster has announced the address yet, and of the nodes that would tell routers of it this one asks. It takes a second, two where somebody answers.",
    fix: "",
  },
  ML417: {
    title: "Another node asks for the new address",
    short: "{node} asks for {address} before its first announcement",
    meaning:
      "The pool has conflictCheck: icmp, and one node asks for all. This one tells routers once the other has announced the address, and after 5 s whatever was heard.",
    fix: "",
  },
  ML418: {
    title: "New address is announced without a verdict",
    short: "{address} was held back for 5 s and no verdict was heard",
    meaning:
      "The node that was to ask for the address neither announced it nor reported another machine in 5 s. What is not known is no conflict: the address is announced.",
    fix: "the log of the speaker on {node} says what became of the question",
  },
  ML419: {
    title: "New address is known to be free",
    short: "{address} is announced by a node of the cluster",
    meaning: "A node announces the service already, so the address was asked for, or was in use before.",
    fix: "",
  },
} as const satisfies Record<string, Reason>
