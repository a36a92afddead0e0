import type { WireFault } from "../wire/fault.ts"
import type { Notification } from "../wire/notification.ts"
import type { Open } from "../wire/open.ts"
import type { RouteRefresh } from "../wire/refresh.ts"
import type { Draft, Slot } from "./draft.ts"
import type { Ending } from "./ending.ts"
import type { Lane } from "./lane.ts"
import type { TakenUpdate } from "./learned.ts"
import type { Link } from "./link.ts"
import type { Malformed } from "./malformed.ts"

/**
 * The events of RFC 4271 section 8.1 with their numbers. TcpConnection_Valid (14) and Tcp_CR_Invalid (15) stay with the kernel; 16 and 17 are
 * one, as are the starts, since what tells them apart stands in the settings. Route refreshes are of RFC 2918 and 7313, the send hold
 * timer of RFC 9687.
 */
export type LaneEvent =
  /** 1, 3 to 7. */
  | { readonly kind: "start" }
  /** 2: by somebody's will. 8: by this program's. */
  | { readonly kind: "manual-stop"; readonly ending: Ending }
  | { readonly kind: "automatic-stop"; readonly ending: Ending }
  /** 9 to 13, and of RFC 9687. */
  | { readonly kind: "connect-retry-timer" }
  | { readonly kind: "hold-timer" }
  | { readonly kind: "keepalive-timer" }
  | { readonly kind: "delay-open-timer" }
  | { readonly kind: "idle-hold-timer" }
  | { readonly kind: "send-hold-timer" }
  /** 16, 17. */
  | { readonly kind: "connected"; readonly link: Link }
  /** 18. */
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  /** 19, 20. */
  | { readonly kind: "open"; readonly open: Open }
  /** 21, 22. */
  | { readonly kind: "header-fault"; readonly fault: WireFault }
  | { readonly kind: "open-fault"; readonly fault: WireFault }
  /** 23. */
  | { readonly kind: "collision" }
  /** 24, 25. */
  | { readonly kind: "version-notification"; readonly notification: Notification }
  | { readonly kind: "notification"; readonly notification: Notification }
  /** 26. */
  | { readonly kind: "keepalive" }
  /** 27, 28. Read only where it may come. */
  | { readonly kind: "update"; readonly reading: TakenUpdate | undefined; readonly malformed: Malformed | undefined }
  | { readonly kind: "update-fault"; readonly fault: WireFault; readonly malformed: Malformed | undefined }
  /** Undefined: of a kind that is ignored. */
  | { readonly kind: "refresh"; readonly refresh: RouteRefresh | undefined }
  | { readonly kind: "refresh-fault"; readonly fault: WireFault }

export type LaneEventKind = LaneEvent["kind"]

/** What a state does with each event: all of them, so that none is forgotten. */
export type Handlers<L extends Lane> = {
  readonly [K in LaneEventKind]: (
    draft: Draft,
    slot: Slot,
    lane: L,
    event: Extract<LaneEvent, { readonly kind: K }>,
  ) => void
}
