import type { ConflictReport } from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeCore } from "./decoded.ts"

/** Marks the ServiceL2Statuses that report a conflict; they name no node and no service, so whoever asks who announces passes over them. */
export const conflictLabel = "metallb.io/address-conflict"

/** Type of the condition that says the same as the report, for people and for kubectl wait. */
export const reportCondition = "AddressConflict"

/** A metallb.io/v1beta1 ServiceL2Status with a conflict; the address is "" until its status is written. */
export const decodeConflict = (json: unknown): Decoded<ConflictReport> =>
  decodeCore("servicel2status", json, ({ name }, root) => {
    const status = root.child("status")
    const conflict = status.child("conflict")
    const told = status.children("conditions").find(condition => condition.text("type") === reportCondition)
    const since = told?.optionalText("lastTransitionTime")
    return {
      name,
      address: conflict.text("address"),
      mac: conflict.text("mac"),
      interface: conflict.text("interface"),
      node: conflict.text("node"),
      service: `${conflict.text("serviceNamespace")}/${conflict.text("serviceName")}`,
      ...(since === undefined ? {} : { since }),
    }
  })
