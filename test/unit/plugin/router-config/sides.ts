import type { RouterSide, SessionGroup } from "../../../../plugin/view/router-config/side.ts"

/** Three nodes that announce a /24 and an odd range of IPv4 one by one. */
export const group = (change: Partial<SessionGroup> = {}): SessionGroup => ({
  peer: "tor-a",
  asn: 64512,
  address: "192.168.1.254",
  port: 179,
  families: ["IPv4"],
  members: [1, 2, 3].map(place => ({ node: `n${place}`, address: `192.168.1.10${place}` })),
  password: undefined,
  holdTime: undefined,
  keepaliveTime: undefined,
  bfd: undefined,
  gracefulRestart: false,
  multihop: false,
  ttlSecurityHops: undefined,
  accept: [
    { family: "IPv4", prefix: "192.168.10.0/24", length: 32 },
    { family: "IPv4", prefix: "192.168.11.7/32", length: 32 },
  ],
  ...change,
})

const v6 = (change: Partial<SessionGroup> = {}): SessionGroup =>
  group({
    peer: "tor-a-v6",
    address: "2001:db8:1::254",
    families: ["IPv6"],
    members: [1, 2, 3].map(place => ({ node: `n${place}`, address: `2001:db8:1::10${place}` })),
    accept: [{ family: "IPv6", prefix: "2001:db8:12::/120", length: 128 }],
    ...change,
  })

const fast = { name: "fast", receiveInterval: 100, transmitInterval: 150, detectMultiplier: 4 }

/** Each case that changes what is written, by the name of its golden file. */
export const sides: Readonly<Record<string, RouterSide>> = {
  plain: { asn: 64513, groups: [group()] },
  both: {
    asn: 64513,
    groups: [
      group({ password: "s3cret", holdTime: 9, keepaliveTime: 3, bfd: fast, gracefulRestart: true }),
      v6({ bfd: fast, gracefulRestart: true }),
    ],
  },
  "dual-stack-on-ipv6": {
    asn: 64512,
    groups: [
      v6({
        families: ["IPv4", "IPv6"],
        multihop: true,
        port: 1179,
        accept: [
          { family: "IPv4", prefix: "192.168.10.0/24", length: 26 },
          { family: "IPv6", prefix: "2001:db8:12::/120", length: 120 },
        ],
      }),
    ],
  },
  multihop: { asn: 4200000001, groups: [group({ multihop: true, holdTime: 0, accept: [] })] },
  "ttl-security": {
    asn: 64513,
    groups: [group({ ttlSecurityHops: 1, bfd: fast }), v6({ ttlSecurityHops: 3, multihop: true, bfd: fast })],
  },
  unnumbered: {
    asn: 64513,
    groups: [
      group({
        peer: "leaf",
        address: undefined,
        families: ["IPv4", "IPv6"],
        members: [1, 2].map(place => ({ node: `n${place}`, interface: `swp${place}` })),
        bfd: fast,
      }),
    ],
  },
}
