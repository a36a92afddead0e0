import fc from "fast-check"
import type { AsPath } from "../../../agent/core/bgp/wire/as-path.ts"
import type { Attributes } from "../../../agent/core/bgp/wire/attribute.ts"
import type { Capability } from "../../../agent/core/bgp/wire/capability.ts"
import type { Open } from "../../../agent/core/bgp/wire/open.ts"
import type { Update, WireOptions } from "../../../agent/core/bgp/wire/update.ts"
import type { Address } from "../../../agent/core/ip/address.ts"
import type { Cidr } from "../../../agent/core/ip/cidr.ts"
import { cidrRange } from "../../../agent/core/ip/range.ts"

/** Objects as literals make them: deepEqual tells those without a prototype apart. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>

const u8 = fc.nat(0xff)
const u16 = fc.nat(0xffff)
export const u32 = fc.nat(0xffffffff)
const bytes = (maxLength: number) => fc.uint8Array({ maxLength })

export const address4: fc.Arbitrary<Address> = u32.map(value => ({ family: "IPv4", value: BigInt(value) }))
export const address6: fc.Arbitrary<Address> = fc
  .bigInt({ min: 0n, max: (1n << 128n) - 1n })
  .map(value => ({ family: "IPv6", value }))

const masked = (address: Address, length: number): Cidr => ({
  base: { family: address.family, value: cidrRange(address, length).first },
  length,
})
export const prefix4: fc.Arbitrary<Cidr> = fc.tuple(address4, fc.nat(32)).map(([base, length]) => masked(base, length))
export const prefix6: fc.Arbitrary<Cidr> = fc.tuple(address6, fc.nat(128)).map(([base, length]) => masked(base, length))

const family = record({ afi: u16, safi: u8 })
const known = new Set([1, 2, 5, 6, 64, 65, 70])
const capability: fc.Arbitrary<Capability> = fc.oneof(
  record({ kind: fc.constant("multiprotocol" as const), family }),
  fc.constantFrom<Capability>(
    { kind: "route-refresh" },
    { kind: "extended-message" },
    { kind: "enhanced-route-refresh" },
  ),
  record({
    kind: fc.constant("extended-next-hop" as const),
    entries: fc.array(record({ family: record({ afi: u16, safi: u16 }), nextHop: u16 }), { maxLength: 42 }),
  }),
  record({
    kind: fc.constant("graceful-restart" as const),
    restarting: fc.boolean(),
    notification: fc.boolean(),
    time: fc.nat(0xfff),
    families: fc.array(record({ family, forwarding: fc.boolean() }), { maxLength: 60 }),
  }),
  record({ kind: fc.constant("four-octet-as" as const), asn: fc.integer({ min: 1, max: 0xffffffff }) }),
  record({ kind: fc.constant("other" as const), code: u8.filter(code => !known.has(code)), value: bytes(255) }),
)

export const open: fc.Arbitrary<Open> = record({
  asn: fc.integer({ min: 1, max: 0xffff }),
  holdTime: fc.oneof(fc.constant(0), fc.integer({ min: 3, max: 0xffff })),
  identifier: fc.integer({ min: 1, max: 0xffffffff }),
  capabilities: fc.array(capability, { maxLength: 14 }),
})

const asn = fc.integer({ min: 1, max: 0xffffffff })
const path: fc.Arbitrary<AsPath> = fc.array(
  record({
    kind: fc.constantFrom("set" as const, "sequence" as const),
    asns: fc.array(asn, { minLength: 1, maxLength: 255 }),
  }),
  { maxLength: 4 },
)

const attributes = (internal: boolean, options: WireOptions): fc.Arbitrary<Attributes> =>
  fc.record(
    {
      origin: fc.constantFrom(0 as const, 1 as const, 2 as const),
      asPath: path,
      nextHop: fc
        .integer({ min: 1, max: 0xdfffffff })
        .map(value => ({ family: "IPv4" as const, value: BigInt(value) })),
      ...(internal
        ? { localPref: u32, originatorId: u32, clusterList: fc.array(u32, { minLength: 1, maxLength: 4 }) }
        : {}),
      med: u32,
      atomicAggregate: fc.constant(true as const),
      aggregator: record({ asn, address: address4 }),
      communities: fc.array(u32, { minLength: 1, maxLength: 80 }),
      extendedCommunities: fc.array(fc.tuple(u32, u32), { minLength: 1, maxLength: 40 }),
      largeCommunities: fc.array(fc.tuple(u32, u32, u32), { minLength: 1, maxLength: 30 }),
      reach: options.extendedNextHop.includes("IPv4") ? fc.oneof(reach6, reach4) : reach6,
      unreach: record({ family: fc.constant("IPv6" as const), prefixes: fc.array(prefix6, { maxLength: 20 }) }),
      others: fc.array(
        record({ flags: fc.constantFrom(0x80, 0xc0, 0xa0, 0xe0), type: fc.constant(99), value: bytes(300) }),
        { minLength: 1, maxLength: 1 },
      ),
    },
    {
      noNullPrototype: true,
      requiredKeys: internal ? ["origin", "asPath", "nextHop", "localPref"] : ["origin", "asPath", "nextHop"],
    },
  ) as fc.Arbitrary<Attributes>

const hops6 = fc.record(
  { nextHop: address6, linkLocal: address6 },
  { noNullPrototype: true, requiredKeys: ["nextHop"] },
)
const reach6 = fc
  .tuple(hops6, fc.array(prefix6, { maxLength: 20 }))
  .map(([hops, prefixes]) => ({ family: "IPv6" as const, ...hops, prefixes }))
const reach4 = fc
  .tuple(fc.oneof(hops6, record({ nextHop: address4 })), fc.array(prefix4, { maxLength: 20 }))
  .map(([hops, prefixes]) => ({ family: "IPv4" as const, ...hops, prefixes }))

export const wireOptions: fc.Arbitrary<WireOptions> = record({
  fourOctet: fc.boolean(),
  internal: fc.boolean(),
  families: fc.constant(["IPv4", "IPv6"] as const),
  extendedNextHop: fc.constantFrom([], ["IPv4"] as const),
})

/** An UPDATE that says what its session allows. An AS number of 23456 would be taken for one that stands for others. */
export const update: fc.Arbitrary<{ readonly update: Update; readonly options: WireOptions }> = wireOptions.chain(
  options =>
    record({
      options: fc.constant(options),
      update: record({
        withdrawn: fc.array(prefix4, { maxLength: 20 }),
        attributes: attributes(options.internal, options),
        announced: fc.array(prefix4, { maxLength: 20 }),
      }),
    }),
)
