import type { Cidr } from "../../ip/cidr.ts"
import { ByteReader } from "../../net/bytes.ts"
import { decodeAsPath, mergePaths } from "./as-path.ts"
import {
  type AttributeName,
  type Attributes,
  attributeNames,
  attributeTypes,
  flags,
  type RawAttribute,
} from "./attribute.ts"
import {
  type Approach,
  type AttributeReading,
  aggregatorOf,
  readAggregator,
  readAsPath,
  readAtomicAggregate,
  readClusterList,
  readCommunities,
  readExtendedCommunities,
  readLargeCommunities,
  readLocalPref,
  readMed,
  readNextHop,
  readOrigin,
  readOriginatorId,
  readReach,
  readUnreach,
} from "./attribute-value.ts"
import { type FaultName, faultOf, type WireFault } from "./fault.ts"
import { asTrans } from "./open.ts"
import type { Update, WireOptions } from "./update.ts"

/** An attribute that was not taken as it is; `type` is 0 where it is about the list of them. */
export type Complaint = { readonly fault: FaultName; readonly type: number; readonly approach: Approach }

export type UpdateReading =
  /** `complaints`: attributes that were left out of it. */
  | { readonly outcome: "good"; readonly update: Update; readonly complaints: readonly Complaint[] }
  /** Treat-as-withdraw: all routes that it names, of every family, are to be held for withdrawn. */
  | { readonly outcome: "withdraw"; readonly withdrawn: readonly Cidr[]; readonly complaints: readonly Complaint[] }
  /** `routes`: those that could be read. */
  | {
      readonly outcome: "reset"
      readonly fault: WireFault
      readonly routes: readonly Cidr[]
      readonly complaints: readonly Complaint[]
    }

type ValueReader = (bytes: Uint8Array, options: WireOptions) => AttributeReading

const readers: Readonly<Record<Exclude<AttributeName, "as4Path" | "as4Aggregator">, ValueReader>> = {
  origin: readOrigin,
  asPath: readAsPath,
  nextHop: readNextHop,
  med: readMed,
  localPref: readLocalPref,
  atomicAggregate: readAtomicAggregate,
  aggregator: readAggregator,
  communities: readCommunities,
  originatorId: readOriginatorId,
  clusterList: readClusterList,
  reach: readReach,
  unreach: readUnreach,
  extendedCommunities: readExtendedCommunities,
  largeCommunities: readLargeCommunities,
}

/** What only peers within one AS tell each other. */
const internalNames: ReadonlySet<AttributeName> = new Set(["localPref", "originatorId", "clusterList"])

const strengths: Readonly<Record<Approach, number>> = { discard: 0, withdraw: 1, reset: 2 }
/** A message has room for 20,000 of them; nobody reads so many. */
const mostComplaints = 16
const kindBits = flags.optional | flags.transitive
const keptBits = kindBits | flags.partial

/** The path attributes of one UPDATE. Of several faults the strongest approach wins (RFC 7606 section 3 h). */
export class PathReader {
  readonly #options: WireOptions
  /** BOUNDED: types are one byte. */
  readonly #seen = new Map<number, RawAttribute>()
  /** BOUNDED by `mostComplaints`. */
  readonly #complaints: Complaint[] = []
  readonly #others: RawAttribute[] = []
  #attributes: Attributes = {}
  #worst: { readonly approach: Approach; readonly fault: WireFault } | undefined

  constructor(options: WireOptions) {
    this.#options = options
  }

