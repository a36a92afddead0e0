import { uniqueName, validName } from "../names.ts"

export type NamedKind =
  | "IPAddressPool"
  | "L2Advertisement"
  | "BGPAdvertisement"
  | "BGPPeer"
  | "BFDProfile"
  | "Community"
  | "Secret"

/** Gives names to new resources: valid ones, and none twice within a kind. */
export class NewNames {
  readonly #namespace: string
  /** BOUNDED by the objects of the installation's namespace and the entries of the ConfigMap. */
  readonly #taken: Readonly<Record<NamedKind, Set<string>>>

  constructor(namespace: string, taken: Readonly<Record<NamedKind, readonly string[]>>) {
    const set = (kind: NamedKind) => new Set(taken[kind])
    this.#namespace = namespace
    this.#taken = {
      IPAddressPool: set("IPAddressPool"),
      L2Advertisement: set("L2Advertisement"),
      BGPAdvertisement: set("BGPAdvertisement"),
      BGPPeer: set("BGPPeer"),
      BFDProfile: set("BFDProfile"),
      Community: set("Community"),
      Secret: set("Secret"),
    }
  }

  take(kind: NamedKind, wanted: string, fallback: string): { readonly name: string; readonly namespace: string } {
    return { name: uniqueName(validName(wanted, fallback), this.#taken[kind]), namespace: this.#namespace }
  }
}

/** Why an object is not called like the entry it came from; "" where it is. */
export const renamingNote = (old: string, now: string): string => {
  if (old === now) return ""
  return validName(old, "") === old ? "name changed: taken by another resource" : "name changed: not a DNS name"
}
