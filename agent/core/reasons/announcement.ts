import type { Reason } from "./reason.ts"

/** Reasons about which node may announce an address (ML300 to ML329). */
export const announcementReasons = {
  ML300: {
    title: "Node announces the address",
    short: "first of {eligible} in the order",
    meaning: "It is first in the order: preference of the advertisement, then SHA-256 of node name and address.",
    fix: "",
  },
  ML301: {
    title: "Node stands by",
    short: "stands by",
    meaning: "It may announce the address and comes later in the order.",
    fix: "",
  },
  ML302: {
    title: "Node has no ready endpoint",
    short: "no ready endpoint (externalTrafficPolicy Local)",
    meaning:
      "With externalTrafficPolicy Local a node may announce only if it runs an endpoint of the service that can serve. Seen when pods sit on other nodes or are not ready.",
    fix: 'schedule a pod there, or kubectl patch service {service} -n {namespace} -p \'{"spec":{"externalTrafficPolicy":"Cluster"}}\'',
  },
  ML303: {
    title: "Node is not ready",
    short: "node is not ready",
    meaning: "Its condition Ready is False.",
    fix: "kubectl describe node {node}",
  },
  ML304: {
    title: "Node's readiness is unknown",
    short: "node has stopped reporting",
    meaning: "Its kubelet has stopped reporting: the node is off, cut off, or its kubelet is down.",
    fix: "kubectl describe node {node}, then look at the machine",
  },
  ML305: {
    title: "Node runs no speaker",
    short: "no speaker pod",
    meaning: "No speaker pod is scheduled there.",
    fix: "kubectl get daemonset speaker -n {install} -o wide, then its node selector and tolerations against node {node}",
  },
  ML306: {
    title: "Speaker on the node is not ready",
    short: "speaker {pod} is not ready",
    meaning: "The pod is there and does not pass its readiness probe.",
    fix: "kubectl logs -n {install} {pod}",
  },
  ML307: {
    title: "Node's network is unavailable",
    short: "network unavailable",
    meaning: "Its condition NetworkUnavailable is True.",
    fix: "kubectl describe node {node}, then the CNI plugin there",
  },
  ML308: {
    title: "Node is excluded from load balancers",
    short: "label exclude-from-external-load-balancers",
    meaning: "It carries the label node.kubernetes.io/exclude-from-external-load-balancers.",
    fix: "kubectl label node {node} node.kubernetes.io/exclude-from-external-load-balancers-",
  },
  ML309: {
    title: "No advertisement selects the node",
    short: "not selected by {advertisements}",
    meaning: "The nodeSelectors of the advertisements that cover the service do not match the labels of the node.",
    fix: "kubectl label node {node} KEY=VALUE as a nodeSelector asks, or kubectl edit l2advertisement -n {install} {advertisements}",
  },
  ML310: {
    title: "Pool is not advertised",
    short: "pool {pool} is named by no L2Advertisement",
    meaning: "No L2Advertisement names the pool: the address is given and nobody is told.",
    fix: "kubectl metallb pools add {pool} --advertise l2",
  },
  ML311: {
    title: "No advertisement selects the service",
    short: "service labels match no serviceSelector of {advertisements}",
    meaning: "The serviceSelectors of the advertisements of the pool do not match the labels of the service.",
    fix: "kubectl label service {service} -n {namespace} KEY=VALUE, as one of the serviceSelectors asks",
  },
  ML312: {
    title: "No endpoint can serve",
    short: "no ready endpoint anywhere",
    meaning: "No pod behind the service is ready, or its selector matches none.",
    fix: "kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={service}",
  },
  ML313: {
    title: "Shared address under an advertisement by service label",
    short: "allow-shared-ip together with serviceSelectors of {advertisements}",
    meaning:
      "A service with the annotation allow-shared-ip is not announced where an advertisement has serviceSelectors, because its sharers might be selected differently.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/allow-shared-ip-, or remove serviceSelectors from l2advertisement {advertisements}",
  },
  ML314: {
    title: "Address is in no pool",
    short: "{addresses} is in no pool",
    meaning: "The valid configuration has no pool with the address, so it is not announced.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML315: {
    title: "Announced while the configuration is in doubt",
    short: "announced although {doubt}",
    meaning:
      "No valid pool or advertisement covers the address, but part of the configuration is broken or unread; it stays announced until a valid configuration excludes it.",
    fix: "kubectl describe configurationstate controller -n metallb-system shows what is wrong; mend it, or remove the broken object",
  },
  ML316: {
    title: "No node may announce",
    short: "no node may announce",
    meaning: "Every node was turned down; each has its own reason.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML317: {
    title: "No node is known to be alive",
    short: "first in the order, not known to be alive",
    meaning:
      "Every node that could announce is not ready or its speaker is not; the first of them in the order goes on if it still runs.",
    fix: "kubectl get nodes; kubectl get pods -n {install} -o wide",
  },
  ML318: {
    title: "Another service on the address decides",
    short: "decided by {decidedBy}",
    meaning:
      "Services that share an address are announced from one node; the oldest of them that has an owner decides.",
    fix: "",
  },
  ML319: {
    title: "Another node announces",
    short: "{owner} announces",
    meaning: "This node may announce the address and is not first in the order.",
    fix: "",
  },
  ML320: {
    title: "Owner has no interface for the address",
    short: "node {node} has no usable interface among {interfaces}",
    meaning:
      "This node is the owner, but none of the interfaces that the advertisement allows exists there, is up, and speaks ARP.",
    fix: "kubectl edit l2advertisements: list interfaces that node {node} has (ip link shows them), or none for all",
  },
  ML321: {
    title: "Owner has no interface with IPv6 for the address",
    short: "node {node} has no link-local IPv6 address on a usable interface among {interfaces}",
    meaning:
      "This node is the owner, but none of the interfaces that the advertisement allows exists there, is up, and has a link-local address: IPv6 is switched off there.",
    fix: "sysctl net.ipv6.conf.all.disable_ipv6 on node {node} shows whether IPv6 is off; =0 switches it on",
  },
  ML322: {
    title: "Node announces the address, evenly spread",
    short: "spread evenly: {load} addresses here, {least} to {most} a node",
    meaning:
      "The placement is balanced: of the nodes that the advertisement prefers most, each announces as many addresses as the others, as far as who may announce what allows that, and nothing moves that need not.",
    fix: "",
  },
  ML323: {
    title: "Speaker is no live member",
    short: "the other speakers do not hear its speaker",
    meaning:
      "A speaker pod is there, and the member list of the speakers does not have it: it is down, cut off, or has another secret.",
    fix: "kubectl get pods -n {install} -o wide, then the log of the pod on node {node}",
  },
  ML324: {
    title: "Node has no interface on the address's link",
    short: "no interface in {link}",
    meaning: "The address belongs to that subnet, and nobody there would hear a node that has no interface in it.",
    fix: "ip -br address on node {node}: give an interface an address in {link}, or leave the node out with a nodeSelector",
  },
  ML325: {
    title: "Allowed interfaces are on other links",
    short: "none of {interfaces} is in {link}",
    meaning:
      "The address belongs to that subnet, which the node has on another interface than those that the advertisement allows.",
    fix: "kubectl edit l2advertisements: list the interface that node {node} has in {link} (ip -br address shows it), or none for all",
  },
  ML326: {
    title: "Allowed interfaces have no carrier",
    short: "no carrier on {interfaces}",
    meaning: "What is sent there arrives nowhere, so the node leaves the address to the next one in the order.",
    fix: "look at the cable and the switch port of node {node}",
  },
  ML327: {
    title: "Another node carries the address",
    short: "{address} is an address of node {carriers}",
    meaning:
      "The address is a node's own, so that node alone may announce it: whoever else answered for it would take that node off the network.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/loadBalancerIPs-: take an address that no node has",
  },
} as const satisfies Record<string, Reason>