  all(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes)
    while (reader.left > 0) {
      const start = reader.at
      const bits = reader.u8()
      const type = reader.u8()
      const value = reader.raw((bits & flags.extendedLength) === 0 ? reader.u8() : reader.u16())
      // RFC 7606 section 4: what is behind it may be anything, and the routes behind the attributes are still found.
      if (!reader.whole) {
        this.#complain("update-attribute-list", 0, "withdraw")
        return
      }
      // Low bits mean nothing (RFC 4271 section 4.3).
      this.#one({ flags: bits & keptBits, type, value }, bytes.subarray(start, reader.at))
    }
  }

  #one(raw: RawAttribute, whole: Uint8Array): void {
    const { type, value } = raw
    const name = attributeNames.get(type)
    const isRoutes = name === "reach" || name === "unreach"
    if (this.#seen.has(type)) {
      // RFC 7606 section 3 g.
      this.#complain("update-attribute-list", type, isRoutes ? "reset" : "discard")
      return
    }
    this.#seen.set(type, raw)
    if (name === undefined) this.#unknown(raw, whole)
    else if ((raw.flags & kindBits) !== attributeTypes[name].flags) {
      // RFC 7606 section 3 c; section 5.3 for the two that hold routes; sections 7.5, 7.9 and 7.10: an external peer's are left out.
      const isLeftOut = !this.#options.internal && internalNames.has(name)
      this.#complain("update-flags", type, isRoutes ? "reset" : isLeftOut ? "discard" : "withdraw", whole)
    } else if (name !== "as4Path" && name !== "as4Aggregator") {
      const reading = readers[name](value, this.#options)
      if (reading === "not-ours") return
      if ("fault" in reading) this.#complain(reading.fault, type, reading.approach, whole)
      else this.#attributes = { ...this.#attributes, ...reading.value }
    }
  }

  /** RFC 4271 section 6.3, which RFC 7606 leaves as it is: only optional attributes may be unknown. */
  #unknown(raw: RawAttribute, whole: Uint8Array): void {
    if ((raw.flags & flags.optional) === 0) this.#complain("update-unrecognized", raw.type, "reset", whole)
    else this.#others.push({ ...raw, value: raw.value.slice() })
  }

  /** What can be judged only when all attributes are known. */
  finish(announced: readonly Cidr[]): void {
    this.#mergeFourOctets()
    const { reach } = this.#attributes
    if (announced.length === 0 && reach === undefined) return
    // RFC 4760 section 3: NEXT_HOP belongs to the routes behind the attributes only.
    const wanted: AttributeName[] = ["origin", "asPath"]
    if (announced.length > 0) wanted.push("nextHop")
    if (this.#options.internal) wanted.push("localPref")
    for (const name of wanted) {
      const { type } = attributeTypes[name]
      if (!this.#seen.has(type)) this.#complain("update-missing", type, "withdraw", Uint8Array.of(type))
    }
  }

  /** RFC 6793 sections 4.2.3 and 6: only an old speaker's pair means something, and a malformed one is left out. */
  #mergeFourOctets(): void {
    if (this.#options.fourOctet) return
    const path = this.#seen.get(attributeTypes.as4Path.type)
    const aggregator = this.#seen.get(attributeTypes.as4Aggregator.type)
    const { asPath } = this.#attributes
    if (aggregator !== undefined && this.#attributes.aggregator !== undefined) {
      const four = aggregatorOf(aggregator.value, 4)
      if (four === undefined) this.#complain("update-optional", aggregator.type, "discard")
      // An AGGREGATOR that some old speaker on the way has made anew: neither of the pair is of this path.
      else if (this.#attributes.aggregator.asn !== asTrans) return
      else this.#attributes = { ...this.#attributes, aggregator: four }
    }
    if (path === undefined) return
    const four = path.value.length === 0 ? undefined : decodeAsPath(path.value, 4)
    if (four === undefined) this.#complain("update-as-path", path.type, "discard")
    else if (asPath !== undefined) this.#attributes = { ...this.#attributes, asPath: mergePaths(asPath, four) }
  }

  #complain(name: FaultName, type: number, approach: Approach, data?: Uint8Array): void {
    if (this.#complaints.length < mostComplaints) this.#complaints.push({ fault: name, type, approach })
    if (this.#worst !== undefined && strengths[this.#worst.approach] >= strengths[approach]) return
    this.#worst = { approach, fault: faultOf(name, data?.slice()) }
  }

  conclude(withdrawn: readonly Cidr[], announced: readonly Cidr[]): UpdateReading {
    const complaints = this.#complaints
    const { reach, unreach } = this.#attributes
    const worst = this.#worst
    if (worst === undefined || worst.approach === "discard") {
      const others = this.#others.length === 0 ? {} : { others: this.#others.toSorted((a, b) => a.type - b.type) }
      return {
        outcome: "good",
        update: { withdrawn, attributes: { ...this.#attributes, ...others }, announced },
        complaints,
      }
    }
    // RFC 7606 section 5.2: without routes to be seen, they may have been in what could not be read.
    const routes = announced.length > 0 || reach !== undefined
    const all = [...withdrawn, ...announced, ...(reach?.prefixes ?? []), ...(unreach?.prefixes ?? [])]
    if (worst.approach === "reset" || !routes) return { outcome: "reset", fault: worst.fault, routes: all, complaints }
    return { outcome: "withdraw", withdrawn: all, complaints }
  }
}
