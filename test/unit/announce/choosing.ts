import { chooseOwner } from "../../../agent/core/announce/choose-owner.ts"
import type { AnnounceInput } from "../../../agent/core/announce/context.ts"
import type { Service } from "../../../agent/core/model.ts"
import { crypto, world } from "./fixtures.ts"

export const decide = (one: Service, more: Partial<AnnounceInput> = {}, others: readonly Service[] = []) =>
  chooseOwner(one, world([one, ...others], more), crypto)

/** "owner | standby" or the reason. */
export const answer = (one: Service, more: Partial<AnnounceInput> = {}): string => {
  const outcome = decide(one, more)
  return outcome.ok ? `${outcome.value.node} | ${outcome.value.standby.join(",")}` : outcome.reason
}
