import type { Namespace, Node, SpeakerPod } from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeCore } from "./decoded.ts"
import type { Fields } from "./fields.ts"

/** A v1 Node; of its addresses only those that are IP addresses. */
export const decodeNode = (json: unknown): Decoded<Node> =>
  decodeCore("node", json, (meta, root) => {
    const status = root.child("status")
    return {
      ...meta,
      ready: conditionOf(status, "Ready"),
      networkUnavailable: conditionOf(status, "NetworkUnavailable") === true,
      unschedulable: root.child("spec").flag("unschedulable", false),
      addresses: status
        .children("addresses")
        .filter(address => ["InternalIP", "ExternalIP"].includes(address.text("type")))
        .map(address => address.text("address")),
    }
  })

/** A v1 Namespace. */
export const decodeNamespace = (json: unknown): Decoded<Namespace> => decodeCore("namespace", json, meta => meta)

/** A v1 Pod of the speaker's DaemonSet; one that is being deleted is not ready, so that its addresses move before it ends. */
export const decodeSpeakerPod = (json: unknown): Decoded<SpeakerPod> =>
  decodeCore("pod", json, (meta, root) => {
    const status = root.child("status")
    const deleting = root.child("metadata").has("deletionTimestamp")
    return {
      ...meta,
      labels: {},
      nodeName: root.child("spec").text("nodeName"),
      ready: !deleting && conditionOf(status, "Ready") === true,
      ip: status.text("podIP"),
      ...(deleting ? { deleting } : {}),
    }
  })

const conditionOf = (status: Fields, type: string): boolean | "unknown" => {
  const found = status.children("conditions").find(condition => condition.text("type") === type)
  const value = found?.text("status")
  return value === "True" ? true : value === "False" ? false : "unknown"
}
