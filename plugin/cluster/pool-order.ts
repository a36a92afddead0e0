import type { AddressRange } from "../../agent/core/ip/address.ts"
import { formatAddress } from "../../agent/core/ip/format.ts"
import { parseRange, rangeSize } from "../../agent/core/ip/range.ts"
import { exitCodes } from "../cli/exit-codes.ts"
import { Failure } from "../cli/failure.ts"
import { kinds } from "./kinds.ts"
import type { Manifest } from "./manifest.ts"

/** A pool as asked for on the command line. */
export type PoolOrder = { readonly name: string; readonly written: readonly string[] }

/** Marks what this program made, so that it may remove it again. */
export const ownLabels = { "app.kubernetes.io/managed-by": "kubectl-metallb" } as const

/** Reads "public=192.168.1.11-192.168.1.13", several ranges after commas. */
export const readPoolOrder = (text: string): PoolOrder => {
  const [name = "", ranges = ""] = text.split(/=(.*)/s)
  if (name === "" || ranges === "")
    throw new Failure(exitCodes.usage, {
      message: `--pool does not know "${text}"`,
      where: `--pool=${text}`,
      fix: "--pool NAME=FIRST-LAST or --pool NAME=CIDR, several ranges after commas",
    })
  checkName(name)
  return { name, written: ranges.split(",").map(range => readRangeText(range, "--pool")) }
}

/** Throws a Failure (exit 2) that names the range and what is allowed; returns it without spaces. */
export const readRangeText = (text: string, flag: string): string => {
  const read = parseRange(text)
  if (read.ok) return text.replaceAll(" ", "")
  throw new Failure(exitCodes.usage, { message: read.message, where: `${flag} ${text}` })
}

/** "203.0.113.16-203.0.113.31, 16 addresses": ranges with both ends, for people. */
export const rangesText = (written: readonly string[]): string => {
  const ranges = written.flatMap(text => {
    const read = parseRange(text)
    return read.ok ? [read.range] : []
  })
  const size = ranges.reduce((sum, range) => sum + rangeSize(range), 0n)
  return `${ranges.map(endsOf).join(", ")}, ${size} ${size === 1n ? "address" : "addresses"}`
}

/** First and last address of a range, which say more than a prefix length. */
export const endsOf = ({ family, first, last }: AddressRange): string =>
  `${formatAddress({ family, value: first })}-${formatAddress({ family, value: last })}`

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
export const checkName = (name: string): void => {
  if (name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) return
  throw new Failure(exitCodes.usage, {
    message: `"${name}" cannot be the name of a pool`,
    fix: "lower-case letters, digits and dashes, with a letter or digit at both ends",
  })
}

/** Each pool with the layer 2 advertisement that announces it. */
export const poolManifests = (pools: readonly PoolOrder[], namespace: string): readonly Manifest[] =>
  pools.flatMap(({ name, written }) => [
    {
      kind: kinds.pool,
      object: {
        apiVersion: kinds.pool.apiVersion,
        kind: kinds.pool.kind,
        metadata: { name, namespace },
        spec: { addresses: written },
      },
    },
    advertisementManifest("l2", name, namespace),
  ])

/** How a pool reaches people: on the link, or by routers. */
export type Protocol = "l2" | "bgp"

/** An advertisement of one pool, named as the pool. */
export const advertisementManifest = (protocol: Protocol, pool: string, namespace: string): Manifest => {
  const kind = protocol === "l2" ? kinds.l2Advertisement : kinds.bgpAdvertisement
  return {
    kind,
    object: {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: { name: pool, namespace, labels: ownLabels },
      spec: { ipAddressPools: [pool] },
    },
  }
}
