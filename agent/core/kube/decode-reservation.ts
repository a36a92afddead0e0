import type { ReservationResource } from "../model.ts"
import type { Decoded } from "./decoded.ts"
import { decodeCore } from "./decoded.ts"

/** A metallb.io/v1beta1 AddressReservation. */
export const decodeReservation = (json: unknown): Decoded<ReservationResource> =>
  decodeCore("addressreservation", json, (meta, root) => {
    const service = root.child("spec").child("service")
    const status = root.child("status")
    return {
      ...meta,
      service: `${service.text("namespace")}/${service.text("name")}`,
      ttl: root.child("spec").optionalText("ttl"),
      kept: status.texts("addresses"),
      awaySince: status.time("awaySince"),
    }
  })
