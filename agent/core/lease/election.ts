/** Who stands for election. Two processes of one name are told apart by their instance. */
export type Identity = {
  /** The pod's name, or what --pod-name says. */
  readonly name: string
  /** The pod's UID, so that a container that starts again in the same pod is the same; random where there is no pod. */
  readonly instance: string
}

/** spec of a coordination.k8s.io/v1 Lease, as far as it decides something. */
export type LeaseRecord = {
  /** "" where nobody holds it. */
  readonly holder: string
  /** For how many milliseconds after a renewal the holder must be left alone. */
  readonly duration: number
  /** As written; only compared. */
  readonly renewedAt: string
  readonly transitions: number
  /** resourceVersion that the next write is based on. */
  readonly version: string
}

/** All in milliseconds. A holder stops writing `deadline` after the start of its last good renewal, others wait for `duration`. */
export type LeaseTimings = { readonly duration: number; readonly deadline: number; readonly retry: number }

/**
 * Those of Kubernetes' own components. Five seconds lie between the last write of a holder that cannot renew and the first of
 * its successor; a crash costs new services 15 s, and those that have an address nothing.
 */
export const usualTimings: LeaseTimings = { duration: 15_000, deadline: 10_000, retry: 2_000 }

export type Role =
  /** Somebody else holds the Lease, or nobody knows yet. */
  | { readonly kind: "standby" }
  /** May write until the monotonic instant `until`. */
  | { readonly kind: "leading"; readonly until: number }
  /** It held the Lease and could not renew it in time; nobody else was seen to hold it. */
  | { readonly kind: "suspended" }
  /** It gave the Lease back for good. */
  | { readonly kind: "released" }

export type Election = {
  readonly who: Identity
  readonly timings: LeaseTimings
  readonly role: Role
  /** What was read last, and the monotonic instant at which it was first seen so. */
  readonly seen: { readonly record: LeaseRecord; readonly since: number } | undefined
  /** A request is under way; there is one at a time. */
  readonly busy: boolean
  /** It is to be given back as soon as no other request is under way; "sent": that was tried. */
  readonly releasing: "no" | "asked" | "sent"
  readonly nextTry: number
}

/** What is to be written: the edge adds the times, which are for people alone. */
export type LeaseWrite = {
  /** undefined creates the Lease. */
  readonly base: string | undefined
  readonly holder: string
  readonly transitions: number
  /** The holder is a new one: acquireTime begins anew. */
  readonly acquired: boolean
}

export type LeaseEffect =
  | { readonly kind: "read" }
  | ({ readonly kind: "write" } & LeaseWrite)
  /** It may write from now on. `after`: who may have written last; "other" means that what was read before may be behind. */
  | { readonly kind: "lead"; readonly after: "nobody" | "itself" | "other" }
  /** It may not write, and nobody else does. */
  | { readonly kind: "suspend" }
  | { readonly kind: "resume" }
  /** Somebody else writes now. */
  | { readonly kind: "follow"; readonly holder: string }
  /** The Lease was given back, or was not held. */
  | { readonly kind: "released" }

export type LeaseEvent =
  | { readonly kind: "tick" }
  /** Answer to a read, or to a write of a Lease that is gone; undefined: there is none. */
  | { readonly kind: "read"; readonly record: LeaseRecord | undefined }
  /** A write was accepted; `sentAt` is the monotonic instant before it was sent. */
  | { readonly kind: "written"; readonly record: LeaseRecord; readonly sentAt: number }
  /** 409: somebody else wrote first. */
  | { readonly kind: "refused" }
  /** No answer, or one that says nothing about the Lease. */
  | { readonly kind: "failed" }
  | { readonly kind: "release" }

/** The text that stands in holderIdentity. */
export const identityText = ({ name, instance }: Identity): string => `${name}_${instance}`

export const electionAtStart = (who: Identity, timings: LeaseTimings = usualTimings): Election => ({
  who,
  timings,
  role: { kind: "standby" },
  seen: undefined,
  busy: false,
  releasing: "no",
  nextTry: Number.NEGATIVE_INFINITY,
})

/** Whether a write may begin now. Never once the Lease is being given back: others may know sooner that this arrived. */
export const mayWrite = ({ role, releasing }: Election, now: number): boolean =>
  releasing === "no" && role.kind === "leading" && now < role.until
