import type { LegacyReading } from "../legacy.ts"
import type { Config } from "../model.ts"
import type { Moved } from "./convert.ts"
import type { NewNames } from "./new-names.ts"
import { renamingNote } from "./new-names.ts"
import type { ApiObject } from "./objects.ts"
import { bgpAdvertisementObject, l2Object, poolObject } from "./objects.ts"

export type ConvertedPools = {
  readonly objects: readonly ApiObject[]
  readonly advertisements: readonly ApiObject[]
  readonly moved: readonly Moved[]
  /** Old names and new ones where they differ. */
  readonly renamed: ReadonlyMap<string, string>
}

/** Pools in the order of the text, each with what announced it. */
export const convertPools = (reading: LegacyReading, config: Config, names: NewNames): ConvertedPools => {
  const objects: ApiObject[] = []
  const advertisements: ApiObject[] = []
  const moved: Moved[] = []
  const renamed = new Map<string, string>()
  const inUse = new Set(config.pools.flatMap(({ name, source }) => (source === "legacy" ? [name] : [])))
  for (const { pool } of reading.candidates) {
    const old = `pool ${pool.name}`
    if (!inUse.has(pool.name)) {
      moved.push({ old, objects: [], note: "left out: an IPAddressPool has its name or its addresses" })
      continue
    }
    const metadata = names.take("IPAddressPool", pool.name, "pool")
    if (metadata.name !== pool.name) renamed.set(pool.name, metadata.name)
    objects.push(poolObject(metadata, pool))
    const made = advertisementsOf(pool.name, metadata.name, { reading, names, protocol: pool.protocol })
    advertisements.push(...made.map(({ object }) => object))
    moved.push({
      old,
      objects: [
        { name: `ipaddresspool/${metadata.name}`, note: renamingNote(pool.name, metadata.name) },
        ...made.map(({ object, note }) => ({ name: `${object.kind.toLowerCase()}/${object.metadata.name}`, note })),
      ],
      note: "",
    })
  }
  return { objects, advertisements, moved, renamed }
}

type Sources = {
  readonly reading: LegacyReading
  readonly names: NewNames
  readonly protocol: "layer2" | "bgp" | undefined
}

/** A pool of the ConfigMap was announced by its protocol without a word; a resource is not. */
const advertisementsOf = (
  old: string,
  pool: string,
  { reading, names, protocol }: Sources,
): readonly { readonly object: ApiObject; readonly note: string }[] => {
  if (protocol === "layer2") {
    const object = l2Object(names.take("L2Advertisement", pool, "pool"), pool)
    return [{ object, note: "old pools announced by default, new ones do not" }]
  }
  return reading.bgp.advertisements
    .filter(({ resource }) => resource.ipAddressPools.includes(old))
    .map(({ resource }) => ({
      object: bgpAdvertisementObject(names.take("BGPAdvertisement", resource.name, "pool"), pool, resource),
      note: "",
    }))
}
