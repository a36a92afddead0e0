import { ad, bfd, community, l2, ofBothVersions, peers, peers1, pool, type Row, reservation } from "./crd-row.ts"

const peer = { myASN: 64512, peerASN: 64513, peerAddress: "10.0.0.1" }

const { peerASN: _asn, ...noAsn } = peer

const { peerAddress: _address, ...noAddress } = peer

const addresses = (...list: readonly string[]) => ({ addresses: list })

const cooling = (coolingTime: string) => ({ allocationOrder: "least-recently-used", coolingTime })

const form =
  "must be a CIDR such as 192.0.2.0/28, or a first and a last address joined by a dash such as 192.0.2.10-192.0.2.20"

const ends = "both ends of a range must be addresses, such as 192.0.2.10-192.0.2.20"

const family = "both ends of a range must be of one family, IPv4 or IPv6"

const order = "the first address of a range must not be above the last"

const ip = "must be an address such as 192.0.2.1 or 2001:db8::1"

const ip4 = "must be an IPv4 address such as 192.0.2.1"

const hold = "holdTime must be 0s or at least 3s"

const web = { namespace: "shop", name: "web" }

const ttl = "ttl must be from 1s to 8760h"

const duration = "must be a duration such as 90s or 1m30s"

const keepalive = "keepaliveTime must not be longer than holdTime"

const multihop = "ebgpMultiHop is for peers of another AS, but peerASN equals myASN"

const near = "ttlSecurityHops 1 is for a peer on the link, but ebgpMultiHop is set"

const literal = "must be two numbers up to 65535 such as 64512:100, or large:A:B:C with numbers up to 4294967295"

const selectorsOfServices =
  "serviceSelectors and aggregationLength are mutually exclusive, since an aggregate covers every service in it"

