import type { Node, Service } from "./core/model.ts"
import type { ObjectReference } from "./ports/kube/events.ts"

export const serviceReference = ({ namespace, name, uid }: Service): ObjectReference => ({
  apiVersion: "v1",
  kind: "Service",
  namespace,
  name,
  uid,
})

export const nodeReference = ({ name, uid }: Node): ObjectReference => ({
  apiVersion: "v1",
  kind: "Node",
  namespace: "",
  name,
  uid,
})

const kinds: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  ipaddresspool: { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool" },
  bgppeer: { apiVersion: "metallb.io/v1beta2", kind: "BGPPeer" },
  bgpadvertisement: { apiVersion: "metallb.io/v1beta1", kind: "BGPAdvertisement" },
  bfdprofile: { apiVersion: "metallb.io/v1beta1", kind: "BFDProfile" },
  community: { apiVersion: "metallb.io/v1beta1", kind: "Community" },
  l2advertisement: { apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement" },
  addressreservation: { apiVersion: "metallb.io/v1beta1", kind: "AddressReservation" },
  configmap: { apiVersion: "v1", kind: "ConfigMap" },
}

/** The object that a problem of the configuration names ("ipaddresspool/public"); undefined for a kind that has no events. */
export const configReference = (object: string, namespace: string, uid: string): ObjectReference | undefined => {
  const [kind = "", name = ""] = object.split("/")
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  return known === undefined ? undefined : { ...known, namespace, name, uid }
}
