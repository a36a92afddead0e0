import { noPoll, type Session } from "./session.ts"
import { isDemandActive, wantedMinRx, wantedMinTx } from "./timing.ts"

/**
 * Says in our packets what the settings and the state ask for, and asks the peer whether it knows (RFC 5880 section 6.8.3).
 * While an earlier question is open an up session leaves it at that, and catches up when it is settled; one that is not up must not go
 * on with fast intervals, so it says the new ones at once and asks a second time.
 */
export const announce = (session: Session): Session => {
  const desiredMinTx = wantedMinTx(session)
  const requiredMinRx = wantedMinRx(session)
  if (desiredMinTx === session.desiredMinTx && requiredMinRx === session.requiredMinRx) return session
  const up = session.state === "Up"
  if (up && session.poll.phase !== "idle") return session
  const next: Session = {
    ...session,
    desiredMinTx,
    requiredMinRx,
    sendingMinTx: up && desiredMinTx > session.desiredMinTx ? session.sendingMinTx : desiredMinTx,
    watchingMinRx: up && requiredMinRx < session.requiredMinRx ? session.watchingMinRx : requiredMinRx,
  }
  return ask(next)
}

/** Begins a Poll Sequence, or has it repeated where one is open. Without a peer there is nobody to ask. */
export const ask = (session: Session): Session => {
  if (session.remote.discriminator === 0) return { ...session, poll: noPoll }
  const { phase } = session.poll
  return { ...session, poll: phase === "idle" ? { phase: "asking", again: false } : { phase, again: true } }
}

/** A packet came, with or without Final. */
export const answered = (session: Session, final: boolean): Session => {
  const { phase, again } = session.poll
  if (phase === "asking" && final) {
    const { desiredMinTx, requiredMinRx } = session
    return {
      ...session,
      sendingMinTx: desiredMinTx,
      watchingMinRx: requiredMinRx,
      poll: { phase: "settling", again },
    }
  }
  if (phase === "settling" && !final) return { ...session, poll: again ? { phase: "asking", again: false } : noPoll }
  return session
}

/**
 * A peer in Demand mode sees no periodic packets, so whatever our packets newly say must be asked about (section 6.6).
 * `before` is the session before the step.
 */
export const askOnDemand = (before: Session, session: Session): Session =>
  isDemandActive(session) && session.poll.phase !== "asking" && differs(before, session) ? ask(session) : session

const differs = (a: Session, b: Session): boolean =>
  a.state !== b.state ||
  a.diagnostic !== b.diagnostic ||
  a.desiredMinTx !== b.desiredMinTx ||
  a.requiredMinRx !== b.requiredMinRx ||
  a.settings.detectMultiplier !== b.settings.detectMultiplier ||
  a.settings.echoReceiveInterval !== b.settings.echoReceiveInterval ||
  a.remote.discriminator !== b.remote.discriminator