export const rows: readonly Row[] = [
  pool("a CIDR", addresses("192.0.2.0/28")),
  pool("a CIDR with host bits", addresses("10.20.30.40/24")),
  pool("an IPv6 CIDR", addresses("2001:db8::/120")),
  pool("no conflict check", { ...addresses("192.0.2.0/28"), conflictCheck: "none" }),
  pool("an unknown conflict check", { ...addresses("192.0.2.0/28"), conflictCheck: "never" }, "Unsupported value"),
  pool("a bare address", addresses("192.0.2.1"), form),
  pool("a prefix that is too long", addresses("192.0.2.0/33"), form),
  pool("a word", addresses("all"), form),
  pool("an octet with a leading zero", addresses("192.0.02.0/24"), form),
  pool("a range", addresses("192.0.2.10-192.0.2.20")),
  pool("a range with spaces", addresses("192.0.2.10 - 192.0.2.20")),
  pool("a range of one address", addresses("192.0.2.10-192.0.2.10")),
  pool("an IPv6 range", addresses("2001:db8::1-2001:db8::ff")),
  pool("a range with one end", addresses("192.0.2.10-"), ends),
  pool("a range of three", addresses("192.0.2.1-192.0.2.2-192.0.2.3"), ends),
  pool("a range of a CIDR", addresses("192.0.2.0/24-192.0.3.0/24"), ends),
  pool("a range of two families", addresses("192.0.2.1-2001:db8::1"), family),
  pool("a range backwards", addresses("192.0.2.20-192.0.2.10"), order),
  pool("a range backwards in its first octet", addresses("10.0.0.0-9.255.255.255"), order),
  pool("a range whose octets would sort as text", addresses("9.0.0.0-10.0.0.0")),
  pool("no addresses", addresses(), "should have at least 1 items"),
  pool("no list of addresses", {}, "Required value"),
  pool("512 addresses", addresses(...Array.from({ length: 512 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`))),
  pool(
    "513 addresses",
    addresses(...Array.from({ length: 513 }, (_, n) => `10.${n >> 8}.${n & 255}.0/24`)),
    "must have at most 512 items",
  ),
  pool("a pool in drain", { ...addresses("192.0.2.0/28"), drain: true }),
  pool("a random order", { ...addresses("192.0.2.0/28"), allocationOrder: "random" }),
  pool("an order that is none", { ...addresses("192.0.2.0/28"), allocationOrder: "highest" }, "Unsupported value"),
  reservation("of a service", { service: web }),
  reservation("with a time to live", { service: web, ttl: "720h" }),
  reservation("with a time to live without unit", { service: web, ttl: "10" }, duration),
  reservation("with a time to live that is too long", { service: web, ttl: "8761h" }, ttl),
  reservation("with no time to live at all", { service: web, ttl: "0s" }, ttl),
  reservation("of nobody", {}, "Required value"),
  pool("a cooling time", { ...addresses("192.0.2.0/28"), ...cooling("10m") }),
  pool("the longest cooling time", { ...addresses("192.0.2.0/28"), ...cooling("168h") }),
  pool(
    "a cooling time that is too long",
    { ...addresses("192.0.2.0/28"), ...cooling("168h1s") },
    "coolingTime must not be longer than 168h",
  ),
  pool("a cooling time without unit", { ...addresses("192.0.2.0/28"), ...cooling("10") }, duration),
  pool(
    "a cooling time in another order",
    { ...addresses("192.0.2.0/28"), coolingTime: "10m" },
    "coolingTime goes with allocationOrder least-recently-used",
  ),
  pool("a drain that is no boolean", { ...addresses("192.0.2.0/28"), drain: "yes" }, "must be of type boolean"),
  pool("a serviceAllocation in full", {
    ...addresses("192.0.2.0/28", "2001:db8::/120"),
    autoAssign: false,
    avoidBuggyIPs: true,
    serviceAllocation: {
      priority: 50,
      namespaces: ["a", "b"],
      namespaceSelectors: [{ matchLabels: { team: "a" } }],
      serviceSelectors: [{ matchExpressions: [{ key: "app", operator: "In", values: ["web"] }] }, {}],
    },
  }),
  pool("an empty serviceAllocation", { ...addresses("192.0.2.0/28"), serviceAllocation: {} }),
  pool(
    "an operator that is none",
    {
      ...addresses("192.0.2.0/28"),
      serviceAllocation: { serviceSelectors: [{ matchExpressions: [{ key: "a", operator: "in" }] }] },
    },
    "Unsupported value",
  ),

  l2("nothing", {}),
  l2("everything", {
    ipAddressPools: ["a", "b"],
    ipAddressPoolSelectors: [{ matchLabels: { x: "y" } }],
    nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }],
    serviceSelectors: [{}],
    interfaces: ["eth0", "eth0"],
    preferredNodeSelectors: [{ weight: 100, preference: { matchLabels: { a: "b" } } }],
  }),
  l2("a pool twice", { ipAddressPools: ["a", "a"] }, "Duplicate value"),
  l2(
    "a weight of 0",
    { preferredNodeSelectors: [{ weight: 0, preference: {} }] },
    "should be greater than or equal to 1",
  ),
  l2(
    "a weight of 101",
    { preferredNodeSelectors: [{ weight: 101, preference: {} }] },
    "should be less than or equal to 100",
  ),
  l2("a preference without a weight", { preferredNodeSelectors: [{ preference: {} }] }, "Required value"),

  ...ofBothVersions(of => [
    of("what is required", peer),
    of("an IPv6 address", { ...peer, peerAddress: "2001:db8::1" }),
    of("a name for an address", { ...peer, peerAddress: "router" }, ip),
    of("an IPv6 address with a zone", { ...peer, peerAddress: "fe80::1%eth0" }, ip),
    of("a source address", { ...peer, sourceAddress: "10.0.0.2" }),
    of("a bad source address", { ...peer, sourceAddress: "10.0.0" }, ip),
    of("a router ID", { ...peer, routerID: "10.0.0.2" }),
    of("an IPv6 router ID", { ...peer, routerID: "2001:db8::1" }, ip4),
    of("a bad router ID", { ...peer, routerID: "1" }, ip4),
    of("timers off", { ...peer, holdTime: "0s", keepaliveTime: "0s" }),
    of("the shortest hold time", { ...peer, holdTime: "3s" }),
    of("a hold time as Go prints it", { ...peer, holdTime: "1m30s", keepaliveTime: "30s" }),
    of("a hold time under 3s", { ...peer, holdTime: "2s" }, hold),
    of("a hold time without a unit", { ...peer, holdTime: "90" }, duration),
    of("a keepalive that is a word", { ...peer, keepaliveTime: "soon" }, duration),
    of("a hold time of half a second", { ...peer, holdTime: "500ms" }, hold),
    of("a hold time of 0", { ...peer, holdTime: "0" }),
    of("a keepalive as long as the hold time", { ...peer, holdTime: "9s", keepaliveTime: "9s" }),
    of("a keepalive longer than the hold time", { ...peer, holdTime: "9s", keepaliveTime: "10s" }, keepalive),
    of("multi-hop to another AS", { ...peer, ebgpMultiHop: true }),
    of("TTL security of a neighbour", { ...peer, ttlSecurityHops: 1 }),
    of("TTL security over hops beside multi-hop", { ...peer, ttlSecurityHops: 254, ebgpMultiHop: true }),
    of("TTL security of a neighbour beside multi-hop", { ...peer, ttlSecurityHops: 1, ebgpMultiHop: true }, near),
    of("TTL security of no hop", { ...peer, ttlSecurityHops: 0 }, "should be greater than or equal to 1"),
    of("TTL security that proves nothing", { ...peer, ttlSecurityHops: 255 }, "should be less than or equal to 254"),
    of("multi-hop to the own AS", { ...peer, peerASN: 64512, ebgpMultiHop: true }, multihop),
    of("its own AS without multi-hop", { ...peer, peerASN: 64512, ebgpMultiHop: false }),
    of("an own AS of 0", { ...peer, myASN: 0 }, "should be greater than or equal to 1"),
    of("the highest AS", { ...peer, peerASN: 4294967295 }),
    of("an AS above the highest", { ...peer, peerASN: 4294967296 }, "should be less than or equal to 4294967295"),
    of("the highest port", { ...peer, peerPort: 16384 }),
    of("a port above the highest", { ...peer, peerPort: 16385 }, "should be less than or equal to 16384"),
  ]),
  peers1("port 0", { ...peer, peerPort: 0 }),
  peers1(
    "a selector without values",
    { ...peer, nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "In" }] }] },
    "Required value",
  ),
  peers("port 0", { ...peer, peerPort: 0 }, "should be greater than or equal to 1"),
  peers("dynamicASN", { ...noAsn, dynamicASN: "external" }),
  peers("neither AS", noAsn, "exactly one of peerASN and dynamicASN must be set"),
  peers("both AS", { ...peer, dynamicASN: "internal" }, "exactly one of peerASN and dynamicASN must be set"),
  peers("another dynamicASN", { ...noAsn, dynamicASN: "any" }, "Unsupported value"),
  peers("an interface", { ...noAddress, interface: "eth0" }),
  peers("neither address nor interface", noAddress, "exactly one of peerAddress and interface must be set"),
  peers(
    "address and interface",
    { ...peer, interface: "eth0" },
    "exactly one of peerAddress and interface must be set",
  ),
  peers("a password", { ...peer, password: "secret" }),
  peers("a Secret", { ...peer, passwordSecret: { name: "bgp", namespace: "metallb-system" } }),
  peers("an empty Secret beside a password, as old tools print it", {
    ...peer,
    password: "secret",
    passwordSecret: {},
  }),
  peers(
    "a password and a Secret",
    { ...peer, password: "secret", passwordSecret: { name: "bgp" } },
    "only one of password and passwordSecret may be set",
  ),
  peers("a connect time", { ...peer, connectTime: "1m5s" }),
  peers("a connect time without a unit", { ...peer, connectTime: "10" }, duration),
  peers("the longest connect time", { ...peer, connectTime: "65535s" }),
  peers("a connect time of 0s", { ...peer, connectTime: "0s" }, "must be between 1s and 65535s"),
  peers("a connect time beyond the longest", { ...peer, connectTime: "65536s" }, "must be between 1s and 65535s"),
  peers("a connect time with half a second", { ...peer, connectTime: "1.5s" }, "must be a whole number of seconds"),
  peers("everything", {
    ...peer,
    localASN: 65000,
    sourceAddress: "10.0.0.2",
    peerPort: 1179,
    holdTime: "180s",
    keepaliveTime: "60s",
    connectTime: "10s",
    routerID: "10.0.0.2",
    nodeSelectors: [{ matchExpressions: [{ key: "rack", operator: "Exists" }] }],
    bfdProfile: "fast",
    enableGracefulRestart: true,
    ebgpMultiHop: true,
    vrf: "red",
    disableMP: false,
    dualStackAddressFamily: true,
  }),

  ad("nothing", {}),
  ad("everything", {
    aggregationLength: 24,
    aggregationLengthV6: 64,
    localPref: 4294967295,
    med: 4294967295,
    asPathPrepend: 10,
    bandwidthPerEndpoint: 1000000,
    communities: ["64512:100", "large:64512:1:2", "no-export"],
    ipAddressPools: ["a"],
    ipAddressPoolSelectors: [{}],
    nodeSelectors: [{}],
    peers: ["p"],
  }),
  ad("service selectors", { serviceSelectors: [{}] }),
  ad("service selectors with the defaults", {
    serviceSelectors: [{}],
    aggregationLength: 32,
    aggregationLengthV6: 128,
  }),
  ad("service selectors and aggregation", { serviceSelectors: [{}], aggregationLength: 24 }, selectorsOfServices),
  ad(
    "service selectors and IPv6 aggregation",
    { serviceSelectors: [{}], aggregationLengthV6: 64 },
    selectorsOfServices,
  ),
  ad("the largest community", { communities: ["65535:65535"] }),
  ad("a community out of range", { communities: ["65536:1"] }, "both numbers of a community must be at most 65535"),
  ad("a large community", { communities: ["large:4294967295:0:0"] }),
  ad(
    "a large community out of range",
    { communities: ["large:4294967296:0:0"] },
    "the three numbers of a large community must be at most 4294967295",
  ),
  ad("a community twice", { communities: ["1:1", "1:1"] }, "Duplicate value"),
  ad("a metric beyond 32 bits", { med: 4294967296 }, "should be less than or equal to 4294967295"),
  ad("a path of eleven more", { asPathPrepend: 11 }, "should be less than or equal to 10"),
  ad("a bandwidth of 0", { bandwidthPerEndpoint: 0 }, "should be greater than or equal to 1"),
  ad("an aggregation of 0", { aggregationLength: 0 }, "should be greater than or equal to 1"),
  ad("an aggregation of 33", { aggregationLength: 33 }, "should be less than or equal to 32"),
  ad("an IPv6 aggregation of 129", { aggregationLengthV6: 129 }, "should be less than or equal to 128"),

  community("a standard community", "64512:100"),
  community("a large community", "large:64512:1:2"),
  community("the largest numbers", "large:4294967295:4294967295:4294967295"),
  community("a number out of range", "64512:65536", literal),
  community("a large number out of range", "large:1:2:4294967296", literal),
  community("a word", "no-export", literal),
  community("another marker", "small:1:2:3", literal),

  bfd("nothing", {}),
  bfd("the least of everything", {
    receiveInterval: 10,
    transmitInterval: 10,
    detectMultiplier: 2,
    echoInterval: 10,
    minimumTtl: 1,
  }),
  bfd("the most of everything", {
    receiveInterval: 60000,
    transmitInterval: 60000,
    detectMultiplier: 255,
    echoInterval: 60000,
    minimumTtl: 254,
    echoMode: true,
    passiveMode: true,
  }),
  bfd("a short interval", { receiveInterval: 9 }, "should be greater than or equal to 10"),
  bfd("a long interval", { transmitInterval: 60001 }, "should be less than or equal to 60000"),
  bfd("a multiplier of 1", { detectMultiplier: 1 }, "should be greater than or equal to 2"),
  bfd("a TTL of 255", { minimumTtl: 255 }, "should be less than or equal to 254"),
]
