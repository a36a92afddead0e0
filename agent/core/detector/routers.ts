import { type OwnLink, type Peer, pathTo } from "./peer.ts"

/** BOUNDED: so many are asked for at once, the first ones of the link. */
const most = 3

/** Routers on the link that are no speakers' nodes: those are asked for by themselves, and one that is doubted is no witness. */
export const routersOn = (link: OwnLink, peers: Iterable<Peer>): readonly string[] => {
  const nodes = new Set([...peers].map(peer => pathTo(peer, link.link)?.address))
  return link.gateways.filter(address => !nodes.has(address)).slice(0, most)
}
