import type { ConflictReport } from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeCore } from "./decoded.ts"

/** Marks the ServiceL2Statuses that report a conflict; they name no node and no service, so whoever asks who announces passes over them. */
export const conflictLabel = "metallb.io/address-conflict"

/** A metallb.io/v1beta1 ServiceL2Status with a conflict; the address is "" until its status is written. */
export const decodeConflict = (json: unknown): Decoded<ConflictReport> =>
  decodeCore("servicel2status", json, ({ name }, root) => {
    const conflict = root.child("status").child("conflict")
    return {
      name,
      address: conflict.text("address"),
      mac: conflict.text("mac"),
      interface: conflict.text("interface"),
      node: conflict.text("node"),
      service: `${conflict.text("serviceNamespace")}/${conflict.text("serviceName")}`,
    }
  })
