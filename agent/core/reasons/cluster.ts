import type { Reason } from "./reason.ts"

/** Reasons about the cluster, the installation and what is typed (ML6xx). */
export const clusterReasons = {
  ML601: {
    title: "Kubernetes is too old",
    meaning: "The resources check themselves with functions that the API server has since Kubernetes 1.31.",
    fix: "upgrade the cluster to Kubernetes 1.31 or later; it is {version}",
  },
  ML602: {
    title: "Another load balancer implementation runs here",
    short: "{product} runs here ({object})",
    meaning: "Two implementations that serve the same services overwrite each other's addresses.",
    fix: "switch {product} off for services, or keep them apart by spec.loadBalancerClass",
  },
  ML603: {
    title: "kube-proxy answers ARP for every address",
    short: "kube-proxy is in ipvs mode without strictARP: every node answers for every address",
    meaning:
      "In ipvs mode all addresses are on an interface of each node, and without strictARP each node answers ARP for them.",
    fix: "kubectl edit configmap -n kube-system kube-proxy, set ipvs.strictARP to true, then kubectl rollout restart daemonset -n kube-system kube-proxy",
    see: "https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/",
  },
  ML604: {
    title: "A permission is missing",
    short: "you may not {verb} {resource}",
    meaning: "The API server's access control does not let you do a step of the command.",
    fix: "run the command as an administrator of the cluster; kubectl auth can-i {verb} {resource} checks it",
  },
  ML605: {
    title: "MetalLB's own agents run here",
    short: "MetalLB runs here ({objects})",
    meaning: "Its controller and speakers would serve the same services and answer for the same addresses.",
    fix: "remove MetalLB first (its pools and advertisements may stay), or take its place with --adopt",
  },
  ML606: {
    title: "Image cannot be pulled",
    short: "{pod} cannot pull {image}",
    meaning: "The node cannot get the image of the agents, so waiting longer does not help.",
    fix: "check that the nodes reach the registry, or pass --image with a copy that they reach",
  },
  ML607: {
    title: "Agent keeps crashing",
    short: "{pod} keeps crashing",
    meaning: "The container ended several times in a row.",
    fix: "kubectl logs -n {install} {pod} --previous",
  },
  ML608: {
    title: "Agents are not installed",
    short: "no agents in namespace {install}",
    meaning: "Neither the controller nor the speakers exist, so no service gets an address.",
    fix: "kubectl metallb install",
  },
  ML609: {
    title: "Agent is not ready",
    short: "{component} {ready} of {wanted} ready",
    meaning: "Pods of the component are missing or do not pass their readiness probe.",
    fix: "kubectl get pods -n {install} -l app=metallb,component={component} -o wide",
  },
  ML611: {
    title: "Node will not announce",
    short: "{nodes} carries exclude-from-external-load-balancers: it will not announce",
    meaning:
      "The label node.kubernetes.io/exclude-from-external-load-balancers keeps a node from announcing addresses; tools set it on control plane nodes.",
    fix: "kubectl label node {nodes} node.kubernetes.io/exclude-from-external-load-balancers-",
  },
  ML612: {
    title: "Pods of an agent cannot be made",
    short: "{component}: {why}",
    meaning: "Kubernetes refuses to create or to place the pods.",
    fix: "kubectl describe {object} -n {install}",
  },
  ML613: {
    title: "Pool contains an address of a node",
    short: "{range} contains {address} of node {node}",
    meaning: "A service with that address would take the node off the network.",
    fix: "leave {address} out of the range; --yes adds it all the same",
  },
  ML614: {
    title: "Addresses of the pool are in use",
    short: "{count} addresses of pool {pool} are held by {holders}",
    meaning: "The services would lose their address, so nothing was removed.",
    fix: "move or delete the services, or pass --force",
  },
  ML615: {
    title: "A question needs an answer",
    short: "nobody can be asked here",
    meaning: "The command asks before it does something that cannot be undone, and there is no terminal to ask on.",
    fix: "pass --yes",
  },
  ML616: {
    title: "Waited and gave up",
    short: "{missing}",
    meaning: "What was waited for did not come true within --timeout.",
    fix: "kubectl metallb status shows what is missing; a longer --timeout waits on",
  },
  ML617: {
    title: "Address refuses connections",
    short: "{address}:{port} refuses connections",
    meaning:
      "A node answers for the address and nothing behind it takes the connection: the pods are not ready or listen on another port.",
    fix: "kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={service}",
  },
  ML618: {
    title: "Components have different versions",
    short: "{component} runs {versions}",
    meaning: "An upgrade is going on or was broken off.",
    fix: "kubectl metallb install completes it",
  },
  ML619: {
    title: "A speaker does not say what it announces",
    short: "{node} has no {what} of {services}, although it is the one to announce them",
    meaning:
      "Speakers say in status objects what they announce. Without one nobody can tell from outside whether a node announces a service, nor whether it has stopped: the speaker may not write them, or cannot.",
    fix: "kubectl -n {install} logs -l component=speaker --field-selector spec.nodeName={node}",
  },
  ML630: {
    title: "Something could not be read",
    short: "cannot read {what} ({why})",
    meaning: "A read failed, so what depends on it stays unknown.",
    fix: "ask for the permission to read {what}",
  },
} as const satisfies Record<string, Reason>
