import { address, type End, newGround } from "./cable.ts"

/** Nodes on a switch that a router has, and a client on another network of it. */
export type Star = {
  readonly theirs: End
  readonly nodes: readonly End[]
  readonly client: End
  readonly folder: string
  /** Pulls a node's cable out of the switch, or plugs it in. */
  readonly cable: (node: number, plugged: boolean) => void
  readonly remove: () => void
}

/** Needs root. The router is 10.79.0.254 to the nodes, which are 10.79.0.1 and on, and 10.80.0.1 to the client. */
export const layStar = (count: number): Star => {
  const ground = newGround()
  const { folder, remove } = ground
  try {
    const router = ground.add("r", { IPv4: "10.79.0.254", IPv6: "fd79::fe" })
    router.run("ip", "link", "add", "switch", "type", "bridge")
    router.run("ip", "link", "set", "switch", "up")
    address(router, "switch")
    const nodes = Array.from({ length: count }, (_, at) => {
      const node = ground.add(`n${at}`, { IPv4: `10.79.0.${at + 1}`, IPv6: `fd79::${at + 1}` })
      ground.connect(node, "eth0", router, `port${at}`)
      router.run("ip", "link", "set", `port${at}`, "master", "switch")
      address(node, "eth0")
      node.run("ip", "route", "add", "default", "via", router.addresses.IPv4)
      return node
    })
    const client = ground.add("c", { IPv4: "10.80.0.2", IPv6: "fd80::2" })
    ground.connect(client, "eth0", router, "outside")
    address(client, "eth0")
    router.run("ip", "addr", "add", "10.80.0.1/24", "dev", "outside")
    client.run("ip", "route", "add", "default", "via", "10.80.0.1")
    router.run("sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=1", "net.ipv4.conf.all.rp_filter=0")
    const cable = (node: number, plugged: boolean) =>
      void router.run("ip", "link", "set", `port${node}`, plugged ? "up" : "down")
    return { theirs: router, nodes, client, folder, cable, remove }
  } catch (error) {
    remove()
    throw error
  }
}
