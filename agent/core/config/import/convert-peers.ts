import type { BfdProfileResource, BgpPeerResource } from "../../model-bgp.ts"
import type { BfdProfile, BgpPeer } from "../bgp/model.ts"
import type { Written } from "../bgp/written.ts"
import type { Moved } from "./convert.ts"
import type { NewNames } from "./new-names.ts"
import { renamingNote } from "./new-names.ts"
import type { ApiObject } from "./objects.ts"
import { bfdObject, peerObject, secretObject } from "./objects.ts"

export type ConvertedProfiles = {
  readonly objects: readonly ApiObject[]
  readonly moved: readonly Moved[]
  /** The name of the resource for every name that a peer may use. */
  readonly names: ReadonlyMap<string, string>
}

export const convertProfiles = (
  written: readonly Written<BfdProfileResource>[],
  inUse: readonly BfdProfile[],
  names: NewNames,
): ConvertedProfiles => {
  const objects: ApiObject[] = []
  const moved: Moved[] = []
  const newNames = new Map<string, string>()
  for (const { resource } of written) {
    const old = `bfd-profile ${resource.name}`
    const used = inUse.find(({ name }) => name === resource.name)
    if (used?.source !== "legacy") {
      moved.push({ old, objects: [], note: "left out: a BFDProfile has its name" })
      continue
    }
    const metadata = names.take("BFDProfile", resource.name, "profile")
    newNames.set(resource.name, metadata.name)
    objects.push(bfdObject(metadata, resource))
    const note = renamingNote(resource.name, metadata.name)
    moved.push({ old, objects: [{ name: `bfdprofile/${metadata.name}`, note }], note: "" })
  }
  return { objects, moved, names: newNames }
}

type PeerSources = {
  readonly inUse: readonly BgpPeer[]
  readonly names: NewNames
  readonly profiles: ReadonlyMap<string, string>
  /** By the name of the entry. */
  readonly passwords: ReadonlyMap<string, string>
}

export type ConvertedPeers = {
  readonly objects: readonly ApiObject[]
  readonly secrets: readonly ApiObject[]
  readonly moved: readonly Moved[]
}

export const convertPeers = (
  written: readonly Written<BgpPeerResource>[],
  { inUse, names, profiles, passwords }: PeerSources,
): ConvertedPeers => {
  const objects: ApiObject[] = []
  const secrets: ApiObject[] = []
  const moved: Moved[] = []
  const ours = new Set(inUse.flatMap(({ name, source }) => (source === "legacy" ? [name] : [])))
  for (const { resource } of written) {
    const old = `peer ${resource.peerAddress}`
    if (!ours.has(resource.name)) {
      moved.push({ old, objects: [], note: "left out: a BGPPeer opens the same session" })
      continue
    }
    const metadata = names.take("BGPPeer", resource.name, "peer")
    const password = passwords.get(resource.name)
    const secret = password === undefined ? undefined : names.take("Secret", metadata.name, "peer")
    if (secret !== undefined && password !== undefined) secrets.push(secretObject(secret, password))
    const bfdProfile = profiles.get(resource.bfdProfile) ?? resource.bfdProfile
    objects.push(peerObject(metadata, resource, { secret: secret?.name ?? "", bfdProfile }))
    const kept = { name: `bgppeer/${metadata.name}`, note: "" }
    const extra =
      secret === undefined ? [] : [{ name: `secret/${secret.name}`, note: "password moved out of the text" }]
    moved.push({ old, objects: [kept, ...extra], note: "" })
  }
  return { objects, secrets, moved }
}
