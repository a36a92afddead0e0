import { chance, type Draft, type Slot, setLane, setWhy } from "./draft.ts"
import { explain } from "./explain.ts"
import { leastTtlOf, type Place, type SessionSettings } from "./settings.ts"
import { jittered } from "./timers.ts"

/** Opens a connection, with the ConnectRetryTimer as the time it may take. */
export const dial = (draft: Draft, slot: Slot): void => {
  const { state, now } = draft
  const { settings, place } = state
  if (place === undefined) return
  state.dials += 1
  const connection = `out-${state.dials}`
  draft.effects.push({
    kind: "dial",
    connection,
    to: place.address,
    port: settings.port,
    from: settings.sourceAddress,
    device: deviceOf(settings, place),
    leastTtl: leastTtlOf(settings),
    password: settings.password.from !== "nothing",
  })
  const retryAt = now + jittered(settings.connectTime * 1_000, chance(draft))
  setLane(draft, slot, { state: "Connect", connection, retryAt, waiting: undefined })
  setWhy(draft, explain(state, "ML422"))
}

/** The link where the peer's address says nothing without it, else the VRF. */
const deviceOf = ({ vrf }: SessionSettings, { device }: Place): string | undefined =>
  device ?? (vrf === "" ? undefined : vrf)
