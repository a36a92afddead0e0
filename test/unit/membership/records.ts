import type { NodeRecord, PushPull } from "../../../agent/core/membership/wire/message.ts"
import { aliveOf, none } from "./node.ts"

export const record = (node: string, incarnation: number, state: NodeRecord["state"]): NodeRecord => {
  const { kind: _, ...told } = aliveOf(node, incarnation)
  return { ...told, state }
}

export const pushPull = (...records: readonly NodeRecord[]): PushPull => ({
  kind: "push-pull",
  join: false,
  records,
  userState: none,
})
