import { type Host, lanPrefix, type NodeHost, type Plan } from "./plan.ts"

/** Commands of one `ip -batch`: in a named network namespace, or in the machine's own. */
export type Batch = { readonly namespace?: string; readonly commands: readonly string[] }

/** Sysctls of a namespace that passes packets on. */
export const forwarding: readonly string[] = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  "net.ipv4.conf.all.rp_filter=0",
]

/** The switch, the hosts that are no nodes, and the link between the machine and the control plane. */
export function lanBatches(plan: Plan): readonly Batch[] {
  const { hostLink, controlPlane, client, router, lan } = plan
  const others = [controlPlane, client, router]
  return [
    {
      commands: [
        `netns add ${lan}`,
        ...others.flatMap(host => create(plan, host)),
        `link add ${hostLink.device} type veth peer name host netns ${controlPlane.namespace}`,
        `link set ${hostLink.device} addrgenmode none`,
        `addr add ${hostLink.host}/30 dev ${hostLink.device}`,
        `link set ${hostLink.device} up`,
      ],
    },
    {
      namespace: lan,
      commands: [
        "link set lo up",
        "link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        "link set br0 addrgenmode none",
        "link set br0 up",
        ...others.flatMap(plug),
      ],
    },
    {
      namespace: controlPlane.namespace,
      commands: [
        ...addresses(controlPlane),
        `addr add ${hostLink.controlPlane}/30 dev host`,
        "link set host up",
        ...podRoutes(plan, controlPlane),
      ],
    },
    { namespace: client.namespace, commands: [...addresses(client), ...defaultRoutes(plan), apiRoute(plan)] },
    { namespace: router.namespace, commands: addresses(router) },
  ]
}

/** One node: its namespace, its cable and its routes. */
export function nodeBatches(plan: Plan, node: NodeHost): readonly Batch[] {
  return [
    { commands: create(plan, node) },
    { namespace: plan.lan, commands: plug(node) },
    {
      namespace: node.namespace,
      commands: [...addresses(node), ...defaultRoutes(plan), apiRoute(plan), ...podRoutes(plan, node)],
    },
  ]
}

function create(plan: Plan, host: Host): string[] {
  return [
    `netns add ${host.namespace}`,
    `link add eth0 netns ${host.namespace} address ${host.mac} type veth peer name ${host.name} netns ${plan.lan}`,
  ]
}

/** The switch's end of a cable; it has no address of its own. */
function plug(host: Host): string[] {
  return [`link set ${host.name} addrgenmode none`, `link set ${host.name} master br0 up`]
}

function addresses(host: Host): string[] {
  return [
    "link set lo up",
    "link set eth0 up",
    `addr add ${host.ipv4}/${lanPrefix.ipv4} dev eth0`,
    `addr add ${host.ipv6}/${lanPrefix.ipv6} dev eth0 nodad`,
  ]
}

function defaultRoutes({ router }: Plan): string[] {
  return [`route add default via ${router.ipv4}`, `route add default via ${router.ipv6}`]
}

/** With it one kubeconfig is right everywhere: on the machine, in a node and in the client. */
function apiRoute({ hostLink, controlPlane }: Plan): string {
  return `route add ${hostLink.controlPlane}/32 via ${controlPlane.ipv4}`
}

/** There is no overlay: nodes and control plane reach a pod through the node that runs it. */
function podRoutes(plan: Plan, from: Host): string[] {
  return plan.nodes
    .filter(node => node.name !== from.name)
    .flatMap(node => [`route add ${node.pods4} via ${node.ipv4}`, `route add ${node.pods6} via ${node.ipv6}`])
}
