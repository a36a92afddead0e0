import type { Sent } from "./node.ts"

export const pingOf = (sent: readonly Sent[]) => {
  for (const { to, messages } of sent)
    for (const message of messages) if (message.kind === "ping") return { to, ...message }
  throw new Error(`no ping among ${JSON.stringify(sent)}`)
}
