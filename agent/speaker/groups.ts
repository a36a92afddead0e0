import type { IpFamily } from "../core/model.ts"
import { multicastMac } from "../core/net/ipv6.ts"
import { type Log, textOf } from "../ports/log.ts"
import type { MulticastGroups } from "../ports/multicast-groups.ts"
import type { PacketSocket } from "../ports/packet-socket.ts"
import type { UsableLink } from "./links.ts"

/** A socket whose interface is in these groups. */
export type Member = {
  readonly link: UsableLink
  readonly family: IpFamily
  readonly socket: Pick<PacketSocket, "join" | "leave">
  /** Groups joined. Bounded by the addresses of this node. */
  readonly groups: Set<bigint>
}

/** Solicited-node groups, so that switches that snoop on MLD deliver what is asked for (RFC 4861 section 7.2.1). */
export type Groups = {
  /** Joins and leaves. What failed is tried again at the next call, and told once. */
  readonly gather: (member: Member, wanted: ReadonlySet<bigint>) => void
  readonly leave: (member: Member) => void
  /** What was told of those is told again should it come back; by `keyOf`. */
  readonly forget: (gone: (key: string) => boolean) => void
  readonly close: () => void
}

export const keyOf = (name: string, family: IpFamily): string => `${name} ${family}`

export const createGroups = (multicastGroups: MulticastGroups, log: Log): Groups => {
  /** Why groups are not joined, by interface and family. BOUNDED by the interfaces of the host. */
  const mute = new Map<string, string>()

  return {
    gather: ({ link: { index, name }, family, socket, groups }, wanted) => {
      try {
        for (const group of [...groups].filter(one => !wanted.has(one))) {
          groups.delete(group)
          multicastGroups.leave(index, group)
          socket.leave(multicastMac(group))
        }
        for (const group of [...wanted].filter(one => !groups.has(one))) {
          multicastGroups.join(index, group)
          groups.add(group)
          // Lets it into the interface also while the kernel's own membership is being made anew.
          socket.join(multicastMac(group))
        }
        mute.delete(keyOf(name, family))
      } catch (error) {
        const why = textOf(error)
        if (mute.get(keyOf(name, family)) !== why)
          log.error("multicast groups not as they should be", { interface: name, error: why })
        mute.set(keyOf(name, family), why)
      }
    },
    leave: ({ link, groups }) => {
      for (const group of groups) multicastGroups.leave(link.index, group)
      groups.clear()
    },
    forget: gone => {
      for (const key of mute.keys()) if (gone(key)) mute.delete(key)
    },
    close: () => multicastGroups.close(),
  }
}
