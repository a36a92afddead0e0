import { parseAddress } from "../ip/parse.ts"
import { isReasonCode } from "../reasons.ts"
import type { Change } from "./change.ts"
import { added, changesIn, type History, noHistory } from "./history.ts"

/** A change as it is saved and sent: at, vip, node, did, other, reason, because, vacantFor; null for what there is not. */
export type SavedChange = readonly (string | number | null)[]

export const savedChange = ({ at, vip, node, did, other, reason, because, vacantFor }: Change): SavedChange => [
  at,
  vip,
  node,
  did,
  other ?? null,
  reason,
  because ?? null,
  vacantFor ?? null,
]

/** undefined for what is no change, or one of a later version that this program has no words for. */
export const readChange = (saved: unknown): Change | undefined => {
  if (!Array.isArray(saved)) return undefined
  const [at, vip, node, did, other, reason, because, vacantFor]: readonly unknown[] = saved
  const known =
    isTime(at) &&
    isName(vip) &&
    parseAddress(vip) !== undefined &&
    isName(node) &&
    (did === "started" || did === "stopped" || did === "stood-in") &&
    (other === null || isName(other)) &&
    isReason(reason) &&
    (because === null || isReason(because)) &&
    (vacantFor === null || isTime(vacantFor))
  if (!known) return undefined
  return {
    at,
    vip,
    node,
    did,
    other: other ?? undefined,
    reason,
    because: because ?? undefined,
    vacantFor: vacantFor ?? undefined,
  }
}

/** The history as plain data for a file; `readHistory` reads it back. What was found of other nodes is not kept. */
export const savedHistory = (history: History): readonly SavedChange[] => changesIn(history).map(savedChange)

/** Whatever the file holds gives a history; what is no change is passed over. Bounded as any history is. */
export const readHistory = (saved: unknown): History =>
  added(
    noHistory,
    (Array.isArray(saved) ? saved : []).flatMap(entry => readChange(entry) ?? []),
  )

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0
/** RFC 1123: a name of a node has at most 253 characters. */
const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 253
const isReason = (value: unknown): value is Change["reason"] => typeof value === "string" && isReasonCode(value)
