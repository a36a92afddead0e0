import type { Reason } from "./reason.ts"

/** Reasons about addresses that are kept for a service by name (ML150 to ML169). */
export const reservationReasons = {
  ML150: {
    title: "Address is reserved for another service",
    short: "{address} is reserved for {keptFor}{until}",
    meaning:
      "An AddressReservation keeps the address for a service that had it, so that this service gets it again when it is made anew. Nobody else is given it, not even on request, until the time is over or the reservation is deleted.",
    fix: "kubectl delete addressreservation {reservation} -n {install}",
  },
  ML151: {
    title: "Address that was reserved for the service",
    short: "{addresses}: reserved for it",
    meaning: "An AddressReservation kept the address that the service had before.",
    fix: "",
  },
  ML152: {
    title: "Reservation is over",
    short: "{addresses} is free for everybody: {service} was away for {ttl}",
    meaning:
      "The service did not come back within spec.ttl of the AddressReservation. It keeps the next addresses that the service gets.",
    fix: 'kubectl patch addressreservation {reservation} -n {install} --type=merge -p \'{"spec":{"ttl":"720h"}}\'',
  },
  ML153: {
    title: "Time to live of a reservation cannot be used",
    short:
      "spec.ttl is {value}; allowed is a duration from 1s to 8760h such as 24h, and the addresses are kept without end",
    meaning: "spec.ttl of the AddressReservation is no duration that is allowed, and in doubt an address is kept.",
    fix: 'kubectl patch addressreservation {reservation} -n {install} --type=merge -p \'{"spec":{"ttl":"24h"}}\'',
  },
} as const satisfies Record<string, Reason>
